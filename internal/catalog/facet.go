package catalog

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// A facet is the set of all members that share a value: every amd64 one, every
// one of main. What an index lists is an intersection of a view with facets,
// which reads no rows. Facets are kept in blocks of ids, so that adding a few
// members writes a few kilobytes, however many there are.
const (
	facetType         = "type"
	facetArchitecture = "architecture"
	facetComponent    = "component"
)

const facetBlock = 1 << 16

type facetName struct{ kind, value string }

// OfType returns all members of a package type.
func (s *Store) OfType(ctx context.Context, tx *db.Tx, t Type) (bitset.Set, error) {
	return s.facet(ctx, tx, facetName{facetType, string(t)})
}

// OfArchitecture returns every member whose Architecture field is exactly this.
func (s *Store) OfArchitecture(ctx context.Context, tx *db.Tx, architecture string) (bitset.Set, error) {
	return s.facet(ctx, tx, facetName{facetArchitecture, architecture})
}

// OfComponent returns every member listed in a component.
func (s *Store) OfComponent(ctx context.Context, tx *db.Tx, component string) (bitset.Set, error) {
	return s.facet(ctx, tx, facetName{facetComponent, component})
}

// Architectures returns the architectures of the members of set, sorted.
func (s *Store) Architectures(ctx context.Context, tx *db.Tx, set bitset.Set) ([]string, error) {
	return s.facetValues(ctx, tx, facetArchitecture, set)
}

// Components returns the components of the members of set, sorted.
func (s *Store) Components(ctx context.Context, tx *db.Tx, set bitset.Set) ([]string, error) {
	return s.facetValues(ctx, tx, facetComponent, set)
}

func (s *Store) facetValues(ctx context.Context, tx *db.Tx, kind string, set bitset.Set) (values []string, err error) {
	all, err := db.All(ctx, tx, db.Value[string],
		"SELECT DISTINCT value FROM facet WHERE kind = $1 ORDER BY value", kind)
	if err != nil {
		return nil, fmt.Errorf("listing every %s: %w", kind, err)
	}
	for _, v := range all {
		f, err := s.facet(ctx, tx, facetName{kind, v})
		if err != nil {
			return nil, err
		}
		if !set.Intersect(f).IsEmpty() {
			values = append(values, v)
		}
	}
	return values, nil
}

func (s *Store) facet(ctx context.Context, tx *db.Tx, name facetName) (set bitset.Set, err error) {
	err = each(ctx, tx, func(row db.Scanner) error {
		var data []byte
		if err := row.Scan(&data); err != nil {
			return err
		}
		block, err := bitset.Decode(data)
		set = set.Union(block)
		return err
	}, "SELECT members FROM facet WHERE kind = $1 AND value = $2 ORDER BY block", name.kind, name.value)
	return set, problem.While(err, "reading the members of %s %s", name.kind, name.value)
}

// writeFacets adds new members to their facets.
func writeFacets(ctx context.Context, tx *db.Tx, news map[facetName]*bitset.Builder) error {
	for name, builder := range news {
		blocks := map[int64]*bitset.Builder{}
		for id := range builder.Set().All() {
			n := int64(id / facetBlock)
			if blocks[n] == nil {
				blocks[n] = new(bitset.Builder)
			}
			blocks[n].Add(id)
		}
		for n, b := range blocks {
			if err := writeFacetBlock(ctx, tx, name, n, b.Set()); err != nil {
				return fmt.Errorf("storing the members of %s %s: %w", name.kind, name.value, err)
			}
		}
	}
	return nil
}

func writeFacetBlock(ctx context.Context, tx *db.Tx, name facetName, block int64, add bitset.Set) error {
	err := each(ctx, tx, func(row db.Scanner) error {
		var data []byte
		if err := row.Scan(&data); err != nil {
			return err
		}
		old, err := bitset.Decode(data)
		add = add.Union(old)
		return err
	}, "SELECT members FROM facet WHERE kind = $1 AND value = $2 AND block = $3", name.kind, name.value, block)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO facet (kind, value, block, members) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, value, block) DO UPDATE SET members = excluded.members`, name.kind, name.value, block, add.Encode())
	return err
}
