package closure_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/query"
)

// failer is a test, of package testing or of rapid.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is packages in memory, numbered by their places.
type world struct {
	packages []closure.Package
	stanzas  []*deb822.Stanza
	names    map[string]closure.Candidates
	asked    map[string]int // how often each name was
}

func newWorld() *world {
	return &world{names: map[string]closure.Candidates{}, asked: map[string]int{}}
}

// add takes a stanza of Packages or, if it has a Format, of Sources.
func (w *world) add(tb failer, text string) closure.Package {
	tb.Helper()
	s, err := deb822.Parse([]byte(text))
	if err != nil {
		tb.Fatalf("%q: %v", text, err)
	}
	get := func(name string) string { return string(s.Get(name)) }
	p := closure.Package{ID: uint32(len(w.packages)), Name: get("Package"), Version: get("Version"), Architecture: get("Architecture")}
	p.UDeb = get("Package-Type") == "udeb"
	p.SourceName, p.SourceVersion = deb.SourceOf(get("Source"), p.Name, p.Version)
	if get("Format") != "" {
		p.Architecture = "source"
	}
	w.packages, w.stanzas = append(w.packages, p), append(w.stanzas, s)
	named := w.names[p.Name]
	named.Named = append(named.Named, p)
	w.names[p.Name] = named
	for _, v := range query.ParseProvides(get("Provides")) {
		providing := w.names[v.Name]
		providing.Providing = append(providing.Providing, closure.Provider{Package: p, Provides: v.Version})
		w.names[v.Name] = providing
	}
	return p
}

func (w *world) Describe(_ context.Context, ids []uint32) ([]closure.Package, error) {
	list := make([]closure.Package, len(ids))
	for i, id := range ids {
		list[i] = w.packages[id]
	}
	return list, nil
}

func (w *world) Find(_ context.Context, names []string) ([]closure.Candidates, error) {
	list := make([]closure.Candidates, len(names))
	for i, name := range names {
		w.asked[name]++
		list[i] = w.names[name]
	}
	return list, nil
}

func (w *world) Relations(_ context.Context, ids []uint32, fields []string) ([][]string, error) {
	rows := make([][]string, len(ids))
	for i, id := range ids {
		for _, f := range fields {
			rows[i] = append(rows[i], string(w.stanzas[id].Get(f)))
		}
	}
	return rows, nil
}

// lines makes a world of lines such as "a 1 amd64; Depends: b | c; Provides: d".
func lines(tb failer, text string) *world {
	tb.Helper()
	w := newWorld()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		head, fields, _ := strings.Cut(line, ";")
		var name, version, architecture string
		if _, err := fmt.Sscan(head, &name, &version, &architecture); err != nil {
			tb.Fatalf("%q: %v", line, err)
		}
		stanza := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\n", name, version, architecture)
		if architecture == "source" {
			stanza += "Format: 3.0\n"
		}
		for field := range strings.SplitSeq(fields, ";") {
			if field = strings.TrimSpace(field); field != "" {
				stanza += field + "\n"
			}
		}
		w.add(tb, stanza)
	}
	return w
}

func label(p closure.Package) string { return p.Name + "_" + p.Version + "_" + p.Architecture }

// labels names packages for messages and comparisons.
func (w *world) labels(ids []uint32) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = label(w.packages[id])
	}
	return strings.Join(list, " ")
}

// ids returns the packages of some labels.
func (w *world) ids(tb failer, labels string) (list []uint32) {
	tb.Helper()
	for _, wanted := range strings.Fields(labels) {
		before := len(list)
		for _, p := range w.packages {
			if label(p) == wanted {
				list = append(list, p.ID)
			}
		}
		if len(list) != before+1 {
			tb.Fatalf("%d packages are %s", len(list)-before, wanted)
		}
	}
	return list
}

// set is a closure.Set of few.
type set map[uint32]bool

func (s set) Contains(id uint32) bool { return s[id] }
