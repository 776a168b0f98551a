package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Thinning a history deletes revisions and folds their changes into the next kept one. Afterwards
// the past must not lie: a time in which a deleted revision was the newest has no known state,
// instead of the state before. So the revision before a deleted one records until when it was the
// newest, and a collection records if its first revisions were deleted.

// Past is a revision with the time span in which it was the newest. The newest revision's span ends
// with the collection.
type Past struct {
	Number int64
	Span
}

// Histories returns all collections that have revisions, even if dropped, and reports which are
// dropped.
func (s *Store) Histories(ctx context.Context, tx *db.Tx) (list []Collection, dropped map[int64]bool, err error) {
	list, err = db.All(ctx, tx, scanCollection, "SELECT "+collectionColumns+" FROM collection WHERE id IN (SELECT collection_id FROM revision) ORDER BY id")
	if err != nil {
		return nil, nil, fmt.Errorf("listing collections: %w", err)
	}
	ids, err := db.All(ctx, tx, db.Value[int64], "SELECT id FROM collection WHERE dropped_at IS NOT NULL")
	if err != nil {
		return nil, nil, fmt.Errorf("listing collections: %w", err)
	}
	dropped = make(map[int64]bool, len(ids))
	for _, id := range ids {
		dropped[id] = true
	}
	return list, dropped, nil
}

// Pasts returns the revisions of a collection, oldest first.
func (s *Store) Pasts(ctx context.Context, tx *db.Tx, collection int64) ([]Past, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (p Past, err error) {
		var until sql.NullInt64
		err = row.Scan(&p.Number, &p.At, &until)
		p.Until = until.Int64
		return p, err
	}, `SELECT number, at, coalesce(until, (SELECT dropped_at FROM collection c WHERE c.id = r.collection_id AND c.head = r.number))
		FROM revision r WHERE collection_id = $1 ORDER BY number`, collection)
	if err != nil {
		return nil, fmt.Errorf("reading the history of collection %d: %w", collection, err)
	}
	for i := range list {
		switch {
		case list[i].Until != 0:
		case i+1 < len(list):
			list[i].Until = list[i+1].At
		default:
			list[i].Until = math.MaxInt64
		}
	}
	return list, nil
}

// Pinned returns the revisions of a collection to which another view points, such as a snapshot.
func (s *Store) Pinned(ctx context.Context, tx *db.Tx, collection int64) (map[int64]bool, error) {
	list, err := db.All(ctx, tx, db.Value[int64], "SELECT DISTINCT base_revision FROM revision WHERE base_collection = $1", collection)
	if err != nil {
		return nil, fmt.Errorf("reading what is the same as collection %d: %w", collection, err)
	}
	pinned := make(map[int64]bool, len(list))
	for _, number := range list {
		pinned[number] = true
	}
	return pinned, nil
}

// Thin deletes the adjacent revisions of a collection from one number to another, both included,
// and folds their changes into the next one. If one is needed after all, because a view points to
// it or it is the newest of a collection that was not dropped, Thin does nothing and thinned is
// false.
func (s *Store) Thin(ctx context.Context, tx *db.Tx, collection, from, to int64) (thinned bool, err error) {
	needed, err := db.One(ctx, tx, db.Value[bool], `SELECT
		EXISTS (SELECT 1 FROM revision WHERE base_collection = $1 AND base_revision >= $2 AND base_revision <= $3) OR
		EXISTS (SELECT 1 FROM collection WHERE id = $1 AND dropped_at IS NULL AND head >= $2 AND head <= $3)`, collection, from, to)
	if err != nil || needed {
		return false, err
	}
	r := run{collection: collection, from: from, to: to}
	if err := r.look(ctx, tx); err != nil {
		return false, fmt.Errorf("thinning collection %d: %w", collection, err)
	}
	if err := s.fold(ctx, tx, r); err != nil {
		return false, fmt.Errorf("thinning collection %d: %w", collection, err)
	}
	if err := r.note(ctx, tx); err != nil {
		return false, fmt.Errorf("thinning collection %d: %w", collection, err)
	}
	if _, err := tx.Exec(ctx, "DELETE FROM revision WHERE collection_id = $1 AND number >= $2 AND number <= $3", collection, from, to); err != nil {
		return false, fmt.Errorf("thinning collection %d: %w", collection, err)
	}
	tx.AfterCommit(func() { s.forget(collection, from, to) })
	return true, nil
}

