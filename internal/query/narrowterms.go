package query

import (
	"maps"
	"slices"
)

// named asks for all names of the terms at once.
func (n narrower[S]) named(part *named, scope S) (span[S], error) {
	var total, virtual []string // names that decide their terms, and names that can be provided
	for name, terms := range part.byName {
		if slices.ContainsFunc(terms, nameTerm.total) {
			total = append(total, name)
		}
		if slices.ContainsFunc(terms, nameTerm.virtual) {
			virtual = append(virtual, name)
		}
	}
	upper, complete, err := n.byNames(slices.Collect(maps.Keys(part.byName)), virtual, scope)
	if err != nil {
		return span[S]{}, err
	}
	found := unknown(scope)
	if complete {
		found.upper = upper
	}
	switch len(total) {
	case 0:
	case len(part.byName):
		found.lower = upper
	default:
		found.lower, _, err = n.byNames(total, total, scope)
	}
	return found, err
}

// byNames returns the packages that have one of names or provide one of virtual, as far as
// the index knows; complete reports whether it knows all.
func (n narrower[S]) byNames(names, virtual []string, scope S) (set S, complete bool, err error) {
	set, complete, err = n.find(Name, names, scope)
	if err != nil || len(virtual) == 0 {
		return set, complete, err
	}
	providers, known, err := n.find(Provides, virtual, scope)
	return set.Union(providers), complete && known, err
}

// architecture asks for the packages for an architecture, including those for all.
func (n narrower[S]) architecture(part architectureTerm, scope S) (span[S], error) {
	values := []string{string(part)}
	if isFor(allArchitecture, string(part)) && part != allArchitecture {
		values = append(values, allArchitecture)
	}
	set, known, err := n.find(Architecture, values, scope)
	return spanOf(set, known, scope), err
}

// column asks for packages by the test of a column. It tests each of the few types; it
// searches other columns.
func (n narrower[S]) column(part columnTerm, scope S) (span[S], error) {
	if part.column == Type {
		types := slices.DeleteFunc([]string{"deb", "udeb", sourceType}, func(t string) bool {
			return !part.test.holds(n.e, t)
		})
		set, known, err := n.find(Type, types, scope)
		return spanOf(set, known, scope), err
	}
	set, known, err := n.selects(part.column, part.test, scope)
	return spanOf(set, known, scope), err
}

// ownArchitecture searches the architectures of binary packages. Sources, which have the
// field in their stanza, stay undecided.
func (n narrower[S]) ownArchitecture(part ownArchitecture, scope S) (span[S], error) {
	sources, known, err := n.find(Type, []string{sourceType}, scope)
	if err != nil || !known {
		return unknown(scope), err
	}
	set, known, err := n.selects(Architecture, part.test, scope)
	if err != nil || !known {
		return unknown(scope), err
	}
	return span[S]{lower: set.Minus(sources), upper: set.Union(sources)}, nil
}

// spanOf returns exactly(set), or unknown if the set is not known.
func spanOf[S Set[S]](set S, known bool, scope S) span[S] {
	if !known {
		return unknown(scope)
	}
	return exactly(set)
}

// find asks the index for the packages in scope with one of values. The set is empty if
// the index does not know.
func (n narrower[S]) find(column Column, values []string, scope S) (set S, known bool, err error) {
	empty := scope.Minus(scope)
	if len(values) == 0 {
		return empty, true, nil
	}
	set, known, err = n.index.Find(n.e.ctx, column, values)
	if err != nil || !known {
		return empty, false, err
	}
	return set.Intersect(scope), true, nil
}

// selects asks the index for the packages in scope that pass a test, unless the scope is
// small.
func (n narrower[S]) selects(column Column, t test, scope S) (set S, known bool, err error) {
	if scope.Len() < fewPackages {
		return scope.Minus(scope), false, nil
	}
	keep := func(value string) bool { return n.e.spend(1) && t.holds(n.e, value) }
	set, known, err = n.index.Select(n.e.ctx, column, keep)
	if err == nil {
		err = n.e.err
	}
	if err != nil || !known {
		return scope.Minus(scope), false, err
	}
	return set.Intersect(scope), true, nil
}
