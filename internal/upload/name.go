package upload

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of names. maxPart is the limit of file systems.
const (
	maxPart  = 255 // bytes of one part
	maxDepth = 16  // parts of a directory
)

// CheckDir checks the name of a directory: one part, or several with slashes between them. The
// problem is Invalid with the message "wrong dir".
func CheckDir(dir string) error {
	parts := strings.Split(dir, "/")
	if len(parts) > maxDepth {
		return wrong("dir")
	}
	for _, part := range parts {
		if !isPart(part) {
			return wrong("dir")
		}
	}
	return nil
}

// CheckFile checks the name of a file: one part without a slash. The problem is Invalid with
// the message "wrong file".
func CheckFile(name string) error {
	if !isPart(name) {
		return wrong("file")
	}
	return nil
}

// wrong returns a problem with the message that aptly's clients know.
func wrong(what string) error { return problem.New(problem.Invalid, "wrong %s", what) }

// isPart reports whether a text is a valid part of a path, and safe in logs.
func isPart(part string) bool {
	return part != "" && part != "." && part != ".." && len(part) <= maxPart && utf8.ValidString(part) &&
		!strings.ContainsAny(part, "/\\") && !strings.ContainsFunc(part, unicode.IsControl)
}
