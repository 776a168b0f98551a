package deb

import (
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Architecture is the tuple of four parts that dpkg reads from an architecture's
// name (dpkg-architecture(1)). In a wildcard a part may be "any".
type Architecture struct {
	ABI  string // base, eabihf, x32, …
	Libc string // gnu, musl, bsd, …
	OS   string // linux, hurd, kfreebsd, …
	CPU  string // amd64, arm64, …
}

// anyPart in a wildcard matches every value.
const anyPart = "any"

// ParseArchitecture returns the tuple of an architecture that dpkg knows: amd64,
// armhf, linux-amd64, hurd-i386. Every other name is a problem of kind Invalid;
// so are "all" and "source".
func ParseArchitecture(name string) (Architecture, error) {
	short := name
	if cpu, isLinux := strings.CutPrefix(name, "linux-"); isLinux && !strings.Contains(cpu, "-") {
		short = cpu
	}
	for _, row := range tuples {
		prefix, generic := strings.CutSuffix(row.name, "<cpu>")
		cpu, found := strings.CutPrefix(short, prefix)
		switch {
		case generic && found && slices.Contains(cpus, cpu):
			row.CPU = cpu
			return row.Architecture, nil
		case !generic && row.name == short:
			return row.Architecture, nil
		}
	}
	return Architecture{}, problem.New(problem.Invalid, "dpkg does not know the architecture %.100q", name).
		WithHint("`dpkg-architecture -L` lists the known ones")
}

// ParseArchitectureWildcard parses a name or a wildcard of up to four parts: any,
// linux-any, any-amd64, gnu-any-any, musl-any-any-any (policy 11.1.1). Parts
// missing on the left mean any.
func ParseArchitectureWildcard(text string) (Architecture, error) {
	parts := strings.SplitN(text, "-", 4)
	if !slices.Contains(parts, anyPart) {
		return ParseArchitecture(text)
	}
	if len(parts) == 1 {
		return Architecture{anyPart, anyPart, anyPart, anyPart}, nil
	}
	for len(parts) < 4 {
		parts = slices.Insert(parts, 0, anyPart)
	}
	return Architecture{ABI: parts[0], Libc: parts[1], OS: parts[2], CPU: parts[3]}, nil
}

// ArchitectureMatches reports whether a name or wildcard covers an architecture.
// An architecture that dpkg does not know matches its own name and "any"; "all"
// and "source" match only themselves.
func ArchitectureMatches(architecture, wildcard string) bool {
	switch {
	case architecture == wildcard:
		return true
	case architecture == "all" || architecture == "source":
		return false
	case wildcard == anyPart:
		return true
	}
	real, err := ParseArchitecture(architecture)
	if err != nil {
		return false
	}
	pattern, err := ParseArchitectureWildcard(wildcard)
	return err == nil && pattern.admits(real)
}

// admits reports whether each part of the pattern a is equal or any.
func (a Architecture) admits(real Architecture) bool {
	same := func(part, other string) bool { return part == anyPart || part == other }
	return same(a.ABI, real.ABI) && same(a.Libc, real.Libc) && same(a.OS, real.OS) && same(a.CPU, real.CPU)
}

// ValidArchitectureName reports whether dpkg accepts an architecture's name, known
// or not: letters, digits and hyphens, beginning with a letter or digit.
func ValidArchitectureName(name string) bool {
	return name != "" && len(name) <= maxName &&
		(isLetter(name[0]) || isDigit(name[0])) && indexOutside(name, "-") < 0
}
