package deb

import (
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxName bounds names to what a file system takes as one path element.
const maxName = 255

// ValidPackageName checks a binary or source package's name by policy 5.6.1: at
// least two characters of a-z, 0-9 and "+-.", the first a letter or digit. The
// error is a problem of kind Invalid.
func ValidPackageName(name string) error {
	switch at := indexOutside(name, "+-."); {
	case len(name) < 2:
		return badName(name, "is shorter than two characters")
	case len(name) > maxName:
		return badName(name, "is longer than 255 characters")
	case !isLetter(name[0]) && !isDigit(name[0]):
		return badName(name, "does not begin with a letter or digit")
	case at >= 0:
		return badName(name, "holds %q; only a-z, 0-9 and +-. may be", name[at:at+1])
	case strings.ToLower(name) != name:
		return badName(name, "holds capital letters")
	}
	return nil
}

// DpkgTakesName tells whether dpkg installs a package of this name: it is laxer
// than policy and lets single characters, capital letters and underscores
// through. Names from archives of others are held to this; it keeps them safe
// as path elements.
func DpkgTakesName(name string) bool {
	return name != "" && len(name) <= maxName &&
		(isLetter(name[0]) || isDigit(name[0])) && indexOutside(name, "-+._") < 0
}

func badName(name, format string, args ...any) error {
	return problem.New(problem.Invalid, "package name %.100q "+format, append([]any{name}, args...)...)
}

// PoolDirectory gives the folder of a source package's files in the pool, as
// Debian's archive lays it out: pool/main/h/hello, pool/main/libf/libfoo. Both
// names must have been checked before; the result has no slash at either end.
func PoolDirectory(component, source string) string {
	prefix := source[:min(1, len(source))]
	if len(source) > 3 && strings.HasPrefix(source, "lib") {
		prefix = source[:4]
	}
	return "pool/" + component + "/" + prefix + "/" + source
}

// SourceOf tells the source package of a binary package from its Source field
// (policy 5.6.1), which is empty, "name" or "name (version)": what is left out
// is as in the binary package. It checks nothing.
func SourceOf(source, name, version string) (sourceName, sourceVersion string) {
	source, parenthesis, found := strings.Cut(strings.TrimSpace(source), "(")
	if source = strings.TrimSpace(source); source != "" {
		name = source
	}
	if inner := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(parenthesis), ")")); found && inner != "" {
		version = inner
	}
	return name, version
}
