package declaration

import (
	"cmp"
	"slices"
	"strings"
)

// Fault is something that is wrong with a file.
type Fault struct {
	At      Position
	Path    []string // of the setting; empty when the file is no file of its form
	Message string
	Hint    string // what to write instead; may be empty
}

// String writes it in one line, as compilers do:
// house.yaml:12:5: mirrors.debian.sources: this is a text, not true or false (write true).
func (f Fault) String() string {
	s := f.At.String() + ": "
	if len(f.Path) > 0 {
		s += strings.Join(f.Path, ".") + ": "
	}
	s += f.Message
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

// Faults are all that is wrong, a line each.
type Faults []Fault

// Error returns the lines.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Sort puts faults in the order of the files, and of what is in them.
func (f Faults) Sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
}

// maxFaults bounds how many faults are collected: whoever made more made one
// mistake many times.
const maxFaults = 100
