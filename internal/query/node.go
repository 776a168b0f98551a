package query

import "strings"

// allOf holds if all parts do.
type allOf []node

func (n allOf) match(e *evaluation, p Package) bool {
	for _, part := range n {
		if !e.spend(1) || !part.match(e, p) {
			return false
		}
	}
	return true
}

// anyOf holds if one part does.
type anyOf []node

func (n anyOf) match(e *evaluation, p Package) bool {
	for _, part := range n {
		if e.spend(1) && part.match(e, p) {
			return true
		}
	}
	return false
}

// not holds if its part does not.
type not struct{ part node }

func (n not) match(e *evaluation, p Package) bool { return !n.part.match(e, p) }

func (n allOf) reads(c Column) bool { return anyReads(n, c) }
func (n anyOf) reads(c Column) bool { return anyReads(n, c) }
func (n not) reads(c Column) bool   { return n.part.reads(c) }

func anyReads(parts []node, c Column) bool {
	for _, part := range parts {
		if part.reads(c) {
			return true
		}
	}
	return false
}

func (n allOf) cost() cost { return highestCost(n) }
func (n anyOf) cost() cost { return highestCost(n) }
func (n not) cost() cost   { return n.part.cost() }

func highestCost(parts []node) (highest cost) {
	for _, part := range parts {
		highest = max(highest, part.cost())
	}
	return highest
}

// columnTerm tests a column with one value per package.
type columnTerm struct {
	column Column
	test   test
}

func (n columnTerm) match(e *evaluation, p Package) bool {
	return n.test.holds(e, columnOf(p, n.column))
}

// columnOf returns a package's value in a column with one value per package.
func columnOf(p Package, column Column) string {
	switch column {
	case Name:
		return p.Name()
	case Version:
		return p.Version()
	case Architecture:
		return p.Architecture()
	case Type:
		return p.Type()
	}
	if p.Type() == sourceType {
		return ""
	}
	name, version := p.Source()
	if column == Source {
		return name
	}
	return version
}

func (n columnTerm) reads(c Column) bool {
	return c == n.column || c == Type && (n.column == Source || n.column == SourceVersion)
}

func (n columnTerm) cost() cost {
	switch n.test.(type) {
	case glob, expression:
		return byPattern
	}
	if n.column == Type {
		return byLookup
	}
	return byValue
}

// architectureTerm holds for packages that are for an architecture.
type architectureTerm string

func (n architectureTerm) match(_ *evaluation, p Package) bool {
	return isFor(p.Architecture(), string(n))
}

func (n architectureTerm) reads(c Column) bool { return c == Architecture }
func (n architectureTerm) cost() cost          { return byLookup }

// ownArchitecture tests a package's own Architecture field: in the stanza of a source it
// lists the architectures for which the source builds.
type ownArchitecture struct{ test test }

func (n ownArchitecture) match(e *evaluation, p Package) bool {
	if p.Type() == sourceType {
		return n.test.holds(e, p.Field("Architecture"))
	}
	return n.test.holds(e, p.Architecture())
}

func (n ownArchitecture) reads(c Column) bool {
	return c == Type || c == Architecture || c == Control
}
func (n ownArchitecture) cost() cost { return byPattern }

// controlTerm tests a field of the stanza.
type controlTerm struct {
	field string
	test  test
}

func (n controlTerm) match(e *evaluation, p Package) bool {
	if n.ofBinaries() && p.Type() == sourceType {
		return n.test.holds(e, "")
	}
	return n.test.holds(e, p.Field(n.field))
}

// ofBinaries reports whether only binary packages have the field. Source names the source
// itself in a .dsc file, but not in an index.
func (n controlTerm) ofBinaries() bool { return strings.EqualFold(n.field, "Source") }

func (n controlTerm) reads(c Column) bool { return c == Control || c == Type && n.ofBinaries() }
func (n controlTerm) cost() cost          { return byStanza }
