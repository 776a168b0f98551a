package catalog

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/query"
)

// The table of a set is a [query.Index]. A walk over 250,000 members needs a millisecond or two, so
// the columns need no further index.

// workBetweenLooks is the number of members between checks of the context.
const workBetweenLooks = 1 << 14

// Find returns the members with one of values in a column.
func (t *table) Find(ctx context.Context, column query.Column, values []string) (bitset.Set, bool, error) {
	if column == query.Control {
		return bitset.Set{}, false, nil
	}
	if column == query.Type {
		values = withDebug(values)
	}
	wanted := t.columns.lookup(values)
	if len(wanted) == 0 {
		return bitset.Set{}, true, nil
	}
	if column == query.Provides {
		return t.choose(ctx, t.providing(wanted))
	}
	marked := make([]bool, len(t.texts))
	for s := range wanted {
		if int(s) < len(marked) {
			marked[s] = true
		}
	}
	of := t.columnOf(column)
	return t.choose(ctx, func(r *row) bool { return marked[of(r)] })
}

// withDebug treats packages of debug symbols as binary packages.
func withDebug(types []string) []string {
	if slices.Contains(types, string(Deb)) {
		return append(slices.Clone(types), string(DDeb))
	}
	return types
}

func (t *table) providing(names map[symbol]bool) func(*row) bool {
	marked := make([]bool, len(t.provided))
	for i := range t.provided {
		marked[i] = slices.ContainsFunc(t.provided[i].names, func(s symbol) bool { return names[s] })
	}
	return func(r *row) bool { return marked[r.provides] }
}

// Select returns the members whose value in a column passes a test, which is called once for each
// value.
func (t *table) Select(ctx context.Context, column query.Column, keep func(string) bool) (bitset.Set, bool, error) {
	if column == query.Provides || column == query.Control {
		return bitset.Set{}, false, nil
	}
	const yes, no = 1, 2
	answers := make([]byte, len(t.texts))
	of := t.columnOf(column)
	return t.choose(ctx, func(r *row) bool {
		s := of(r)
		if answers[s] == 0 {
			answers[s] = no
			if keep(shownType(column, t.text(s))) {
				answers[s] = yes
			}
		}
		return answers[s] == yes
	})
}

func shownType(column query.Column, value string) string {
	if column == query.Type {
		return typeOf(value)
	}
	return value
}

// typeOf returns the type's name in queries.
func typeOf(kind string) string {
	if kind == string(DDeb) {
		return string(Deb)
	}
	return kind
}

// columnOf returns the function that reads a single-valued column.
func (t *table) columnOf(column query.Column) func(*row) symbol {
	source := t.columns.symbolOf(string(Source))
	ofBinaries := func(of func(*row) symbol) func(*row) symbol {
		return func(r *row) symbol {
			if r.kind == source {
				return 0
			}
			return of(r)
		}
	}
	switch column {
	case query.Name:
		return func(r *row) symbol { return r.name }
	case query.Version:
		return func(r *row) symbol { return r.version }
	case query.Architecture:
		return func(r *row) symbol { return r.architecture }
	case query.Type:
		return func(r *row) symbol { return r.kind }
	case query.Source:
		return ofBinaries(func(r *row) symbol { return r.source })
	default:
		return ofBinaries(func(r *row) symbol { return r.sourceVersion })
	}
}

func (c *columns) symbolOf(text string) symbol {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.intern(text)
}

// choose returns the members that pass a test.
func (t *table) choose(ctx context.Context, keep func(*row) bool) (bitset.Set, bool, error) {
	var chosen []uint32
	work := 0
	for id, r := range t.rows(t.set) {
		if work++; work%workBetweenLooks == 0 && ctx.Err() != nil {
			return bitset.Set{}, false, context.Cause(ctx)
		}
		if keep(r) {
			chosen = append(chosen, id)
		}
	}
	return bitset.Of(chosen...), true, nil
}
