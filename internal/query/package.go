package query

import (
	"strings"

	"github.com/aptarium/aptarium/deb"
)

// Package is what a query asks of a package. Match calls a method only when a
// term needs the answer, and Field last of all, so that one which has to read
// it from somewhere may do so when it is asked.
type Package interface {
	Name() string
	Version() string
	// Architecture is "source" for sources.
	Architecture() string
	// Type is "deb", "udeb" or "source".
	Type() string
	// Source is the name and version of the source package that a binary
	// package was built from, which may be its own. It is not asked of sources.
	Source() (name, version string)
	// Provides returns what the package provides besides its name.
	Provides() []Provided
	// Field returns a control field of the stanza, without the spaces around it
	// and with its further lines as they are, or "" when it is not there. Case
	// does not count in names of fields (policy 5.1).
	Field(name string) string
}

// Column is a part of a package that an index may know without the stanza.
type Column int

// The columns. Control stands for the whole stanza, of which no index knows
// anything.
const (
	Name Column = iota
	Version
	Architecture // "source" for sources
	Type
	Source        // empty for sources
	SourceVersion // empty for sources
	Provides      // the names; a package may have several, or none
	Control
	columns // how many there are
)

// The values of columns that queries treat specially.
const (
	sourceType         = "source"
	sourceArchitecture = "source"
	allArchitecture    = "all"
)

// Provided is an entry of a Provides field. An architecture after a colon is
// part of the name.
type Provided struct {
	Name    string
	Version string // empty when none is told
}

// ParseProvides reads a Provides field, folded or not (policy 7.5). It is for
// stanzas that come from elsewhere: an entry that breaks a rule is passed over,
// so also one with another operator than "=".
func ParseProvides(field string) []Provided {
	var all []Provided
	for entry := range strings.SplitSeq(field, ",") {
		name, constraint, constrained := strings.Cut(entry, "(")
		provided := Provided{Name: strings.TrimSpace(name)}
		if constrained {
			version, closed := strings.CutSuffix(strings.TrimSpace(constraint), ")")
			version, equal := strings.CutPrefix(strings.TrimSpace(version), string(deb.Equal))
			if provided.Version = strings.TrimSpace(version); !closed || !equal || provided.Version == "" {
				continue
			}
		}
		if provided.Name != "" && !strings.ContainsAny(provided.Name, " \t\n|)[]<>") {
			all = append(all, provided)
		}
	}
	return all
}

// isFor reports whether packages of an architecture are for another: those for
// all are for any but source.
func isFor(architecture, wanted string) bool {
	return architecture == wanted || architecture == allArchitecture && wanted != sourceArchitecture
}
