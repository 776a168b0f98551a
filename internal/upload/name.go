package upload

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// Bounds on names. maxPart is what file systems take.
const (
	maxPart  = 255 // bytes of one part
	maxDepth = 16  // parts of a directory
)

// CheckDir refuses what is no name of a directory: one part, or several with
// slashes between them. The problem is Invalid with the message "wrong dir".
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

// CheckFile refuses what is no name of a file: one part without a slash. The
// problem is Invalid with the message "wrong file".
func CheckFile(name string) error {
	if !isPart(name) {
		return wrong("file")
	}
	return nil
}

// wrong makes the problem in the words that clients of such an area know.
func wrong(what string) error { return problem.New(problem.Invalid, "wrong %s", what) }

// isPart reports whether a text can be one part of a path, and be shown in a log.
func isPart(part string) bool {
	return part != "" && part != "." && part != ".." && len(part) <= maxPart && utf8.ValidString(part) &&
		!strings.ContainsAny(part, "/\\") && !strings.ContainsFunc(part, unicode.IsControl)
}
