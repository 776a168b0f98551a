package query

import "context"

// Set is a set of packages, such as a bitmap of their numbers (bitset.Set). It is
// immutable.
type Set[S any] interface {
	Union(S) S
	Intersect(S) S
	Minus(S) S
	Len() int
}

// Index returns the set of packages with certain values in a column. It can include other
// packages than those of the search. If it does not know a column, or if searching it
// costs more than reading packages, known is false, and Match must decide.
type Index[S any] interface {
	// Find returns the packages with one of values in a column; for Provides, the
	// packages that provide one of them. There can be many thousands of values.
	Find(ctx context.Context, column Column, values []string) (set S, known bool, err error)

	// Select returns the packages with a value in a column that keep accepts. It
	// should call keep once per distinct value, and must call it from one goroutine
	// at a time. The column is never Provides or Control.
	Select(ctx context.Context, column Column, keep func(value string) bool) (set S, known bool, err error)
}

// Candidates is the result of [Narrow].
type Candidates[S any] struct {
	Sure  S // the query holds for these
	Maybe S // it may hold for these: ask Match
}

// fewPackages is the number of packages below which Match is cheaper than a search of all
// values of a column.
const fewPackages = 512

// Narrow returns the packages of a set for which a query can hold, using only an index. An
// error is that of the index, or of a context that ended.
func Narrow[S Set[S]](ctx context.Context, plan *Plan, all S, index Index[S]) (Candidates[S], error) {
	e := &evaluation{ctx: ctx}
	if !e.check() {
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

// span bounds the packages in a scope for which a part of a query holds: it holds for all
// of lower, and for none outside upper. Lower is a subset of upper, upper of the scope.
type span[S any] struct{ lower, upper S }

// narrower computes the spans of the parts of a plan.
type narrower[S Set[S]] struct {
	e     *evaluation
	index Index[S]
}

// narrow computes the span of a part in scope: the packages that other parts of the query
// leave undecided.
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

// exactly returns the span of a part that holds for exactly this set.
func exactly[S any](set S) span[S] { return span[S]{set, set} }

// unknown returns the span of a part that the index cannot decide.
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