// ThinBatch is the number of revisions that one transaction should delete.
const ThinBatch = 256

// run is a sequence of revisions to delete, and its neighbours.
type run struct {
	collection, from, to int64
	at                   int64 // of the first
	before, after        int64 // 0: there is none
	whole                bool  // one of them holds its whole set
}

func (r *run) look(ctx context.Context, tx *db.Tx) error {
	err := tx.QueryRow(ctx, `SELECT at,
		COALESCE((SELECT MAX(number) FROM revision WHERE collection_id = $1 AND number < $2), 0),
		COALESCE((SELECT MIN(number) FROM revision WHERE collection_id = $1 AND number > $3), 0),
		EXISTS (SELECT 1 FROM revision WHERE collection_id = $1 AND number >= $2 AND number <= $3 AND (full_set IS NOT NULL OR base_collection IS NOT NULL))
		FROM revision WHERE collection_id = $1 AND number = $2`, r.collection, r.from, r.to).Scan(&r.at, &r.before, &r.after, &r.whole)
	return problem.While(err, "reading revision %d", r.from)
}

// note records since when the state is unknown.
func (r *run) note(ctx context.Context, tx *db.Tx) (err error) {
	if r.before != 0 {
		_, err = tx.Exec(ctx, "UPDATE revision SET until = $1 WHERE collection_id = $2 AND number = $3 AND until IS NULL", r.at, r.collection, r.before)
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE collection SET lost_since = $1 WHERE id = $2 AND lost_since IS NULL", r.at, r.collection)
	return err
}

// fold rebases the revision after a run on the one before it. It stores its whole set if a revision
// of the run did, so that opening a view reads no more rows than before.
func (s *Store) fold(ctx context.Context, tx *db.Tx, r run) error {
	if r.after == 0 {
		return nil
	}
	set, err := s.Set(ctx, tx, View{r.collection, r.after})
	if err != nil {
		return err
	}
	old := bitset.Set{}
	if r.before != 0 {
		if old, err = s.Set(ctx, tx, View{r.collection, r.before}); err != nil {
			return err
		}
	}
	var full []byte
	if r.whole || r.before == 0 {
		full = set.Encode()
	}
	_, err = tx.Exec(ctx, "UPDATE revision SET added = $1, removed = $2, full_set = COALESCE($3, full_set) WHERE collection_id = $4 AND number = $5",
		set.Minus(old).Encode(), old.Minus(set).Encode(), full, r.collection, r.after)
	return err
}

// forget removes deleted revisions from the cache.
func (s *Store) forget(collection, from, to int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.sets {
		if v.Collection == collection && v.Revision >= from && v.Revision <= to {
			delete(s.sets, v)
		}
	}
}

// Has reports whether a view exists, which means it was not thinned.
func (s *Store) Has(ctx context.Context, tx *db.Tx, v View) (bool, error) {
	if v.Revision == 0 {
		return true, nil
	}
	there, err := db.One(ctx, tx, db.Value[bool], "SELECT COUNT(*) > 0 FROM revision WHERE collection_id = $1 AND number = $2", v.Collection, v.Revision)
	return there, problem.While(err, "looking up revision %d of collection %d", v.Revision, v.Collection)
}

// Thinned returns the error for a time whose state was thinned: a problem of kind NotFound.
func Thinned(what string, at int64) error {
	return problem.New(problem.NotFound, "the state of %s at %s is not kept any more", what, time.UnixMicro(at).UTC().Format(time.RFC3339)).
		WithHint("its log lists the states that are; its retention says which are kept")
}
