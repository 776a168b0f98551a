package publish

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Releases are thinned like revisions (see [catalog.Store.Thin]): a file is deleted with the last
// release that had it. The time in which a thinned release was the newest has no release
// afterwards, not the one before.

// Past is a release with the time span in which it was the newest.
type Past struct {
	Number int64
	catalog.Span
	Pinned bool // by hand, or because an endpoint has or may have it
}

// Ended is a publication with the time of its drop, in microseconds since 1970; 0: it exists.
type Ended struct {
	Publication
	DroppedAt int64
}

// Histories returns every publication that has releases, even if dropped.
func (s *Store) Histories(ctx context.Context, tx *db.Tx) ([]Ended, error) {
	list, err := s.list(ctx, tx, "id IN (SELECT publication_id FROM release) ORDER BY id")
	if err != nil {
		return nil, err
	}
	ended := make([]Ended, len(list))
	for i, p := range list {
		at, err := db.One(ctx, tx, db.Value[int64], "SELECT COALESCE(dropped_at, 0) FROM publication WHERE id = $1", p.ID)
		if err != nil {
			return nil, fmt.Errorf("looking up %s: %w", p.Ref(), err)
		}
		ended[i] = Ended{p, at}
	}
	return ended, nil
}

// Pasts returns the releases of a publication, oldest first.
func (s *Store) Pasts(ctx context.Context, tx *db.Tx, p Ended) ([]Past, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (past Past, err error) {
		var until sql.NullInt64
		err = row.Scan(&past.Number, &past.At, &until, &past.Pinned)
		past.Until = until.Int64
		return past, err
	}, `SELECT number, at, until, pinned <> 0 OR EXISTS (SELECT 1 FROM deployment d
			WHERE d.publication_id = r.publication_id AND r.number >= d.release AND r.number <= d.begun)
		FROM release r WHERE publication_id = $1 ORDER BY number`, p.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the releases of %s: %w", p.Ref(), err)
	}
	for i := range list {
		switch {
		case list[i].Until != 0:
		case i+1 < len(list):
			list[i].Until = list[i+1].At
		case p.DroppedAt != 0:
			list[i].Until = p.DroppedAt
		default:
			list[i].Until = math.MaxInt64
		}
	}
	return list, nil
}

// InGrace returns the number of the first release that clients or the next release may still need,
// whatever the retention says: by the grace, or because patches lead from it to the newest.
func (p Publication) InGrace(grace Grace) int64 {
	return p.Head - int64(max(grace.Releases, p.Options.Patches))
}

// Pin pins or unpins a release.
func (s *Store) Pin(ctx context.Context, tx *db.Tx, p Publication, number int64, pinned bool) error {
	value := 0
	if pinned {
		value = 1
	}
	n, err := tx.Exec(ctx, "UPDATE release SET pinned = $1 WHERE publication_id = $2 AND number = $3", value, p.ID, number)
	if err != nil {
		return fmt.Errorf("pinning release %d of %s: %w", number, p.Ref(), err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "%s has no release %d", p.Ref(), number).In("release").
			WithHint("`aptarium publish log` lists the kept releases")
	}
	return nil
}

// lost reports whether the release at an instant was thinned, given the newest kept release up to
// then.
func (s *Store) lost(ctx context.Context, tx *db.Tx, p Publication, found []Release, at int64) (bool, error) {
	since, err := sql.NullInt64{}, error(nil)
	if len(found) > 0 {
		err = tx.QueryRow(ctx, "SELECT until FROM release WHERE publication_id = $1 AND number = $2", p.ID, found[0].Number).Scan(&since)
	} else {
		err = tx.QueryRow(ctx, "SELECT lost_since FROM publication WHERE id = $1", p.ID).Scan(&since)
	}
	if err != nil {
		return false, fmt.Errorf("looking up %s at %d: %w", p.Ref(), at, err)
	}
	return since.Valid && since.Int64 <= at, nil
}

// ThinBatch is the number of releases that one transaction should delete.
const ThinBatch = 64

// Thin deletes the adjacent releases of a publication from one number to another, both included,
// with the files that no other release has. If any of these releases is needed after all, it does
// nothing and thinned is false.
func (s *Store) Thin(ctx context.Context, tx *db.Tx, publication, from, to int64) (thinned bool, err error) {
	needed, err := db.One(ctx, tx, db.Value[bool], `SELECT
		EXISTS (SELECT 1 FROM release WHERE publication_id = $1 AND number >= $2 AND number <= $3 AND pinned <> 0) OR
		EXISTS (SELECT 1 FROM deployment WHERE publication_id = $1 AND begun >= $2 AND release <= $3) OR
		EXISTS (SELECT 1 FROM publication WHERE id = $1 AND dropped_at IS NULL AND head >= $2 AND head <= $3)`, publication, from, to)
	if err != nil || needed {
		return false, err
	}
	var at, before, after int64
	err = tx.QueryRow(ctx, `SELECT at, COALESCE((SELECT MAX(number) FROM release WHERE publication_id = $1 AND number < $2), 0),
		COALESCE((SELECT MIN(number) FROM release WHERE publication_id = $1 AND number > $3), $4)
		FROM release WHERE publication_id = $1 AND number = $2`, publication, from, to, int64(current)).Scan(&at, &before, &after)
	if err != nil {
		return false, fmt.Errorf("reading release %d of publication %d: %w", from, publication, err)
	}
	note, args := "UPDATE publication SET lost_since = $1 WHERE id = $2 AND lost_since IS NULL", []any{at, publication}
	if before != 0 {
		note, args = "UPDATE release SET until = $1 WHERE publication_id = $2 AND until IS NULL AND number = $3", append(args, before)
	}
	for _, step := range []struct {
		statement string
		args      []any
	}{
		{note, args},
		{"DELETE FROM release WHERE publication_id = $1 AND number >= $2 AND number <= $3", []any{publication, from, to}},
		{"DELETE FROM release_file WHERE publication_id = $1 AND since > $2 AND until > $2 AND until <= $3", []any{publication, before, after}},
	} {
		if _, err := tx.Exec(ctx, step.statement, step.args...); err != nil {
			return false, fmt.Errorf("thinning publication %d: %w", publication, err)
		}
	}
	return true, nil
}

// Views returns the views of all kept releases, and the views at which sources of publications are
// fixed.
func (s *Store) Views(ctx context.Context, tx *db.Tx) (map[catalog.View]bool, error) {
	all, err := s.releases(ctx, tx, "1 = 1")
	if err != nil {
		return nil, err
	}
	views := map[catalog.View]bool{}
	for _, r := range all {
		for _, source := range r.Sources {
			views[source.View()] = true
		}
	}
	publications, err := s.list(ctx, tx, "dropped_at IS NULL")
	for _, p := range publications {
		for _, source := range slices.Concat(p.Sources, p.Staged) {
			if source.Revision != 0 {
				views[source.View()] = true
			}
		}
	}
	return views, err
}

// Bases returns the members of the indexes from which the next builds may start.
func (s *Store) Bases(ctx context.Context, tx *db.Tx) (union bitset.Set, err error) {
	list, err := db.All(ctx, tx, db.Value[[]byte], "SELECT members FROM index_checkpoint")
	if err != nil {
		return union, fmt.Errorf("reading what indexes list: %w", err)
	}
	for data := range slices.Values(list) {
		set, err := bitset.Decode(data)
		if err != nil {
			return bitset.Set{}, err
		}
		union = union.Union(set)
	}
	return union, nil
}
