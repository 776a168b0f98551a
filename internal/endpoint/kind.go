package endpoint

// Kind is a kind of endpoints, such as directories. A package implements it, and server registers it in
// EndpointKinds.
type Kind struct {
	// Name is the value of [Settings.Kind]. Databases store it, so it never changes.
	Name string

	// Doc is a paragraph for operators: what the kind requires of their machines.
	Doc string

	// Fields are the settings of the kind, besides those of all kinds (plain, public_url). The flags
	// of the command line follow from them. Another setting is refused.
	Fields []Field

	// Check returns the settings in the form to be stored, or a [problem.Invalid] in the wrong
	// member. It does not access the place.
	Check func(Settings) (Settings, error)

	// Same reports whether two settings of the kind, also unchecked ones, lead to the same place. When an endpoint moves to
	// another place, everything is deployed again.
	Same func(a, b Settings) bool

	// URL returns the root as a URL, for clients of an endpoint without a public URL.
	URL func(Settings) string

	// Open returns the place of checked settings. It does not access the place.
	Open func(Settings) (Place, error)
}

// Field describes a setting of a kind. Its type and its documentation in /v1 are those of the member of
// [Settings].
type Field struct {
	Name     string   // its JSON name; its flag has "-" for each "_"
	Usage    string   // of its flag
	Example  string   // a valid value; empty: it may be left out
	Values   []string // the valid values, if there are few
	Default  string   // the meaning of an empty value, if it needs words
	Required bool
	Secret   bool // is never shown, and remains if an edit leaves it out
	Path     bool // is a directory of the machine: the command line makes it absolute
}
