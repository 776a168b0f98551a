package query_test

import (
	"context"
	"iter"
	"os"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/query"
)

// pkg is a package whose stanza is in memory.
type pkg struct {
	stanza                    *deb822.Stanza
	name, version, arch, typ  string
	sourceName, sourceVersion string
	provides                  []query.Provided
}

func (p *pkg) Name() string                   { return p.name }
func (p *pkg) Version() string                { return p.version }
func (p *pkg) Architecture() string           { return p.arch }
func (p *pkg) Type() string                   { return p.typ }
func (p *pkg) Source() (name, version string) { return p.sourceName, p.sourceVersion }
func (p *pkg) Provides() []query.Provided     { return p.provides }
func (p *pkg) Field(name string) string       { return string(p.stanza.Get(name)) }

// String returns aptly's name of the package.
func (p *pkg) String() string { return p.name + "_" + p.version + "_" + p.arch }

// world returns the packages of testdata/packages, in its order.
func world(tb testing.TB) []*pkg {
	tb.Helper()
	text, err := os.Open("testdata/packages")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = text.Close() }()
	var all []*pkg
	scanner := deb822.NewScanner(text, deb822.Options{})
	for scanner.Next() {
		all = append(all, newPackage(tb, string(scanner.Stanza().Raw())))
	}
	if err := scanner.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}

// newPackage parses a stanza: of a source if it has a Format.
func newPackage(tb testing.TB, text string) *pkg {
	tb.Helper()
	s, err := deb822.Parse([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	get := func(name string) string { return string(s.Get(name)) }
	p := &pkg{stanza: s, name: get("Package"), version: get("Version"), arch: get("Architecture"), typ: "deb"}
	p.provides = query.ParseProvides(get("Provides"))
	p.sourceName, p.sourceVersion = deb.SourceOf(get("Source"), p.name, p.version)
	switch {
	case get("Format") != "":
		p.arch, p.typ = "source", "source"
	case get("Package-Type") != "":
		p.typ = get("Package-Type")
	}
	return p
}

// compile compiles a text that must be a valid query.
func compile(tb testing.TB, text string) *query.Plan {
	tb.Helper()
	q, err := query.Parse(text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	plan, err := query.Compile(q)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return plan
}

// index is a query.Index over packages, numbered by position.
type index struct {
	values [query.Control]map[string]bitset.Set
	blind  map[query.Column]bool // it says that it does not know these
	asked  []query.Column        // what it was asked for, whether it knew or not
}

func newIndex(packages []*pkg) *index {
	var builders [query.Control]map[string]*bitset.Builder
	for c := range builders {
		builders[c] = map[string]*bitset.Builder{}
	}
	add := func(c query.Column, value string, id int) {
		if builders[c][value] == nil {
			builders[c][value] = new(bitset.Builder)
		}
		builders[c][value].Add(uint32(id))
	}
	for id, p := range packages {
		source, sourceVersion := p.sourceName, p.sourceVersion
		if p.typ == "source" {
			source, sourceVersion = "", ""
		}
		for c, value := range []string{p.name, p.version, p.arch, p.typ, source, sourceVersion} {
			add(query.Column(c), value, id)
		}
		for _, v := range p.provides {
			add(query.Provides, v.Name, id)
		}
	}
	x := &index{}
	for c, byValue := range builders {
		x.values[c] = map[string]bitset.Set{}
		for value, b := range byValue {
			x.values[c][value] = b.Set()
		}
	}
	return x
}

func (x *index) Find(_ context.Context, c query.Column, values []string) (set bitset.Set, known bool, err error) {
	x.asked = append(x.asked, c)
	if x.blind[c] {
		return set, false, nil
	}
	if len(values) == 1 {
		return x.values[c][values[0]], true, nil
	}
	return x.union(func(yield func(bitset.Set) bool) {
		for _, v := range values {
			if !yield(x.values[c][v]) {
				return
			}
		}
	}), true, nil
}

func (x *index) Select(_ context.Context, c query.Column, keep func(string) bool) (set bitset.Set, known bool, err error) {
	x.asked = append(x.asked, c)
	if x.blind[c] {
		return set, false, nil
	}
	return x.union(func(yield func(bitset.Set) bool) {
		for value, members := range x.values[c] {
			if keep(value) && !yield(members) {
				return
			}
		}
	}), true, nil
}

func (x *index) union(sets iter.Seq[bitset.Set]) bitset.Set {
	var all bitset.Builder
	for s := range sets {
		for id := range s.All() {
			all.Add(id)
		}
	}
	return all.Set()
}

// everything is the set of the first n packages.
func everything(n int) bitset.Set {
	var b bitset.Builder
	for id := range n {
		b.Add(uint32(id))
	}
	return b.Set()
}

// search answers a query in two phases.
func search(tb testing.TB, plan *query.Plan, packages []*pkg, x *index) bitset.Set {
	tb.Helper()
	return searchIn(tb, plan, packages, everything(len(packages)), x)
}

// searchIn does so among some packages.
func searchIn(tb testing.TB, plan *query.Plan, packages []*pkg, all bitset.Set, x *index) bitset.Set {
	tb.Helper()
	found, err := query.Narrow(tb.Context(), plan, all, x)
	if err != nil {
		tb.Fatal(err)
	}
	if !found.Sure.Intersect(found.Maybe).IsEmpty() {
		tb.Errorf("%d packages are sure and doubtful", found.Sure.Intersect(found.Maybe).Len())
	}
	var matching bitset.Builder
	for id := range found.Maybe.All() {
		ok, err := plan.Match(tb.Context(), packages[id])
		if err != nil {
			tb.Fatal(err)
		}
		if ok {
			matching.Add(id)
		}
	}
	return found.Sure.Union(matching.Set())
}

// names lists the packages of a set, sorted, separated by spaces.
func names(packages []*pkg, set bitset.Set) string {
	var all []string
	for id := range set.All() {
		all = append(all, packages[id].String())
	}
	return strings.Join(sorted(all), " ")
}
