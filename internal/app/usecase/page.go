package usecase

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Page asks for a part of a list.
type Page struct {
	After string // the last one of the page before, as Next told; empty: from the start
	Limit int    // at most so many; 0 means 100, and never more than 500
}

func (p Page) Size() int {
	if p.Limit <= 0 {
		return 100
	}
	return min(p.Limit, 500)
}

// List is a page of things.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Give it as after to get the next page; empty at the end"`
}

// pageOf makes a page of what was read with one item more than the page has.
func PageOf[T any](items []T, limit int, key func(T) string) List[T] {
	l := List[T]{Items: items}
	if len(items) > limit {
		l.Items = items[:limit]
		l.Next = key(items[limit-1])
	}
	if l.Items == nil {
		l.Items = []T{}
	}
	return l
}

// number is the place of a page in a list that is ordered by number.
func Number(id int64) string { return strconv.FormatInt(id, 10) }

// pageNumber reads the place of a page in a list that is ordered by number.
func PageNumber(p Page) (int64, error) {
	if p.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p.After, 10, 64)
	if err != nil || n < 0 {
		return 0, problem.New(problem.Invalid, "%q is not a place in this list", p.After).In("after").WithHint("give what next said")
	}
	return n, nil
}

// past tells whether a place, by its names, comes behind the one that a page goes on
// from.
func (p Page) Past(names ...string) bool {
	return slices.Compare(names, strings.Split(p.After, "/")) > 0
}
