package query

import "context"

// Set is a set of a caller's packages: of their numbers, most likely, as a
// bitmap (bitset.Set is one). It is a value: the methods change nothing.
type Set[S any] interface {
	Union(S) S
	Intersect(S) S
	Minus(S) S
	Len() int
}

// Index answers for whole sets what a query asks of a column. It may know more
// packages than are asked about. Where it does not know a column, or where a
// search of it would cost more than reading packages, it says so by known, and
// Match has to tell.
type Index[S any] interface {
	// Find returns the packages whose value in a column is one of values; of
	// Provides, those that provide one of them. Values may be many thousands.
	Find(ctx context.Context, column Column, values []string) (set S, known bool, err error)

	// Select returns the packages whose value in a column passes a test. Keep is
	// meant to be asked once for each distinct value, from one goroutine at a
	// time. It is never asked for Provides and Control.
	Select(ctx context.Context, column Column, keep func(value string) bool) (set S, known bool, err error)
}

// Candidates is what sets tell of a query.
type Candidates[S any] struct {
	Sure  S // the query holds for these
	Maybe S // it may hold for these others: ask Match
}

// fewPackages is a number of packages for which Match is cheaper than a search
// through all the values of a column.
const fewPackages = 512

// Narrow finds which of the packages in a set a query can hold for, from an
// index alone. An error is that of the index, or of a context that ended.
func Narrow[S Set[S]](ctx context.Context, plan *Plan, all S, index Index[S]) (Candidates[S], error) {
	e := &evaluation{ctx: ctx}
	if !e.look() {
		return Candidates[S]{}, e.err
	}
	n := narrower[S]{e, index}
	r, err := n.narrow(plan.root, all)
	if err == nil {
		err = e.err
	}
	if err != nil {
		return Candidates[S]{}, err
	}
	return Candidates[S]{Sure: r.lower, Maybe: r.upper.Minus(r.lower)}, nil
}

// span is what is known of the packages in a scope for which a part of a query
// holds: all of lower are, and none outside of upper is. Lower is a part of
// upper, and upper one of the scope.
type span[S any] struct{ lower, upper S }

// narrower finds the span of each part of a plan.
type narrower[S Set[S]] struct {
	e     *evaluation
	index Index[S]
}

// narrow asks only about the packages in scope: those about which other parts
// of the query left a doubt.
func (n narrower[S]) narrow(part node, scope S) (span[S], error) {
	if scope.Len() == 0 {
		return exactly(scope), nil
	}
	switch part := part.(type) {
	case allOf:
		return n.allOf(part, scope)
	case anyOf:
		return n.anyOf(part, scope)
	case not:
		r, err := n.narrow(part.part, scope)
		if err != nil {
			return r, err
		}
		return span[S]{lower: scope.Minus(r.upper), upper: scope.Minus(r.lower)}, nil
	case *named:
		return n.named(part, scope)
	case architectureTerm:
		return n.architecture(part, scope)
	case columnTerm:
		return n.column(part, scope)
	case ownArchitecture:
		return n.ownArchitecture(part, scope)
	default:
		return unknown(scope), nil
	}
}

// exactly is the span of a part that a set answers in full.
func exactly[S any](set S) span[S] { return span[S]{set, set} }

// unknown is the span of a part of which an index knows nothing.
func unknown[S Set[S]](scope S) span[S] { return span[S]{scope.Minus(scope), scope} }

func (n narrower[S]) allOf(parts allOf, scope S) (span[S], error) {
	all := exactly(scope)
	for _, part := range parts {
		r, err := n.narrow(part, all.upper)
		if err != nil {
			return all, err
		}
		all.lower, all.upper = all.lower.Intersect(r.lower), r.upper
	}
	return all, nil
}

func (n narrower[S]) anyOf(parts anyOf, scope S) (span[S], error) {
	found := exactly(scope.Minus(scope))
	for _, part := range parts {
		r, err := n.narrow(part, scope.Minus(found.lower))
		if err != nil {
			return found, err
		}
		found.lower, found.upper = found.lower.Union(r.lower), found.upper.Union(r.upper)
	}
	return found, nil
}
