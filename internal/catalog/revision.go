package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// View is a collection at one of its revisions; it never changes. Revision 0 is
// the empty set that every collection starts from.
type View struct {
	Collection int64
	Revision   int64
}

// Revision is one change in the history of a collection.
type Revision struct {
	Number   int64
	At       int64 // microseconds since 1970, growing with the number
	Added    int
	Removed  int
	Members  int
	Activity int64 // 0 when none
}

// fullEvery is the number of revisions after one that stores its whole set: opening a view reads at
// most so many small rows.
const fullEvery = 32

// Set returns the members of a view.
func (s *Store) Set(ctx context.Context, tx *db.Tx, v View) (bitset.Set, error) {
	if v.Revision == 0 {
		return bitset.Set{}, nil
	}
	if set, ok := s.cached(v); ok {
		return set, nil
	}
	set, err := s.load(ctx, tx, v)
	if err != nil {
		return bitset.Set{}, fmt.Errorf("reading revision %d of collection %d: %w", v.Revision, v.Collection, err)
	}
	if tx.Writes() { // the revision may be this transaction's own
		tx.AfterCommit(func() { s.keep(v, set) })
	} else {
		s.keep(v, set)
	}
	return set, nil
}

// load replays the history of a view from the last whole set before it.
func (s *Store) load(ctx context.Context, tx *db.Tx, v View) (set bitset.Set, err error) {
	var base View
	var reached int64
	err = each(ctx, tx, func(row db.Scanner) error {
		var added, removed, full []byte
		var baseCollection, baseRevision sql.NullInt64
		if err := row.Scan(&reached, &added, &removed, &full, &baseCollection, &baseRevision); err != nil {
			return err
		}
		if baseCollection.Valid {
			base = View{baseCollection.Int64, baseRevision.Int64}
			return nil
		}
		if full != nil {
			set, err = bitset.Decode(full)
			return err
		}
		plus, err := bitset.Decode(added)
		if err != nil {
			return err
		}
		minus, err := bitset.Decode(removed)
		set = set.Apply(plus, minus)
		return err
	}, `SELECT number, added, removed, full_set, base_collection, base_revision FROM revision
		WHERE collection_id = $1 AND number <= $2 AND number >= (
			SELECT COALESCE(MAX(number), 0) FROM revision
			WHERE collection_id = $1 AND number <= $2 AND (full_set IS NOT NULL OR base_collection IS NOT NULL))
		ORDER BY number`, v.Collection, v.Revision)
	switch {
	case err != nil:
		return bitset.Set{}, err
	case reached != v.Revision:
		return bitset.Set{}, problem.New(problem.NotFound, "there is no such revision")
	case base != View{}:
		return s.Set(ctx, tx, base)
	}
	return set, nil
}

// Append creates a revision of a collection: its newest set without removed and with added. If
// nothing changes, it creates none and returns the old head; changed reports that. activity may be
// 0.
func (s *Store) Append(ctx context.Context, tx *db.Tx, c Collection, added, removed bitset.Set, activity int64) (head View, changed bool, err error) {
	c, err = s.ByID(ctx, tx, c.ID) // its head inside this transaction
	if err != nil {
		return View{}, false, err
	}
	old, err := s.Set(ctx, tx, c.View())
	if err != nil {
		return View{}, false, err
	}
	set := old.Apply(added, removed)
	added, removed = set.Minus(old), old.Minus(set)
	if added.IsEmpty() && removed.IsEmpty() {
		return c.View(), false, nil
	}
	v := View{c.ID, c.Head + 1}
	var full []byte
	if v.Revision%fullEvery == 1 {
		full = set.Encode()
	}
	if err := s.insert(ctx, tx, v, revisionRow{added: added.Encode(), removed: removed.Encode(), full: full, members: set.Len(), activity: activity}); err != nil {
		return View{}, false, fmt.Errorf("storing revision %d of %s: %w", v.Revision, c.Ref(), err)
	}
	s.touch(added)
	return v, true, nil
}

// Replace creates a revision whose members are exactly set.
func (s *Store) Replace(ctx context.Context, tx *db.Tx, c Collection, set bitset.Set, activity int64) (head View, changed bool, err error) {
	c, err = s.ByID(ctx, tx, c.ID)
	if err != nil {
		return View{}, false, err
	}
	old, err := s.Set(ctx, tx, c.View())
	if err != nil {
		return View{}, false, err
	}
	return s.Append(ctx, tx, c, set.Minus(old), old.Minus(set), activity)
}

// Point creates the first revision of a new snapshot: a pointer to another view, whatever its size.
func (s *Store) Point(ctx context.Context, tx *db.Tx, snapshot Collection, at View, activity int64) (View, error) {
	set, err := s.Set(ctx, tx, at)
	if err != nil {
		return View{}, err
	}
	v := View{snapshot.ID, 1}
	row := revisionRow{members: set.Len(), activity: activity, base: at}
	if at.Revision == 0 { // the empty state has no row to point at
		row.base, row.full = View{}, set.Encode()
	}
	return v, problem.While(s.insert(ctx, tx, v, row), "storing %s", snapshot.Ref())
}

