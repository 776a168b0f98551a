package pocket

import (
	"regexp"

	"github.com/aptarium/aptarium/internal/problem"
)

// Release is the pocket that a suite's name does not mention.
const Release = "release"

// Path names a pocket.
type Path struct {
	Distribution string `json:"distribution"`
	Series       string `json:"series"`
	Pocket       string `json:"pocket"`
}

// Suite is what the pocket is called below dists/ and in sources lists.
func (p Path) Suite() string {
	if p.Pocket == Release {
		return p.Series
	}
	return p.Series + "-" + p.Pocket
}

// Collection is what the pocket's collection is called. No part has a dot in it, so
// no two pockets share one.
func (p Path) Collection() string { return p.Distribution + "." + p.Series + "." + p.Pocket }

// String returns the form DISTRIBUTION/SERIES/POCKET.
func (p Path) String() string { return p.Distribution + "/" + p.Series + "/" + p.Pocket }

// longestName bounds a name, so that what is made of three of them is a name too.
const longestName = 60

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9+-]*$`)

// CheckName refuses what cannot name a distribution, a series or a pocket: a problem
// of kind Invalid in the field.
func CheckName(field, name string) error {
	if len(name) > longestName || !namePattern.MatchString(name) {
		return problem.Because(problem.New(problem.Invalid, "%q is not a name", name).In(field).
			WithHint("use lower-case letters, digits, - and +, starting with a letter or digit, at most %d", longestName), problem.InvalidValue)
	}
	return nil
}
