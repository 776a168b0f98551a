package usecase

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Page asks for a part of a list.
type Page struct {
	After string // the Next of the page before; empty: from the start
	Limit int    // the most items; 0 is 100, and more than 500 is 500
}

// Size returns the number of items that a full page has.
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

// Every returns all items of a list, which it reads page by page.
func Every[T any](ctx context.Context, list func(context.Context, Page) (List[T], error)) (all []T, err error) {
	for p := (Page{Limit: 500}); ; {
		part, err := list(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, part.Items...)
		if p.After = part.Next; p.After == "" {
			return all, nil
		}
	}
}

// ReadList is [Read] for a page: see [ListOf].
func ReadList[T any, A string | int64](ctx context.Context, k *Kernel, perm access.Permission, p Page,
	key func(T) A, fetch func(tx *db.Tx, after A, limit int) ([]T, error),
) (List[T], error) {
	return Read(ctx, k, perm, func(tx *db.Tx) (List[T], error) {
		return ListOf(p, key, func(after A, limit int) ([]T, error) { return fetch(tx, after, limit) })
	})
}

// ListOf returns a page of what fetch returns: at most limit items in the order of key, from
// the one behind after on. limit is one more than the page has, which shows whether there is
// another page. A page that does not begin at a key is problem.Invalid.
func ListOf[T any, A string | int64](p Page, key func(T) A, fetch func(after A, limit int) ([]T, error)) (List[T], error) {
	var after A
	switch at := any(&after).(type) {
	case *string:
		*at = p.After
	case *int64:
		var err error
		if *at, err = PageNumber(p); err != nil {
			return List[T]{}, err
		}
	}
	items, err := fetch(after, p.Size()+1)
	if err != nil {
		return List[T]{}, err
	}
	return PageOf(items, p.Size(), func(item T) string { return fmt.Sprint(key(item)) }), nil
}

// PageOf returns a page of items that were read with one more than the page has.
// Use [ListOf] where it fits.
func PageOf[T any](items []T, limit int, key func(T) string) List[T] {
	l := List[T]{Items: items}
	if len(items) > limit {
		l.Items = items[:limit]
		l.Next = key(items[limit-1])
	}
	l.Items = OrEmpty(l.Items)
	return l
}

// Number returns an id as the names of objects and the places of pages show it.
func Number(id int64) string { return strconv.FormatInt(id, 10) }

// PageNumber returns where a page of a list begins that is ordered by number, or
// problem.Invalid.
func PageNumber(p Page) (int64, error) {
	if p.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p.After, 10, 64)
	if err != nil || n < 0 {
		return 0, problem.New(problem.Invalid, "%q is not a place in this list", p.After).In("after").WithHint("send the next of the page before")
	}
	return n, nil
}

// Past reports whether a place, by its names, comes behind the one from which the page
// goes on.
func (p Page) Past(names ...string) bool {
	return slices.Compare(names, strings.Split(p.After, "/")) > 0
}
