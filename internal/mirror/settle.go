package mirror

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// settle writes down what a sync left upstream and what it brought, and which of
// the files that were deferred are now those of past revisions alone. It costs
// what changed.
func (p *Plan) settle(ctx context.Context, tx *db.Tx, old bitset.Set) error {
	s, id := p.syncer.Store, p.mirror.Collection.ID
	if err := s.Arrived(ctx, tx, p.arrived); err != nil {
		return err
	}
	defers, err := s.Defers(ctx, tx, id)
	if err != nil {
		return err
	}
	if defers {
		if err := p.unlist(ctx, tx, old.Minus(p.members)); err != nil {
			return err
		}
	}
	if p.mirror.Config.Policy == OnDemand {
		return s.deferFiles(ctx, tx, id, p.deferred)
	}
	// The pool has all that is listed.
	if _, err := tx.Exec(ctx, "DELETE FROM deferred WHERE collection_id = $1 AND listed = 1", id); err != nil {
		return fmt.Errorf("forgetting what was upstream: %w", err)
	}
	return nil
}

// unlist marks the deferred files of members that went, but for those that a
// member of now has too, as versions of a source share their first tar file.
func (p *Plan) unlist(ctx context.Context, tx *db.Tx, gone bitset.Set) error {
	var names []string
	files := map[digest.SHA256]bool{}
	for f, err := range p.syncer.Catalog.FilesOf(ctx, tx, gone) {
		if err != nil {
			return err
		}
		names, files[f.SHA256] = append(names, f.Name), true
	}
	slices.Sort(names)
	for f, err := range p.syncer.Catalog.FilesNamed(ctx, tx, slices.Compact(names)) {
		if err != nil {
			return err
		}
		if p.members.Contains(f.Member) {
			delete(files, f.SHA256)
		}
	}
	digests := make([]digest.SHA256, 0, len(files))
	for d := range files {
		digests = append(digests, d)
	}
	for in, args := range db.In(digests, 2) {
		if _, err := tx.Exec(ctx, "UPDATE deferred SET listed = 0 WHERE collection_id = $1 AND sha256 IN "+in,
			append([]any{p.mirror.Collection.ID}, args...)...); err != nil {
			return fmt.Errorf("noting what only past revisions list: %w", err)
		}
	}
	return nil
}
