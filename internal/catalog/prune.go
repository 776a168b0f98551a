package catalog

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// Members that no revision lists any more are deleted, and their packages too. Other work may
// continue, by the rules of package hold: a prune waits for work that relies on unlisted members,
// and once it has started, interning a member or listing it in a revision saves it.

// PruneBatch is the number of members that one transaction should delete, so that other writers
// wait at most some tens of milliseconds.
const PruneBatch = 250

// Prune is one search for unlisted members. Begin it before the search, and end it.
type Prune struct {
	store *Store
	mu    sync.Mutex
	saved bitset.Set
}

// BeginPrune starts a prune: from now on, interned and listed members are recorded as saved. It
// ends any earlier prune.
func (s *Store) BeginPrune() *Prune {
	p := &Prune{store: s}
	s.pruning.Store(p)
	return p
}

// End ends the prune. It may be called more than once.
func (p *Prune) End() { p.store.pruning.CompareAndSwap(p, nil) }

// touch saves members.
func (s *Store) touch(members bitset.Set) {
	if p := s.pruning.Load(); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.saved = p.saved.Union(members)
	}
}

// Unlisted returns the members that no revision lists, except the needed ones.
func (s *Store) Unlisted(ctx context.Context, tx *db.Tx, needed bitset.Set) (bitset.Set, error) {
	ever, err := s.Ever(ctx, tx)
	if err != nil {
		return bitset.Set{}, err
	}
	types, err := db.All(ctx, tx, db.Value[string], "SELECT DISTINCT value FROM facet WHERE kind = $1", facetType)
	if err != nil {
		return bitset.Set{}, fmt.Errorf("listing the types of packages: %w", err)
	}
	var all bitset.Set
	for _, t := range types {
		members, err := s.facet(ctx, tx, facetName{facetType, t})
		if err != nil {
			return bitset.Set{}, err
		}
		all = all.Union(members)
	}
	return all.Minus(ever).Minus(needed), nil
}

// Pruned counts the deleted members and packages.
type Pruned struct{ Members, Packages int }

// Drop deletes the given members, except those saved since the prune started, and the packages
// without members.
func (p *Prune) Drop(ctx context.Context, tx *db.Tx, members bitset.Set) (n Pruned, err error) {
	p.mu.Lock()
	members = members.Minus(p.saved)
	p.mu.Unlock()
	ids := slices.Collect(members.All())
	packages, err := db.Collect(db.EachIn(ctx, tx, db.Value[int64], ids, "SELECT DISTINCT package_id FROM member WHERE id IN ()"))
	if err != nil {
		return n, fmt.Errorf("looking up packages: %w", err)
	}
	gone, err := db.ExecIn(ctx, tx, ids, "DELETE FROM member WHERE id IN ()")
	if err != nil {
		return n, fmt.Errorf("deleting members: %w", err)
	}
	n.Members = int(gone)
	slices.Sort(packages)
	if n.Packages, err = dropPackages(ctx, tx, slices.Compact(packages)); err != nil {
		return n, err
	}
	return n, dropFromFacets(ctx, tx, members)
}

// dropPackages deletes the given packages that have no member.
func dropPackages(ctx context.Context, tx *db.Tx, ids []int64) (n int, err error) {
	unlisted, err := db.Collect(db.EachIn(ctx, tx, db.Value[int64], ids,
		"SELECT id FROM package p WHERE id IN () AND NOT EXISTS (SELECT 1 FROM member m WHERE m.package_id = p.id)"))
	if err != nil {
		return 0, fmt.Errorf("looking up packages: %w", err)
	}
	for _, statement := range []string{
		"DELETE FROM package_contents WHERE package_id IN ()", "DELETE FROM package_file WHERE package_id IN ()", "DELETE FROM package WHERE id IN ()",
	} {
		if _, err := db.ExecIn(ctx, tx, unlisted, statement); err != nil {
			return 0, fmt.Errorf("deleting packages: %w", err)
		}
	}
	return len(unlisted), nil
}

func dropFromFacets(ctx context.Context, tx *db.Tx, members bitset.Set) error {
	type block struct {
		facetName
		number  int64
		members bitset.Set
	}
	touched := map[int64]bool{}
	for id := range members.All() {
		touched[int64(id/facetBlock)] = true
	}
	for number := range touched {
		blocks, err := db.All(ctx, tx, func(row db.Scanner) (b block, err error) {
			var data []byte
			if err := row.Scan(&b.kind, &b.value, &b.number, &data); err != nil {
				return b, err
			}
			b.members, err = bitset.Decode(data)
			return b, err
		}, "SELECT kind, value, block, members FROM facet WHERE block = $1", number)
		if err != nil {
			return fmt.Errorf("reading facets: %w", err)
		}
		for _, b := range blocks {
			left := b.members.Minus(members)
			statement, args := "UPDATE facet SET members = $4 WHERE kind = $1 AND value = $2 AND block = $3", []any{b.kind, b.value, b.number, left.Encode()}
			switch {
			case left.Equal(b.members):
				continue
			case left.IsEmpty():
				statement, args = "DELETE FROM facet WHERE kind = $1 AND value = $2 AND block = $3", args[:3]
			}
			if _, err := tx.Exec(ctx, statement, args...); err != nil {
				return fmt.Errorf("storing facets: %w", err)
			}
		}
	}
	return nil
}

// AllBlobs returns the files of all stored packages, even if unlisted. It may repeat a file.
func (s *Store) AllBlobs(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.While(db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT sha256 FROM package_file"), "reading the files of packages")
}
