package query

// Query is a parsed query: [Or], [And], [Not], or one of the terms [Field],
// [Dependency] and [Exact]. It may also be put together by hand, to join the
// queries of several arguments, say.
type Query interface {
	// String writes the query in its canonical form, which Parse reads back as
	// the same query: one space where any would do, <= for <, quotes only
	// where they are needed, parentheses only where they change the meaning.
	String() string

	// binding is how tightly the parts hold together when printed.
	binding() binding
}

// Or holds for packages for which one of its parts holds. Parse gives at least
// two, none of them an Or. An empty Or holds for none, and has no text.
type Or []Query

// And holds for packages for which all of its parts hold. Parse gives at least
// two, none of them an And. An empty And holds for all, and has no text.
type And []Query

// Not holds for packages for which its part does not.
type Not struct{ Query Query }

// Field asks for a field of a package: a control field, or a special one that
// begins with $. What the names mean is told at [Compile]. Without a condition,
// the field must not be empty; a field that is not there is empty.
type Field struct {
	Name      string
	Condition Condition
}

// Dependency asks as a relation of Depends does: for packages of a name, and
// those that provide it. The condition is on their version or, for those that
// provide it, on the version they provide.
type Dependency struct {
	Name      string
	Condition Condition
	// Architecture limits packages to those for it; packages for all count as
	// being for any architecture but source. Empty is no limit.
	Architecture string
}

// Exact asks for the packages of one name, version and architecture, each as
// it is spelled. Sources have the architecture source.
type Exact struct{ Name, Version, Architecture string }

// Condition is what a term asks of a value. The zero value asks nothing.
type Condition struct {
	Operator Operator
	Value    string // a version or other text, a glob, a regular expression
}

// Operator returns how a condition compares.
type Operator string

// The operators. The first five order all texts as versions, see deb.Compare,
// whatever the field: 0100 equals 100 in Installed-Size, and an empty text
// equals 0.
const (
	Earlier        Operator = "<<"
	EarlierOrEqual Operator = "<=" // also written "<"
	Equal          Operator = "="  // also meant when there is no operator
	LaterOrEqual   Operator = ">=" // also written ">"
	Later          Operator = ">>"
	Glob           Operator = "%" // a pattern of path.Match for the whole text
	Regexp         Operator = "~" // a pattern of package regexp for any part of it

	// Unconditional is the absence of a condition.
	Unconditional Operator = ""
)
