package pocket

import (
	"regexp"
	"strings"

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

// Subject returns the name of the pocket in activities and in the audit log.
func (p Path) Subject() string { return "pocket:" + p.String() }

// ParsePath parses DISTRIBUTION/SERIES/POCKET. Another form is problem.Invalid in the field.
func ParsePath(field, text string) (Path, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return Path{}, problem.Because(problem.New(problem.Invalid, "%.200q names no pocket", text).In(field).
			WithHint("write DISTRIBUTION/SERIES/POCKET, such as ubuntu/noble/release"), problem.InvalidValue)
	}
	return Path{Distribution: parts[0], Series: parts[1], Pocket: parts[2]}, nil
}

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
