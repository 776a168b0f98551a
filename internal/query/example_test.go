package query_test

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/query"
)

func ExampleParse() {
	q, err := query.Parse("nginx(>= 1.22)")
	fmt.Println(q, err)

	q, err = query.Parse(`(nginx (>1.22)|$Source ("nginx")),!Name (~-dev$)`)
	fmt.Println(q, err)
	// Output:
	// <nil> q: parsing failed: unexpected token "1.22": expecting end of query (look at character 10, and write a space before the parenthesis in "nginx(>=")
	// (nginx (>= 1.22) | $Source (= nginx)), !Name (~ -dev$) <nil>
}

// hello is a package of which all is known without a stanza.
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
