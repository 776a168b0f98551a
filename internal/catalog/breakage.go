package catalog

import (
	"context"
	"slices"
	"sync"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/installable"
)

// Breakage is what a change of what machines install from does to those of one
// architecture.
type Breakage struct {
	Architecture string
	// Candidates is how many names there are to be installed after the change.
	Candidates int
	// BrokenCount is how many packages cannot be installed any more, or are new and
	// cannot be. Broken are the first of them, by their names.
	BrokenCount int
	Broken      []Broken
}

// Broken is a package that cannot be installed. See [installable.Reason].
type Broken struct {
	Package              Summary
	New                  bool
	Chain, Against       []Summary
	Field, Relation      string
	Malformed, Undecided bool
}

// Breakage finds what a change breaks for machines of an architecture that have
// nothing but what before lists, and then what after does: of every source that
// they have. At most limit packages are told of, 1000 if it is 0. Stanzas are read once, and what
// they ask for is kept in memory; see [installable.Library.Compare].
func (s *Store) Breakage(ctx context.Context, tx *db.Tx, before, after bitset.Set, architecture string, limit int) (Breakage, error) {
	result := Breakage{Architecture: architecture}
	if before.Equal(after) {
		return result, nil
	}
	fitting, err := s.installableOn(ctx, tx, architecture)
	if err != nil {
		return result, err
	}
	before, after = before.Intersect(fitting), after.Intersect(fitting)
	t, err := s.table(ctx, tx, before.Union(after))
	if err != nil {
		return result, err
	}
	c, err := s.controls(ctx, tx, t)
	if err != nil {
		return result, err
	}
	found, err := c.library.Compare(ctx, c.packages(t, before), c.packages(t, after), architecture, installable.Options{MaxListed: limit})
	if err != nil {
		return result, err
	}
	result.Candidates, result.BrokenCount = found.Candidates, found.BrokenCount
	for _, b := range found.Broken {
		result.Broken = append(result.Broken, Broken{
			Package: t.summary(b.ID, t.row(b.ID)), New: b.New, Chain: t.summaries(b.Reason.Chain), Against: t.summaries(b.Reason.Against),
			Field: b.Reason.Field, Relation: b.Reason.Relation, Malformed: b.Reason.Malformed, Undecided: b.Reason.Undecided,
		})
	}
	return result, nil
}

// installableOn gives every binary package for an architecture but those of the
// installer.
func (s *Store) installableOn(ctx context.Context, tx *db.Tx, architecture string) (bitset.Set, error) {
	var types, architectures bitset.Set
	for _, t := range []Type{Deb, DDeb} {
		of, err := s.OfType(ctx, tx, t)
		if err != nil {
			return bitset.Set{}, err
		}
		types = types.Union(of)
	}
	for _, a := range []string{architecture, "all"} {
		of, err := s.OfArchitecture(ctx, tx, a)
		if err != nil {
			return bitset.Set{}, err
		}
		architectures = architectures.Union(of)
	}
	return types.Intersect(architectures), nil
}

func (t *table) summaries(ids []uint32) []Summary {
	list := make([]Summary, len(ids))
	for i, id := range ids {
		list[i] = t.summary(id, t.row(id))
	}
	return list
}

// cachedControls bounds the packages of which is kept what they ask for, some 700
// bytes each. Past it everything is forgotten and read anew.
const cachedControls = 1 << 18

// controls keeps what packages ask for, for all to share: packages never change.
type controls struct {
	library *installable.Library
	mu      sync.RWMutex
	entries map[int64]installable.Entry // by package
}

func newControls() *controls {
	return &controls{library: installable.NewLibrary(), entries: map[int64]installable.Entry{}}
}

// controls gives what the members of a table ask for, and reads what is not at
// hand. A transaction that writes may be undone, and with it the packages that it
// made, so it gets its own.
func (s *Store) controls(ctx context.Context, tx *db.Tx, t *table) (*controls, error) {
	c := newControls()
	if !tx.Writes() {
		s.mu.Lock()
		if s.asked.library.Len() > cachedControls {
			s.asked = c
		}
		c = s.asked
		s.mu.Unlock()
	}
	return c, c.learn(ctx, tx, t)
}

// learn reads the stanzas of the members of a table that were not read before.
func (c *controls) learn(ctx context.Context, tx *db.Tx, t *table) error {
	var unknown []int64
	c.mu.RLock()
	for _, r := range t.rows(t.set) {
		if _, known := c.entries[r.packageID]; !known {
			unknown = append(unknown, r.packageID)
		}
	}
	c.mu.RUnlock()
	slices.Sort(unknown)
	for id, stanza := range stanzas(ctx, tx, slices.Compact(unknown)) {
		if stanza.err != nil {
			return stanza.err
		}
		entry := c.library.Learn(controlOf(stanza.Stanza))
		c.mu.Lock()
		c.entries[id] = entry
		c.mu.Unlock()
	}
	return nil
}

func controlOf(s *deb822.Stanza) installable.Control {
	get := func(field string) string { return string(s.Get(field)) }
	return installable.Control{
		Name: get("Package"), Version: get("Version"), MultiArch: get("Multi-Arch"), PreDepends: get("Pre-Depends"), Depends: get("Depends"),
		Conflicts: get("Conflicts"), Breaks: get("Breaks"), Provides: get("Provides"),
	}
}

// packages gives the members of a part of a table that was learned.
func (c *controls) packages(t *table, part bitset.Set) []installable.Package {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list := make([]installable.Package, 0, part.Len())
	for id, r := range t.rows(part) {
		list = append(list, installable.Package{ID: id, Entry: c.entries[r.packageID]})
	}
	return list
}
