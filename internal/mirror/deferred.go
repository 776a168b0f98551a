package mirror

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
)

// Deferred is a package file that a mirror left upstream.
type Deferred struct {
	SHA256 digest.SHA256
	Size   int64
	Path   string // below the archive's root
	Listed bool   // by the newest revision of the mirror; else by past ones alone
}

// Origin is a place from which a deferred file can be had.
type Origin struct {
	Deferred
	Mirror Mirror // as it is now, perhaps dropped: what it listed is needed still
}

// Request asks for a deferred file at any of its origins, of which there must be
// one: as their syncs would, with their credentials.
func Request(origins []Origin) fetch.Request {
	r := fetch.Request{Expect: blob.Expect{SHA256: origins[0].SHA256, Size: origins[0].Size}}
	for _, o := range origins {
		r.URLs = append(r.URLs, join(o.Mirror.Config.URL, o.Path))
	}
	return r
}

// deferred describes a file of an entry.
func (e *entry) deferred(n int) Deferred {
	return Deferred{SHA256: e.Files[n].SHA256, Size: e.Files[n].Size, Path: e.remote[n], Listed: true}
}

const deferredColumns = "sha256, size, path, listed"

func scanDeferred(row db.Scanner) (d Deferred, err error) {
	err = row.Scan(&d.SHA256, &d.Size, &d.Path, &d.Listed)
	return d, err
}

// Origins gives the places of each of some deferred files; a digest that is not
// deferred is not in the map. Mirrors that were dropped come last.
func (s *Store) Origins(ctx context.Context, tx *db.Tx, digests []digest.SHA256) (map[digest.SHA256][]Origin, error) {
	type row struct {
		Deferred
		collection int64
	}
	origins, mirrors := map[digest.SHA256][]Origin{}, map[int64]Mirror{}
	for in, args := range db.In(digests, 1) {
		rows, err := db.All(ctx, tx, func(sc db.Scanner) (r row, err error) {
			err = sc.Scan(&r.SHA256, &r.Size, &r.Path, &r.Listed, &r.collection)
			return r, err
		}, `SELECT d.sha256, d.size, d.path, d.listed, c.id FROM deferred d JOIN collection c ON c.id = d.collection_id
			WHERE d.sha256 IN `+in+` ORDER BY c.dropped_at IS NOT NULL, c.id`, args...)
		if err != nil {
			return nil, fmt.Errorf("looking up where files can be had: %w", err)
		}
		for _, r := range rows {
			m, known := mirrors[r.collection]
			if !known {
				if m, err = s.ByID(ctx, tx, r.collection); err != nil {
					return nil, err
				}
				mirrors[r.collection] = m
			}
			origins[r.SHA256] = append(origins[r.SHA256], Origin{r.Deferred, m})
		}
	}
	return origins, nil
}

// Deferred gives every digest that a mirror left upstream, one of several mirrors
// several times. The pool may have some of them.
func (s *Store) Deferred(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT sha256 FROM deferred")
}

// DeferredFiles gives all that a mirror left upstream.
func (s *Store) DeferredFiles(ctx context.Context, tx *db.Tx, collection int64) iter.Seq2[Deferred, error] {
	return db.Each(ctx, tx, scanDeferred, "SELECT "+deferredColumns+" FROM deferred WHERE collection_id = $1", collection)
}

// DeferredBy lists what a mirror left upstream by path, from the one after a path
// and digest on; limit bounds the page.
func (s *Store) DeferredBy(ctx context.Context, tx *db.Tx, collection int64, path string, after digest.SHA256, limit int) ([]Deferred, error) {
	list, err := db.All(ctx, tx, scanDeferred, "SELECT "+deferredColumns+` FROM deferred
		WHERE collection_id = $1 AND (path > $2 OR path = $2 AND sha256 > $3) ORDER BY path, sha256 LIMIT $4`, collection, path, after, limit)
	if err != nil {
		return nil, fmt.Errorf("listing what is upstream: %w", err)
	}
	return list, nil
}

// Tally is a number of files and their bytes.
type Tally struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// DeferredTally counts what a mirror left upstream of what it lists now.
func (s *Store) DeferredTally(ctx context.Context, tx *db.Tx, collection int64) (Tally, error) {
	t, err := db.One(ctx, tx, func(row db.Scanner) (t Tally, err error) { err = row.Scan(&t.Files, &t.Bytes); return t, err },
		"SELECT COUNT(*), COALESCE(SUM(size), 0) FROM deferred WHERE collection_id = $1 AND listed = 1", collection)
	if err != nil {
		return Tally{}, fmt.Errorf("counting what is upstream: %w", err)
	}
	return t, nil
}

