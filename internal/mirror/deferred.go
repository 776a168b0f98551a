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
	"github.com/aptarium/aptarium/internal/problem"
)

// Deferred is a package file that a mirror left upstream.
type Deferred struct {
	SHA256 digest.SHA256
	Size   int64
	Path   string // below the archive's root
	Listed bool   // by the newest revision of the mirror; else only by past ones
}

// Origin is a mirror whose upstream has a deferred file.
type Origin struct {
	Deferred
	Mirror Mirror // its current state, even if dropped: its past is still needed
}

// Request returns the request for a deferred file at any of its origins, at least one, with the
// credentials of their syncs.
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

// Origins returns the origins of deferred files, dropped mirrors last. The map omits digests that
// are not deferred.
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
			return nil, fmt.Errorf("reading the origins of deferred files: %w", err)
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

// Deferred returns the digests of all deferred files, once for each mirror. The pool may have some.
func (s *Store) Deferred(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT sha256 FROM deferred")
}

// DeferredFiles returns all deferred files of a mirror.
func (s *Store) DeferredFiles(ctx context.Context, tx *db.Tx, collection int64) iter.Seq2[Deferred, error] {
	return db.Each(ctx, tx, scanDeferred, "SELECT "+deferredColumns+" FROM deferred WHERE collection_id = $1", collection)
}

// DeferredBy returns at most limit deferred files of a mirror, sorted by path and digest, that
// follow the given path and digest.
func (s *Store) DeferredBy(ctx context.Context, tx *db.Tx, collection int64, path string, after digest.SHA256, limit int) ([]Deferred, error) {
	list, err := db.All(ctx, tx, scanDeferred, "SELECT "+deferredColumns+` FROM deferred
		WHERE collection_id = $1 AND (path > $2 OR path = $2 AND sha256 > $3) ORDER BY path, sha256 LIMIT $4`, collection, path, after, limit)
	return list, problem.While(err, "listing deferred files")
}

// Tally is a number of files and their bytes.
type Tally struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// DeferredTally counts the deferred files that a mirror lists now.
func (s *Store) DeferredTally(ctx context.Context, tx *db.Tx, collection int64) (Tally, error) {
	t, err := db.One(ctx, tx, func(row db.Scanner) (t Tally, err error) { err = row.Scan(&t.Files, &t.Bytes); return t, err },
		"SELECT COUNT(*), COALESCE(SUM(size), 0) FROM deferred WHERE collection_id = $1 AND listed = 1", collection)
	return t, problem.While(err, "counting deferred files")
}

// Defers reports whether a mirror has deferred files.
func (s *Store) Defers(ctx context.Context, tx *db.Tx, collection int64) (bool, error) {
	return s.anyDeferred(ctx, tx, "WHERE collection_id = $1", collection)
}

// AnyDeferred reports whether any mirror has deferred files.
func (s *Store) AnyDeferred(ctx context.Context, tx *db.Tx) (bool, error) {
	return s.anyDeferred(ctx, tx, "")
}

func (s *Store) anyDeferred(ctx context.Context, tx *db.Tx, where string, args ...any) (bool, error) {
	found, err := db.All(ctx, tx, db.Value[int64], "SELECT 1 FROM deferred "+where+" LIMIT 1", args...)
	return len(found) > 0, problem.While(err, "searching for deferred files")
}

// deferFiles records deferred files that a mirror lists. It replaces the path of an earlier record.
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

// Arrived deletes the records of deferred files, of any mirror: the pool has the files for good, or
// nothing needs them any more.
func (s *Store) Arrived(ctx context.Context, tx *db.Tx, digests []digest.SHA256) error {
	return s.forgetDeferred(ctx, tx, "", nil, digests)
}

// Unneeded deletes the records of deferred files that nothing needs any more, except files that the
// newest revision of a mirror lists: that may be a revision since the check.
func (s *Store) Unneeded(ctx context.Context, tx *db.Tx, digests []digest.SHA256) error {
	return s.forgetDeferred(ctx, tx, "(listed = 0 OR collection_id IN (SELECT id FROM collection WHERE dropped_at IS NOT NULL)) AND", nil, digests)
}

func (s *Store) forgetDeferred(ctx context.Context, tx *db.Tx, where string, args []any, digests []digest.SHA256) error {
	_, err := db.ExecIn(ctx, tx, digests, "DELETE FROM deferred WHERE "+where+" sha256 IN ()", args...)
	return problem.While(err, "deleting records of deferred files")
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
