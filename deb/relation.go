package deb

import (
	"slices"
	"strings"
)

// Relations is a relationship field such as Depends: all its groups must hold
// (policy 7.1).
type Relations []Alternatives

// Alternatives is one group of a field: "a | b". One of the relations must hold.
type Alternatives []Relation

// Relation asks for one package.
type Relation struct {
	Name string
	// Qualifier is the word after the colon that follows the name: an
	// architecture, "any" or "native"; empty without a colon.
	Qualifier  string
	Constraint VersionConstraint
	// Architectures restricts the relation to these architectures, or, with "!"
	// before each, to all others: [amd64 linux-any]. Only in source packages.
	Architectures []string
	// Profiles are the restriction lists <!nocheck> <cross stage1>. One list must
	// hold, which means all its terms. Only in source packages.
	Profiles [][]string
}

// Operator compares versions in a relation.
type Operator string

// The operators. Any means that the relation has none.
const (
	Any            Operator = ""
	Earlier        Operator = "<<"
	EarlierOrEqual Operator = "<="
	Equal          Operator = "="
	LaterOrEqual   Operator = ">="
	Later          Operator = ">>"
)

// VersionConstraint is the version that a relation requires. The zero value admits
// every version.
type VersionConstraint struct {
	Operator Operator
	Version  string
}

// Admits reports whether a version satisfies the constraint.
func (c VersionConstraint) Admits(version string) bool {
	if c.Operator == Any {
		return true
	}
	order := Compare(version, c.Version)
	switch c.Operator {
	case Earlier:
		return order < 0
	case EarlierOrEqual:
		return order <= 0
	case Equal:
		return order == 0
	case LaterOrEqual:
		return order >= 0
	case Later:
		return order > 0
	}
	return false
}

// String returns "(>= 1.0)", or nothing for no constraint.
func (c VersionConstraint) String() string {
	if c.Operator == Any {
		return ""
	}
	return "(" + string(c.Operator) + " " + c.Version + ")"
}

// AppliesTo reports whether the relation applies to an architecture: it has no
// restriction, names the architecture, or excludes only others with "!".
func (r Relation) AppliesTo(architecture string) bool {
	if len(r.Architectures) == 0 {
		return true
	}
	named := func(restriction string) bool {
		return ArchitectureMatches(architecture, strings.TrimPrefix(restriction, "!"))
	}
	negated := strings.HasPrefix(r.Architectures[0], "!")
	return slices.ContainsFunc(r.Architectures, named) != negated
}

// ActiveIn reports whether the relation applies to a build with these profiles.
func (r Relation) ActiveIn(profiles ...string) bool {
	holds := func(term string) bool {
		name, negated := strings.CutPrefix(term, "!")
		return slices.Contains(profiles, name) != negated
	}
	return len(r.Profiles) == 0 || slices.ContainsFunc(r.Profiles, func(list []string) bool {
		return !slices.ContainsFunc(list, func(term string) bool { return !holds(term) })
	})
}

// String returns the relation in the usual form, which parses to the same value:
// "libc6:any (>= 2.36) [amd64 i386] <!nocheck>".
func (r Relation) String() string {
	var b strings.Builder
	b.WriteString(r.Name)
	if r.Qualifier != "" {
		b.WriteString(":" + r.Qualifier)
	}
	if r.Constraint.Operator != Any {
		b.WriteString(" " + r.Constraint.String())
	}
	if len(r.Architectures) > 0 {
		b.WriteString(" [" + strings.Join(r.Architectures, " ") + "]")
	}
	for _, list := range r.Profiles {
		b.WriteString(" <" + strings.Join(list, " ") + ">")
	}
	return b.String()
}

// String joins the alternatives with " | ".
func (a Alternatives) String() string { return join(a, " | ") }

// String joins the groups with ", ".
func (r Relations) String() string { return join(r, ", ") }

func join[T interface{ String() string }](items []T, separator string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return strings.Join(texts, separator)
}
