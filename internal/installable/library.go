package installable

import (
	"slices"
	"strings"
	"sync"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/query"
)

// Control is the part of a control file (deb-control(5)) that matters for installing the
// package: unparsed fields, folded or not.
type Control struct {
	Name, Version string
	MultiArch     string
	PreDepends    string
	Depends       string
	Conflicts     string
	Breaks        string
	Provides      string
}

// Entry identifies a package of a library.
type Entry int32

// Package is a package of an archive: a library's entry, and the caller's number of it.
type Package struct {
	ID    uint32
	Entry Entry
}

// Library keeps the parsed relations of packages, each once: tens of thousands of packages
// share most of them. It only grows. It is safe for concurrent use.
type Library struct {
	mu      sync.RWMutex
	symbols map[string]symbol
	texts   map[string]group // by the text of a relation
	shelves
}

// shelves are the content of the library. They only grow by appending, so a copy of the
// slices never changes.
type shelves struct {
	names   []string // by symbol
	groups  []relation
	entries []entry
}

type (
	symbol int32 // a name of packages, real or provided
	group  int32 // a number in shelves.groups
)

// relation is a group of a relationship field, separated by "|".
type relation struct {
	alternatives deb.Alternatives
	names        []symbol // of the alternatives
	malformed    string   // the text, if it cannot be parsed
}

func (r relation) text() string {
	if r.malformed != "" {
		return r.malformed
	}
	return r.alternatives.String()
}

// entry is a package.
type entry struct {
	name      symbol
	anyArch   bool // Multi-Arch: allowed
	version   string
	needs     []clause // Pre-Depends and Depends
	conflicts []clause // Conflicts and Breaks
	provides  []provided
}

// clause is a group and its field.
type clause struct {
	group group
	field field
}

// provided is an entry of a Provides field.
type provided struct {
	name      symbol
	qualifier string // an architecture or any; usually empty
	version   string
}

// field is one of the relationship fields that matter.
type field uint8

const (
	preDepends field = iota
	depends
	conflicts
	breaks
)

func (f field) String() string {
	return [...]string{"Pre-Depends", "Depends", "Conflicts", "Breaks"}[f]
}

// NewLibrary returns an empty library.
func NewLibrary() *Library {
	return &Library{symbols: map[string]symbol{}, texts: map[string]group{}}
}

// Learn adds a package. No package satisfies or violates a malformed relation.
func (l *Library) Learn(c Control) Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entry{name: l.symbol(c.Name), version: strings.Clone(c.Version), anyArch: c.MultiArch == "allowed"}
	e.needs = l.clauses(l.clauses(nil, c.PreDepends, preDepends), c.Depends, depends)
	e.conflicts = l.clauses(l.clauses(nil, c.Conflicts, conflicts), c.Breaks, breaks)
	for _, p := range query.ParseProvides(c.Provides) {
		name, qualifier, _ := strings.Cut(p.Name, ":")
		e.provides = append(e.provides, provided{l.symbol(name), strings.Clone(qualifier), strings.Clone(p.Version)})
	}
	l.entries = append(l.entries, e)
	return Entry(len(l.entries) - 1)
}

// Len returns the number of packages in the library.
func (l *Library) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.entries)
}

// shelf returns the current content.
func (l *Library) shelf() shelves {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.shelves
}

func (l *Library) symbol(name string) symbol {
	s, known := l.symbols[name]
	if !known {
		s, name = symbol(len(l.names)), strings.Clone(name)
		l.symbols[name], l.names = s, append(l.names, name)
	}
	return s
}

// clauses parses a field. Commas only separate groups (policy 7.1), so a known group need
// not be parsed again.
func (l *Library) clauses(list []clause, text string, f field) []clause {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, clause{l.group(part), f})
		}
	}
	return list
}

func (l *Library) group(text string) group {
	if g, known := l.texts[text]; known {
		return g
	}
	text = strings.Clone(text)
	r := relation{malformed: text}
	if relations, err := deb.ParseRelations(text); err == nil && len(relations) == 1 && !slices.ContainsFunc(relations[0], restricted) {
		r = relation{alternatives: relations[0]}
		for _, a := range r.alternatives {
			r.names = append(r.names, l.symbol(a.Name))
		}
	}
	g := group(len(l.groups))
	l.texts[text], l.groups = g, append(l.groups, r)
	return g
}

// restricted reports whether a relation is for some architectures or builds. Only sources
// can have such relations (policy 7.1); apt refuses an index that has them elsewhere.
func restricted(r deb.Relation) bool { return len(r.Architectures)+len(r.Profiles) > 0 }
