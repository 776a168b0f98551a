package deb

import (
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxName is the longest name that a file system accepts as one path element.
const maxName = 255

// ValidPackageName checks the name of a binary or source package against policy
// 5.6.1: at least two characters of a-z, 0-9 and "+-.", the first a letter or
// digit. The error is a problem of kind Invalid.
func ValidPackageName(name string) error {
	switch at := indexOutside(name, "+-."); {
	case len(name) < 2:
		return badName(name, "is shorter than two characters")
	case len(name) > maxName:
		return badName(name, "is longer than 255 characters")
	case !isLetter(name[0]) && !isDigit(name[0]):
		return badName(name, "does not begin with a letter or digit")
	case at >= 0:
		return badName(name, "contains %q; only a-z, 0-9 and +-. are allowed", name[at:at+1])
	case strings.ToLower(name) != name:
		return badName(name, "contains capital letters; policy allows only a-z")
	}
	return nil
}

// DpkgAcceptsName reports whether dpkg installs a package of this name. It is laxer
// than policy: it accepts single characters, capital letters and underscores. Check
// names from other archives with it; accepted names are safe path elements.
func DpkgAcceptsName(name string) bool {
	return name != "" && len(name) <= maxName &&
		(isLetter(name[0]) || isDigit(name[0])) && indexOutside(name, "-+._") < 0
}

func badName(name, format string, args ...any) error {
	return problem.New(problem.Invalid, "package name %.100q "+format, append([]any{name}, args...)...)
}

// PoolDirectory returns the folder of a source package's files in the pool, in the
// layout of Debian's archive: pool/main/h/hello, pool/main/libf/libfoo. The caller
// has checked both names; the result has no slash at either end.
func PoolDirectory(component, source string) string {
	prefix := source[:min(1, len(source))]
	if len(source) > 3 && strings.HasPrefix(source, "lib") {
		prefix = source[:4]
	}
	return "pool/" + component + "/" + prefix + "/" + source
}

// SourceOf returns the source package of a binary package from its Source field
// (policy 5.6.1), which is empty, "name" or "name (version)". A missing part is
// that of the binary package. SourceOf checks nothing.
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
