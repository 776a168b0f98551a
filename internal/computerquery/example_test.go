package computerquery_test

import (
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/computerquery"
)

func ExampleParse() {
	q, err := computerquery.Parse(`web tag:server OR NOT tag:retired`)
	if err != nil {
		fmt.Println(err)
		return
	}
	tags := []string{"desktop"}
	fmt.Println(q.Holds(func(t computerquery.Term) bool {
		switch t.Key {
		case "":
			return strings.Contains("web-1.example.org", t.Value)
		case "tag":
			return len(tags) > 0 && tags[0] == t.Value
		}
		return false
	}))
	_, err = computerquery.Parse("tga:server")
	fmt.Println(err)
	// Output:
	// true
	// query: unknown term "tga" (did you mean tag:? Quote it to search for the word in titles and hostnames)
}
