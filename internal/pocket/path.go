package pocket

import (
	"regexp"

	"github.com/aptarium/aptarium/internal/problem"
)

// Release is the pocket whose suite has only the name of the series.
const Release = "release"

// Path names a pocket.
type Path struct {
	Distribution string `json:"distribution"`
	Series       string `json:"series"`
	Pocket       string `json:"pocket"`
}

// Suite returns the pocket's name below dists/ and in sources.list.
func (p Path) Suite() string {
	if p.Pocket == Release {
		return p.Series
	}
	return p.Series + "-" + p.Pocket
}

// Collection returns the name of the pocket's collection. No part contains a dot, so the name is
// unique.
func (p Path) Collection() string { return p.Distribution + "." + p.Series + "." + p.Pocket }

// String returns the form DISTRIBUTION/SERIES/POCKET.
func (p Path) String() string { return p.Distribution + "/" + p.Series + "/" + p.Pocket }

// longestName limits a name, so that three joined names are also a valid name.
const longestName = 60

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9+-]*$`)

// CheckName checks the name of a distribution, series or pocket. The error is a problem of kind
// Invalid in the field.
func CheckName(field, name string) error {
	if len(name) > longestName || !namePattern.MatchString(name) {
		return problem.Because(problem.New(problem.Invalid, "%q is not a name", name).In(field).
			WithHint("use lower-case letters, digits, - and +, starting with a letter or digit, at most %d", longestName), problem.InvalidValue)
	}
	return nil
}
