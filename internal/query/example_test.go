package query_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/query"
)

func ExampleParse() {
	q, err := query.Parse("nginx(>= 1.22)")
	fmt.Println(q, err)

	q, err = query.Parse(`(nginx (>1.22)|$Source ("nginx")),!Name (~-dev$)`)
	fmt.Println(q, err)
	// Output:
	// <nil> q: parsing failed: unexpected token "1.22": expecting end of query (see character 10: write a space before the parenthesis in "nginx(>=")
	// (nginx (>= 1.22) | $Source (= nginx)), !Name (~ -dev$) <nil>
}

// hello is a package with no stanza.
type hello struct{}

func (hello) Name() string                   { return "hello" }
func (hello) Version() string                { return "2.10-3" }
func (hello) Architecture() string           { return "amd64" }
func (hello) Type() string                   { return "deb" }
func (hello) Source() (name, version string) { return "hello", "2.10-3" }
func (hello) Provides() []query.Provided     { return nil }
func (hello) Field(string) string            { return "" }

func ExamplePlan_Match() {
	q, err := query.Parse("hello (>= 2.9) {amd64}, !Essential")
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := query.Compile(q)
	if err != nil {
		fmt.Println(err)
		return
	}
	matches, err := plan.Match(context.Background(), hello{})
	fmt.Println(matches, err, plan.Reads(query.Control))
	// Output: true <nil> true
}

// shelf is an index that knows only architectures.
type shelf map[string]bitset.Set

func (s shelf) Find(_ context.Context, c query.Column, values []string) (set bitset.Set, known bool, err error) {
	for _, v := range values {
		set = set.Union(s[v])
	}
	return set, c == query.Architecture, nil
}

func (s shelf) Select(context.Context, query.Column, func(string) bool) (set bitset.Set, known bool, err error) {
	return set, false, nil
}

func ExampleNarrow() {
	all := bitset.Of(1, 2, 3, 4, 5)
	index := shelf{"amd64": bitset.Of(1, 2), "all": bitset.Of(3), "source": bitset.Of(4, 5)}
	for _, text := range []string{"!$Architecture (source)", "Priority (required), $Architecture (amd64)", "hello"} {
		q, err := query.Parse(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		plan, err := query.Compile(q)
		if err != nil {
			fmt.Println(err)
			return
		}
		found, err := query.Narrow(context.Background(), plan, all, index)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(q, "holds for", slices.Collect(found.Sure.All()), "and maybe for", slices.Collect(found.Maybe.All()))
	}
	// Output:
	// !$Architecture (= source) holds for [1 2 3] and maybe for []
	// Priority (= required), $Architecture (= amd64) holds for [] and maybe for [1 2 3]
	// hello holds for [] and maybe for [1 2 3 4 5]
}
