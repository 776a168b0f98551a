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

// Breakage is the effect of a change on the packages that machines of one architecture can install.
type Breakage struct {
	Architecture string
	// Candidates is the number of package names after the change.
	Candidates int
	// BrokenCount is the number of packages that cannot be installed any more, or are new and
	// cannot be installed. Broken lists the first, sorted by name.
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

// Breakage returns the packages that a change breaks for machines of an architecture. before and
// after list all packages of all their sources. It names at most limit packages, 1000 if limit is
// 0. It reads each stanza once and caches its relations; see [installable.Library.Compare].
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

// installableOn returns all binary packages for an architecture except the installer's.
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

// cachedControls bounds the packages with cached relations, some 700 bytes each. Beyond it the
// cache starts again empty.
const cachedControls = 1 << 18

// controls is a shared cache of the relations of packages, which never change.
type controls struct {
	library *installable.Library
	mu      sync.RWMutex
	entries map[int64]installable.Entry // by package
}

func newControls() *controls {
	return &controls{library: installable.NewLibrary(), entries: map[int64]installable.Entry{}}
}

// controls returns a cache with the relations of a table's members. A transaction that writes gets
// its own, because a rollback would undo its packages.
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

// learn reads the stanzas of a table's members that are not cached.
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

func (c *controls) packages(t *table, part bitset.Set) []installable.Package {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list := make([]installable.Package, 0, part.Len())
	for id, r := range t.rows(part) {
		list = append(list, installable.Package{ID: id, Entry: c.entries[r.packageID]})
	}
	return list
}
