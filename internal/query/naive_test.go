package query_test

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/query"
	"pgregory.net/rapid"
)

// holds is the simplest implementation of a query: the plan must agree with it.
func holds(q query.Query, p *pkg) bool {
	switch q := q.(type) {
	case query.Or:
		for _, part := range q {
			if holds(part, p) {
				return true
			}
		}
		return false
	case query.And:
		for _, part := range q {
			if !holds(part, p) {
				return false
			}
		}
		return true
	case query.Not:
		return !holds(q.Query, p)
	case query.Exact:
		return q.Name == p.name && q.Version == p.version && q.Architecture == p.arch
	case query.Dependency:
		return dependencyHolds(q, p)
	default:
		return fieldHolds(q.(query.Field), p)
	}
}

func dependencyHolds(q query.Dependency, p *pkg) bool {
	if q.Architecture != "" && !serves(p, q.Architecture) {
		return false
	}
	offers := append([]query.Provided{{Name: p.name, Version: p.version}}, p.provides...)
	for _, offer := range offers {
		if offer.Name == q.Name && (q.Condition == query.Condition{} || offer.Version != "" && meets(offer.Version, q.Condition)) {
			return true
		}
	}
	return false
}

func serves(p *pkg, architecture string) bool {
	if p.arch == "all" {
		return architecture != "source"
	}
	return p.arch == architecture
}

func fieldHolds(q query.Field, p *pkg) bool {
	if q.Name == "$Architecture" && q.Condition.Operator == query.Equal {
		return serves(p, q.Condition.Value)
	}
	value := p.Field(q.Name)
	switch q.Name {
	case "Name":
		value = p.name
	case "$Version":
		value = p.version
	case "$Architecture":
		value = p.arch
	case "$PackageType":
		value = p.typ
	case "$Source":
		value = p.sourceName
	case "$SourceVersion":
		value = p.sourceVersion
	}
	if p.typ == "source" && strings.Contains(strings.ToLower(q.Name), "source") {
		value = ""
	}
	return meets(value, q.Condition)
}

func meets(value string, c query.Condition) bool {
	switch order := deb.Compare(value, c.Value); c.Operator {
	case query.Unconditional:
		return value != ""
	case query.Earlier:
		return order < 0
	case query.EarlierOrEqual:
		return order <= 0
	case query.Equal:
		return order == 0
	case query.LaterOrEqual:
		return order >= 0
	case query.Later:
		return order > 0
	case query.Glob:
		ok, _ := path.Match(c.Value, value)
		return ok
	default:
		return regexp.MustCompile(c.Value).MatchString(value)
	}
}

// terms generates terms that often match packages of the world.
func terms(packages []*pkg) *rapid.Generator[query.Query] {
	fields := []string{
		"Name", "Version", "$Version", "Architecture", "$Architecture", "$PackageType", "$Source", "$SourceVersion",
		"Source", "Priority", "Section", "Installed-Size", "Provides", "Essential", "Nothing",
	}
	operators := []query.Operator{
		query.Earlier, query.EarlierOrEqual, query.Equal, query.LaterOrEqual, query.Later, query.Glob, query.Regexp, query.Unconditional,
	}
	return rapid.Custom(func(t *rapid.T) query.Query {
		p := rapid.SampledFrom(packages).Draw(t, "package")
		condition := query.Condition{Operator: rapid.SampledFrom(operators).Draw(t, "operator")}
		conditioned := func(values ...string) query.Condition {
			condition.Value = rapid.SampledFrom(append(values, "", "0", "1", "a*")).Draw(t, "value")
			switch condition.Operator {
			case query.Unconditional:
				condition.Value = ""
			case query.Regexp:
				condition.Value = regexp.QuoteMeta(condition.Value)
			}
			return condition
		}
		architecture := rapid.SampledFrom([]string{"", p.arch, "amd64", "all", "source"}).Draw(t, "architecture")
		virtual := p.name
		if len(p.provides) > 0 {
			virtual = rapid.SampledFrom(p.provides).Draw(t, "provided").Name
		}
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return query.Exact{Name: p.name, Version: p.version, Architecture: p.arch}
		case 1:
			return query.Dependency{Name: p.name, Condition: conditioned(p.version), Architecture: architecture}
		case 2:
			return query.Dependency{Name: virtual, Condition: conditioned("3.7"), Architecture: architecture}
		default:
			field := rapid.SampledFrom(fields).Draw(t, "field")
			return query.Field{Name: field, Condition: conditioned(p.Field(field), p.name, p.version, p.arch, p.typ, p.sourceName)}
		}
	})
}

// queries generates whole queries of these terms.
func queries(term *rapid.Generator[query.Query], depth int) *rapid.Generator[query.Query] {
	if depth == 0 {
		return term
	}
	part := queries(term, depth-1)
	parts := rapid.SliceOfN(part, 0, 4)
	return rapid.OneOf(
		term,
		rapid.Map(parts, func(q []query.Query) query.Query { return query.Or(q) }),
		rapid.Map(parts, func(q []query.Query) query.Query { return query.And(q) }),
		rapid.Map(part, func(q query.Query) query.Query { return query.Not{Query: q} }),
	)
}

func TestPlansMeanWhatQueriesMean(t *testing.T) {
	t.Parallel()
	packages := many(t, 600) // enough that columns are searched
	full := newIndex(packages)
	drawn := queries(terms(packages[:45]), 3)
	rapid.Check(t, func(r *rapid.T) {
		q := drawn.Draw(r, "query")
		plan, err := query.Compile(q)
		if err != nil {
			r.Fatal(err)
		}
		x := &index{values: full.values, blind: map[query.Column]bool{}}
		for _, c := range rapid.SliceOfN(rapid.IntRange(0, int(query.Provides)), 0, 4).Draw(r, "blind") {
			x.blind[query.Column(c)] = true
		}
		found := search(t, plan, packages, x)
		for id, p := range packages {
			want := holds(q, p)
			if got := found.Contains(uint32(id)); got != want {
				r.Fatalf("%v finds %s by sets: %t, want %t", q, p, got, want)
			}
			if got, err := plan.Match(t.Context(), p); err != nil || got != want {
				r.Fatalf("%v matches %s: %t, want %t (%v)", q, p, got, want, err)
			}
		}
	})
}

// FuzzQuery parses any text: an accepted text prints as the same query, and has the same
// result in all ways of evaluation.
func FuzzQuery(f *testing.F) {
	for _, file := range []string{goldenQueries, goldenErrors} {
		for _, golden := range readGolden(f, file) {
			f.Add(golden.query)
		}
	}
	packages := world(f)
	x := newIndex(packages)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := query.Parse(text)
		if err != nil {
			return
		}
		again, err := query.Parse(q.String())
		if err != nil || again.String() != q.String() {
			t.Fatalf("%q is written as %q, which is read as %v, %v", text, q.String(), again, err)
		}
		plan, err := query.Compile(q)
		if err != nil {
			return
		}
		found := search(t, plan, packages, &index{values: x.values})
		for id, p := range packages {
			matches, err := plan.Match(t.Context(), p)
			if want := holds(again, p); err != nil || matches != want || found.Contains(uint32(id)) != want {
				t.Fatalf("%q and %s: %t by Match (%v), %t by sets, want %t", text, p, matches, err, found.Contains(uint32(id)), want)
			}
		}
	})
}
