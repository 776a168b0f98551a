package query

import "slices"

// nameTerm is a term that holds only for packages that have or provide a name.
type nameTerm interface {
	name() string
	match(e *evaluation, p Package) bool
	// virtual reports whether packages that provide the name count.
	virtual() bool
	// total reports whether each package that has or provides the name meets the
	// term.
	total() bool
	reads(c Column) bool
}

// exact is a term of one name, version and architecture.
type exact Exact

func (t exact) name() string  { return t.Name }
func (t exact) virtual() bool { return false }
func (t exact) total() bool   { return false }

func (t exact) match(_ *evaluation, p Package) bool {
	return p.Name() == t.Name && p.Version() == t.Version && p.Architecture() == t.Architecture
}

func (t exact) reads(c Column) bool { return c == Name || c == Version || c == Architecture }

// dependency is a term that holds as Debian's relations do.
type dependency struct {
	Dependency
	test test
}

func (t dependency) name() string  { return t.Name }
func (t dependency) virtual() bool { return true }
func (t dependency) total() bool   { return !t.versioned() && t.Architecture == "" }

func (t dependency) match(e *evaluation, p Package) bool {
	if t.Architecture != "" && !isFor(p.Architecture(), t.Architecture) {
		return false
	}
	if p.Name() == t.Name && (!t.versioned() || t.test.holds(e, p.Version())) {
		return true
	}
	provided := p.Provides()
	return e.spend(len(provided)) && slices.ContainsFunc(provided, func(v Provided) bool {
		return v.Name == t.Name && (!t.versioned() || v.Version != "" && t.test.holds(e, v.Version))
	})
}

func (t dependency) versioned() bool { return t.Condition.Operator != Unconditional }

func (t dependency) reads(c Column) bool {
	switch c {
	case Name, Provides:
		return true
	case Architecture:
		return t.Architecture != ""
	case Version:
		return t.versioned()
	}
	return false
}

// named holds if one of its terms does. It looks up the terms by the names of a package.
type named struct {
	byName  map[string][]nameTerm
	virtual bool // of any term
}

func newNamed(terms []nameTerm) *named {
	n := &named{byName: make(map[string][]nameTerm, len(terms))}
	for _, t := range terms {
		n.byName[t.name()] = append(n.byName[t.name()], t)
		n.virtual = n.virtual || t.virtual()
	}
	return n
}

func (n *named) match(e *evaluation, p Package) bool {
	if matchesAny(n.byName[p.Name()], e, p) {
		return true
	}
	if !n.virtual {
		return false
	}
	for _, provided := range p.Provides() {
		if matchesAny(n.byName[provided.Name], e, p) {
			return true
		}
	}
	return false
}

func matchesAny(terms []nameTerm, e *evaluation, p Package) bool {
	for _, t := range terms {
		if e.spend(1) && t.match(e, p) {
			return true
		}
	}
	return false
}

func (n *named) reads(c Column) bool {
	for _, terms := range n.byName {
		for _, t := range terms {
			if t.reads(c) {
				return true
			}
		}
	}
	return false
}

func (n *named) cost() cost { return byLookup }
