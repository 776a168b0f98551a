package query

// Query is a parsed query: [Or], [And], [Not], or one of the terms [Field],
// [Dependency] and [Exact]. Callers can also build it themselves, for example to join the
// queries of several arguments.
type Query interface {
	// String returns the canonical form, which Parse parses to the same query: single
	// spaces, <= for <, quotes and parentheses only where they are necessary.
	String() string

	// binding returns the precedence when printed.
	binding() binding
}

// Or holds for packages for which one of its parts holds. Parse returns at least two
// parts, none an Or. An empty Or holds for no package, and has no text.
type Or []Query

// And holds for packages for which all its parts hold. Parse returns at least two parts,
// none an And. An empty And holds for all packages, and has no text.
type And []Query

// Not holds for packages for which its part does not.
type Not struct{ Query Query }

// Field tests a field of a package: a control field, or a special field, which starts with
// $. See [Compile] for their meaning. Without a condition, the field must not be empty; a
// missing field is empty.
type Field struct {
	Name      string
	Condition Condition
}

// Dependency works like a relation of Depends: it holds for packages that have or provide
// a name. The condition applies to their version or to the provided version.
type Dependency struct {
	Name      string
	Condition Condition
	// Architecture restricts packages to those for it, or is empty. Packages for all
	// match any architecture except source.
	Architecture string
}

// Exact holds for packages with exactly this name, version and architecture. Sources have
// the architecture source.
type Exact struct{ Name, Version, Architecture string }

// Condition is a test of a value. The zero value means no condition.
type Condition struct {
	Operator Operator
	Value    string // a version or other text, a glob, a regular expression
}

// Operator is the comparison of a condition.
type Operator string

// The operators. The first five compare all fields as versions, see deb.Compare: 0100
// equals 100 in Installed-Size, and an empty text equals 0.
const (
	Earlier        Operator = "<<"
	EarlierOrEqual Operator = "<=" // also written "<"
	Equal          Operator = "="  // the default
	LaterOrEqual   Operator = ">=" // also written ">"
	Later          Operator = ">>"
	Glob           Operator = "%" // a pattern of path.Match for the whole text
	Regexp         Operator = "~" // a pattern of package regexp for any part of it

	// Unconditional means no condition.
	Unconditional Operator = ""
)