// Defers tells whether a mirror left anything upstream.
func (s *Store) Defers(ctx context.Context, tx *db.Tx, collection int64) (bool, error) {
	return s.anyDeferred(ctx, tx, "WHERE collection_id = $1", collection)
}

// AnyDeferred tells whether any mirror left anything upstream.
func (s *Store) AnyDeferred(ctx context.Context, tx *db.Tx) (bool, error) {
	return s.anyDeferred(ctx, tx, "")
}

func (s *Store) anyDeferred(ctx context.Context, tx *db.Tx, where string, args ...any) (bool, error) {
	found, err := db.All(ctx, tx, db.Value[int64], "SELECT 1 FROM deferred "+where+" LIMIT 1", args...)
	if err != nil {
		return false, fmt.Errorf("looking for what is upstream: %w", err)
	}
	return len(found) > 0, nil
}

// deferFiles writes down that files which a mirror lists are upstream. One that it
// deferred before gets its new place.
func (s *Store) deferFiles(ctx context.Context, tx *db.Tx, collection int64, list []Deferred) error {
	if err := s.forgetDeferred(ctx, tx, "collection_id = $1 AND", []any{collection}, sums(list)); err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	_, err := db.Bulk(ctx, tx, "deferred", []string{"sha256", "collection_id", "size", "path", "listed"}, func(yield func([]any) bool) {
		row := make([]any, 5)
		for _, d := range list {
			row[0], row[1], row[2], row[3], row[4] = d.SHA256, collection, d.Size, d.Path, 1
			if !yield(row) {
				return
			}
		}
	})
	return err
}

func sums(list []Deferred) []digest.SHA256 {
	digests := make([]digest.SHA256, len(list))
	for i, d := range list {
		digests[i] = d.SHA256
	}
	return digests
}

// Arrived forgets that files are upstream, whichever mirrors left them there: the
// pool has them, for good, or nothing needs them any more.
func (s *Store) Arrived(ctx context.Context, tx *db.Tx, digests []digest.SHA256) error {
	return s.forgetDeferred(ctx, tx, "", nil, digests)
}

// Unneeded forgets that files are upstream which nothing needs any more, but for
// those that the newest revision of a mirror lists: one may have begun to meanwhile.
func (s *Store) Unneeded(ctx context.Context, tx *db.Tx, digests []digest.SHA256) error {
	return s.forgetDeferred(ctx, tx, "(listed = 0 OR collection_id IN (SELECT id FROM collection WHERE dropped_at IS NOT NULL)) AND", nil, digests)
}

func (s *Store) forgetDeferred(ctx context.Context, tx *db.Tx, where string, args []any, digests []digest.SHA256) error {
	for in, values := range db.In(digests, len(args)+1) {
		if _, err := tx.Exec(ctx, "DELETE FROM deferred WHERE "+where+" sha256 IN "+in, append(args[:len(args):len(args)], values...)...); err != nil {
			return fmt.Errorf("forgetting what was upstream: %w", err)
		}
	}
	return nil
}

// UpstreamFiles are files that mirrors left upstream, with their sizes in bytes.
type UpstreamFiles map[digest.SHA256]int64

// Bytes returns the size of all files together.
func (u UpstreamFiles) Bytes() (sum int64) {
	for _, size := range u {
		sum += size
	}
	return sum
}

// LeftUpstream returns the files of a set's members that are still upstream.
func (s *Store) LeftUpstream(ctx context.Context, tx *db.Tx, set bitset.Set) (UpstreamFiles, error) {
	if any, err := s.AnyDeferred(ctx, tx); err != nil || !any {
		return nil, err
	}
	files := UpstreamFiles{}
	for f, err := range s.catalog.FilesOf(ctx, tx, set) {
		if err != nil {
			return nil, err
		}
		files[f.SHA256] = f.Size
	}
	origins, err := s.Origins(ctx, tx, slices.Collect(maps.Keys(files)))
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(files, func(d digest.SHA256, _ int64) bool { return origins[d] == nil })
	return files, nil
}