type revisionRow struct {
	added, removed, full []byte
	base                 View
	members              int
	activity             int64
}

func (s *Store) insert(ctx context.Context, tx *db.Tx, v View, r revisionRow) error {
	at, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if r.added == nil {
		r.added, r.removed = []byte{}, []byte{}
	}
	based := r.base != View{}
	_, err = tx.Exec(ctx, `INSERT INTO revision
		(collection_id, number, at, added, removed, full_set, base_collection, base_revision, members, activity_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		v.Collection, v.Revision, at, r.added, r.removed, r.full,
		sql.NullInt64{Int64: r.base.Collection, Valid: based}, sql.NullInt64{Int64: r.base.Revision, Valid: based},
		r.members, sql.NullInt64{Int64: r.activity, Valid: r.activity != 0})
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "UPDATE collection SET head = $1 WHERE id = $2 AND head = $3", v.Revision, v.Collection, v.Revision-1)
	if err == nil && n != 1 {
		err = problem.New(problem.Conflict, "the collection changed meanwhile").WithHint("try again")
	}
	return err
}

// AsOf returns the view of a collection at an instant: its newest revision made at or before it,
// which is revision 0 before the first. A thinned state is problem.NotFound.
func (s *Store) AsOf(ctx context.Context, tx *db.Tx, collection, at int64) (View, error) {
	v := View{Collection: collection}
	var lost sql.NullInt64
	err := tx.QueryRow(ctx, "SELECT number, until FROM revision WHERE collection_id = $1 AND at <= $2 ORDER BY number DESC LIMIT 1", collection, at).Scan(&v.Revision, &lost)
	if errors.Is(err, db.ErrNoRows) {
		err = tx.QueryRow(ctx, "SELECT lost_since FROM collection WHERE id = $1", collection).Scan(&lost)
	}
	if err != nil {
		return View{}, fmt.Errorf("looking up collection %d at %d: %w", collection, at, err)
	}
	if lost.Valid && lost.Int64 <= at {
		c, err := s.ByID(ctx, tx, collection)
		if err != nil {
			return View{}, err
		}
		return View{}, Thinned(c.Ref(), at)
	}
	return v, nil
}

// Log returns at most limit revisions of a collection, newest first, with numbers below before (0:
// from the newest).
func (s *Store) Log(ctx context.Context, tx *db.Tx, collection, before int64, limit int) ([]Revision, error) {
	log, err := db.All(ctx, tx, func(row db.Scanner) (r Revision, err error) {
		var added, removed []byte
		var activity sql.NullInt64
		if err := row.Scan(&r.Number, &r.At, &added, &removed, &r.Members, &activity); err != nil {
			return r, err
		}
		plus, err := bitset.Decode(added)
		if err != nil {
			return r, err
		}
		minus, err := bitset.Decode(removed)
		r.Added, r.Removed, r.Activity = plus.Len(), minus.Len(), activity.Int64
		return r, err
	}, `SELECT number, at, added, removed, members, activity_id FROM revision
		WHERE collection_id = $1 AND (number < $2 OR $2 = 0) ORDER BY number DESC LIMIT $3`, collection, before, limit)
	return log, problem.While(err, "reading the history of collection %d", collection)
}

// Ever returns the members of all kept revisions of all collections.
func (s *Store) Ever(ctx context.Context, tx *db.Tx) (union bitset.Set, err error) {
	err = each(ctx, tx, func(row db.Scanner) error {
		var added, full []byte
		if err := row.Scan(&added, &full); err != nil {
			return err
		}
		for _, data := range [][]byte{added, full} {
			set, err := bitset.Decode(data)
			if err != nil {
				return err
			}
			union = union.Union(set)
		}
		return nil
	}, "SELECT added, full_set FROM revision")
	return union, problem.While(err, "reading every revision")
}

// Blobs returns the files of all packages of all kept revisions. It may repeat a file.
func (s *Store) Blobs(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return func(yield func(digest.SHA256, error) bool) {
		ever, err := s.Ever(ctx, tx)
		if err != nil {
			yield(digest.SHA256{}, err)
			return
		}
		type row struct {
			member uint32
			sum    digest.SHA256
		}
		for r, err := range db.Each(ctx, tx, func(sc db.Scanner) (r row, err error) { err = sc.Scan(&r.member, &r.sum); return r, err },
			"SELECT m.id, f.sha256 FROM member m JOIN package_file f ON f.package_id = m.package_id") {
			if err == nil && !ever.Contains(r.member) {
				continue
			}
			if !yield(r.sum, err) || err != nil {
				return
			}
		}
	}
}
