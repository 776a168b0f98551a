package query

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Plan is a compiled query. It is immutable and safe for concurrent use.
type Plan struct {
	root  node
	reads [columns]bool
}

// node is a part of a plan. Its match decides about single packages, narrower.narrow about
// sets (see [Narrow]).
type node interface {
	match(e *evaluation, p Package) bool
	// reads reports whether match uses a column.
	reads(column Column) bool
	// cost orders the parts of a conjunction or an alternative: lower ones first.
	cost() cost
}

// cost is the cost of a node's match, by orders of magnitude.
type cost int

const (
	byLookup  cost = iota // comparing a name, an architecture, a type
	byValue               // computing with a column
	byPattern             // a regular expression over one
	byStanza              // reading control fields
)

// Compile compiles a query. An error is a problem of kind Invalid, or TooLarge above a
// limit, in the field q.
//
// It defines the meaning of field names. These are special:
//
//	Name            the package's name
//	Version         its version
//	$Version        the same
//	Architecture    its architecture, for sources the field in their stanza
//	$Architecture   its architecture, for sources "source"; with = packages
//	                for all match any architecture except source
//	$PackageType    deb, udeb or source
//	$Source         the source package of a binary package, empty for sources
//	$SourceVersion  the version of the source package, empty for sources
//	Source          the control field, empty for sources
//
// Package and the fields about files (Filename, Size, MD5sum, Files, …) cannot be queried.
// Other names are those of control fields.
func Compile(q Query) (*Plan, error) {
	c := compiler{instructions: maxInstructions}
	root, err := c.compile(q)
	if err != nil {
		return nil, err
	}
	plan := &Plan{root: root}
	for column := range columns {
		plan.reads[column] = root.reads(column)
	}
	return plan, nil
}

// Reads reports whether Match can use a column of a package: Control means the method
// Field, Source and SourceVersion mean Source, the others mean the method of the same name.
// The package need not support columns that Match does not use.
func (p *Plan) Reads(column Column) bool {
	return column >= 0 && column < columns && p.reads[column]
}

// Match reports whether the query holds for a package. The only error is that of
// a context that ended.
func (p *Plan) Match(ctx context.Context, pkg Package) (bool, error) {
	e := evaluation{ctx: ctx}
	matched := e.check() && p.root.match(&e, pkg)
	return matched && e.err == nil, e.err
}

// compiler compiles queries to nodes.
type compiler struct {
	instructions int // the remaining budget of regular expressions
}

func (c *compiler) compile(q Query) (node, error) {
	switch q := q.(type) {
	case Or:
		return c.alternatives(q)
	case And:
		parts, err := c.compileAll(q)
		return allOf(parts), err
	case Not:
		part, err := c.compile(q.Query)
		return not{part}, err
	case Field:
		return c.field(q)
	case Dependency, Exact:
		t, err := c.nameTerm(q)
		if err != nil {
			return nil, err
		}
		return newNamed([]nameTerm{t}), nil
	default:
		return nil, failed(problem.Invalid, "the query is empty").WithHint("write a term, such as Name (%% *)")
	}
}

// compileAll returns the nodes of parts, cheap ones first.
func (c *compiler) compileAll(parts []Query) ([]node, error) {
	nodes := make([]node, len(parts))
	for i, part := range parts {
		var err error
		if nodes[i], err = c.compile(part); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(nodes, func(a, b node) int { return cmp.Compare(a.cost(), b.cost()) })
	return nodes, nil
}

// alternatives joins all name terms in one node, so that a list of thousands of packages
// costs as much as one.
func (c *compiler) alternatives(q Or) (node, error) {
	var named []nameTerm
	var others []Query
	for _, part := range q {
		switch part.(type) {
		case Dependency, Exact:
			t, err := c.nameTerm(part)
			if err != nil {
				return nil, err
			}
			named = append(named, t)
		default:
			others = append(others, part)
		}
	}
	nodes, err := c.compileAll(others)
	if len(named) > 0 {
		nodes = append([]node{newNamed(named)}, nodes...)
	}
	return anyOf(nodes), err
}

// nameTerm compiles a Dependency or an Exact.
func (c *compiler) nameTerm(q Query) (nameTerm, error) {
	if q, ok := q.(Exact); ok {
		return exact(q), nil
	}
	d := q.(Dependency)
	t, err := newTest(d.Condition, &c.instructions)
	return dependency{d, t}, err
}

func (c *compiler) field(q Field) (node, error) {
	t, err := newTest(q.Condition, &c.instructions)
	if err != nil {
		return nil, err
	}
	switch q.Name {
	case "Name":
		return columnTerm{Name, t}, nil
	case "Version", "$Version":
		return columnTerm{Version, t}, nil
	case "$Source":
		return columnTerm{Source, t}, nil
	case "$SourceVersion":
		return columnTerm{SourceVersion, t}, nil
	case "$PackageType":
		return columnTerm{Type, t}, nil
	case "$Architecture":
		if q.Condition.Operator == Equal {
			return architectureTerm(q.Condition.Value), nil
		}
		return columnTerm{Architecture, t}, nil
	case "Architecture":
		return ownArchitecture{t}, nil
	}
	if err := checkFieldName(q.Name); err != nil {
		return nil, err
	}
	return controlTerm{q.Name, t}, nil
}

// checkFieldName refuses fields that cannot be queried.
func checkFieldName(name string) error {
	if strings.HasPrefix(name, "$") {
		return failed(problem.Invalid, "unknown special field %s", shorten(name)).
			WithHint("the special fields are $Source, $SourceVersion, $Version, $Architecture and $PackageType")
	}
	switch strings.ToLower(name) {
	case "package":
		return failed(problem.Invalid, "the field %s cannot be queried", name).
			WithHint("use Name")
	case "filename", "size", "md5sum", "sha1", "sha256", "sha512",
		"files", "checksums-sha1", "checksums-sha256", "checksums-sha512":
		return failed(problem.Invalid, "the field %s cannot be queried", name).
			WithHint("queries cannot select by files and their sums; use names, versions or other fields")
	}
	return nil
}
