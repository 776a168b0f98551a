package catalog

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Derive records the collections from which a new one was created, in order, and copies the fields
// that are equal in all: distribution, origin, NotAutomatic and ButAutomaticUpgrades. Fields that c
// has already stay.
func (s *Store) Derive(ctx context.Context, tx *db.Tx, c Collection, sources []Collection) (Collection, error) {
	rows := func(yield func([]any) bool) {
		for i, source := range sources {
			if !yield([]any{c.ID, int64(i), source.ID}) {
				return
			}
		}
	}
	if _, err := db.Bulk(ctx, tx, "collection_source", []string{"collection_id", "position", "source_id"}, rows); err != nil {
		return c, fmt.Errorf("storing what %s was made from: %w", c.Ref(), err)
	}
	if len(sources) == 0 {
		return c, nil
	}
	if c.Distribution == "" {
		c.Distribution = agreed(sources, func(s Collection) string { return s.Distribution })
	}
	if c.Origin == "" {
		c.Origin = agreed(sources, func(s Collection) string { return s.Origin })
	}
	c.NotAutomatic = c.NotAutomatic || agreed(sources, func(s Collection) bool { return s.NotAutomatic })
	c.ButAutomaticUpgrades = c.ButAutomaticUpgrades || agreed(sources, func(s Collection) bool { return s.ButAutomaticUpgrades })
	return c, s.Edit(ctx, tx, c)
}

// agreed returns the common value of all, else the zero value.
func agreed[T comparable](sources []Collection, value func(Collection) T) (common T) {
	for i, s := range sources {
		if i > 0 && value(s) != common {
			var none T
			return none
		}
		common = value(s)
	}
	return common
}

// MadeOf returns the collections from which a collection was created, in order, including dropped
// ones.
func (s *Store) MadeOf(ctx context.Context, tx *db.Tx, collection int64) ([]Collection, error) {
	list, err := db.All(ctx, tx, scanCollection, "SELECT "+collectionColumns+` FROM collection
		JOIN collection_source ON source_id = id WHERE collection_id = $1 ORDER BY position`, collection)
	return list, problem.While(err, "reading what collection %d was made from", collection)
}

// MadeFrom returns the collections that were created from one and not dropped, sorted by kind and
// name.
func (s *Store) MadeFrom(ctx context.Context, tx *db.Tx, source int64) ([]Collection, error) {
	list, err := db.All(ctx, tx, scanCollection, "SELECT "+collectionColumns+` FROM collection WHERE dropped_at IS NULL
		AND id IN (SELECT collection_id FROM collection_source WHERE source_id = $1) ORDER BY kind, name`, source)
	return list, problem.While(err, "reading what was made from collection %d", source)
}

// Present returns the members that any collection lists now.
func (s *Store) Present(ctx context.Context, tx *db.Tx) (union bitset.Set, err error) {
	views, err := db.All(ctx, tx, func(row db.Scanner) (v View, err error) { err = row.Scan(&v.Collection, &v.Revision); return v, err },
		"SELECT id, head FROM collection WHERE dropped_at IS NULL AND head > 0")
	if err != nil {
		return union, fmt.Errorf("listing collections: %w", err)
	}
	for _, v := range views {
		set, err := s.Set(ctx, tx, v)
		if err != nil {
			return bitset.Set{}, err
		}
		union = union.Union(set)
	}
	return union, nil
}

// Backdate sets the creation time of an imported collection, in microseconds since 1970.
func (s *Store) Backdate(ctx context.Context, tx *db.Tx, c Collection, at int64) error {
	_, err := tx.Exec(ctx, "UPDATE collection SET created_at = $1 WHERE id = $2", at, c.ID)
	return problem.While(err, "storing when %s was made", c.Ref())
}
