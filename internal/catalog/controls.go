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
