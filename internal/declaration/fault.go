package declaration

import (
	"cmp"
	"slices"
	"strings"
)

// Fault is an error in a file.
type Fault struct {
	At      Position
	Path    []string // of the setting; empty if the format itself is wrong
	Message string
	Hint    string // what to write instead, or empty
}

// String returns the fault in one line, as compilers do:
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

// Faults is an error of several faults, one per line.
type Faults []Fault

// Error returns one line per fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Sort sorts faults by file and position.
func (f Faults) Sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
}

// maxFaults limits the number of collected faults. More are usually repetitions of one
// mistake.
const maxFaults = 100
