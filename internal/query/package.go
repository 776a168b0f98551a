package query

import (
	"strings"

	"github.com/aptarium/aptarium/deb"
)

// Package is a package as a query sees it. Match calls a method only if a term needs its
// value, and Field last, so an implementation can load values on demand.
type Package interface {
	Name() string
	Version() string
	// Architecture is "source" for sources.
	Architecture() string
	// Type is "deb", "udeb" or "source".
	Type() string
	// Source is the name and version of the source package that a binary
	// package was built from, possibly its own. Match does not call it for sources.
	Source() (name, version string)
	// Provides returns the names that the package provides besides its own.
	Provides() []Provided
	// Field returns a control field of the stanza, trimmed, with its continuation
	// lines unchanged, or "" if the stanza lacks it. Names of fields ignore case
	// (policy 5.1).
	Field(name string) string
}

// Column is a property of a package that an index can know without the stanza.
type Column int

// The columns. Control stands for the whole stanza, which no index knows.
const (
	Name Column = iota
	Version
	Architecture // "source" for sources
	Type
	Source        // empty for sources
	SourceVersion // empty for sources
	Provides      // the names; a package can have several, or none
	Control
	columns // their number
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
	Version string // or empty
}

// ParseProvides parses a Provides field, folded or not (policy 7.5). It skips invalid
// entries, such as one with another operator than "=", because stanzas come from other
// archives.
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

// isFor reports whether packages of an architecture are for the wanted one. Packages for
// all are for any architecture except source.
func isFor(architecture, wanted string) bool {
	return architecture == wanted || architecture == allArchitecture && wanted != sourceArchitecture
}
