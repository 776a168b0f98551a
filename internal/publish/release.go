package publish

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// File is a file below dists/ in a release. Its path begins with "dists/".
type File struct {
	Path   string
	Size   int64
	SHA256 digest.SHA256
	Sums   digest.Sums
	// Format is empty if the bytes are one blob. Else they are the joined pieces of a chunk table,
	// decompressed for index.Plain; or a decompressed blob, see index.Packed.
	Format string
	Since  int64 // the first release that had it

	until     int64  // the first release without it
	table     int64  // 0 until it is stored
	tablePath string // of the plain index that a new table belongs to
}

// expanded reports whether the file is a decompressed text, whose compressed forms are listed too.
func (f File) expanded() bool {
	_, is := index.ParsePacked(f.Format)
	return is || f.Format == index.Plain
}

// Release is one generation of a publication.
type Release struct {
	Publication int64
	Number      int64
	At          int64 // microseconds since 1970, growing with the number
	Modified    int64 // seconds since 1970: its Last-Modified, growing with the number
	Options     Options
	Sources     []Source
	Packages    int
	Activity    int64
	Pinned      bool   // kept whatever the retention says
	Files       []File // sorted by path; nil in lists
}

func (r Release) file(path string) (File, bool) {
	i, found := slices.BinarySearchFunc(r.Files, path, func(f File, path string) int { return strings.Compare(f.Path, path) })
	if !found {
		return File{}, false
	}
	return r.Files[i], true
}

// current is the end of an interval without end.
const current = math.MaxInt64

// Commit makes a built release the newest of its publication. Flush the pool between the build and
// the commit. It is a conflict if the publication got another release meanwhile.
func (s *Store) Commit(ctx context.Context, tx *db.Tx, b Built, activity int64) (Release, error) {
	p := b.input.Publication
	r := Release{Publication: p.ID, Number: 1, Options: p.Options, Sources: b.input.Sources, Packages: b.Packages, Activity: activity}
	var old []File
	if prev := b.input.Previous; prev != nil {
		r.Number, r.Modified, old = prev.Number+1, prev.Modified+1, prev.Files
	}
	n, err := tx.Exec(ctx, "UPDATE publication SET head = $1 WHERE id = $2 AND head = $3 AND dropped_at IS NULL", r.Number, p.ID, r.Number-1)
	if err != nil {
		return Release{}, fmt.Errorf("publishing %s: %w", p.Ref(), err)
	}
	if n != 1 {
		return Release{}, problem.New(problem.Conflict, "%s was published or dropped meanwhile", p.Ref()).WithHint("try again")
	}
	if err := s.checkViews(ctx, tx, b.input.Sources); err != nil {
		return Release{}, err
	}
	was := make(map[string]File, len(old))
	for _, f := range old {
		was[f.Path] = f
	}
	if r.Files, err = saveTables(ctx, tx, b, was); err != nil {
		return Release{}, err
	}
	if err := saveFiles(ctx, tx, r, was); err != nil {
		return Release{}, err
	}
	if r.At, err = tx.Now(ctx); err != nil {
		return Release{}, err
	}
	r.Modified = max(r.Modified, r.At/1e6)
	if err := insertRelease(ctx, tx, r, b.Removed); err != nil {
		return Release{}, err
	}
	return r, saveTakeovers(ctx, tx, r, b.taken)
}

// checkViews refuses a release whose views were thinned meanwhile.
func (s *Store) checkViews(ctx context.Context, tx *db.Tx, sources []Source) error {
	for _, source := range sources {
		there, err := s.catalog.Has(ctx, tx, source.View())
		if err != nil {
			return err
		}
		if !there {
			return problem.New(problem.Conflict, "the state of %s:%s to publish was thinned", source.Kind, source.Name).WithHint("publish again")
		}
	}
	return nil
}

func insertRelease(ctx context.Context, tx *db.Tx, r Release, removed bitset.Set) error {
	options, err := json.Marshal(r.Options)
	if err != nil {
		return fmt.Errorf("encoding options: %w", err)
	}
	sources, err := json.Marshal(r.Sources)
	if err != nil {
		return fmt.Errorf("encoding sources: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO release (publication_id, number, at, modified, options, sources, packages, removed, activity_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, r.Publication, r.Number, r.At, r.Modified, string(options), string(sources),
		r.Packages, removed.Encode(), sql.NullInt64{Int64: r.Activity, Valid: r.Activity != 0})
	return problem.While(err, "storing a release")
}

// carried reports whether a file is stored as in the previous release: the same bytes may be cut or
// compressed in another way now.
func (f File) carried(before File) bool {
	return f.SHA256 == before.SHA256 && f.Format == before.Format && f.table == before.table
}

// saveTables stores the new chunk tables and returns the files with their ids.
func saveTables(ctx context.Context, tx *db.Tx, b Built, was map[string]File) ([]File, error) {
	files := slices.Clone(b.Files)
	ids := map[string]int64{}
	for i := range files {
		path := files[i].tablePath
		if path == "" {
			continue
		}
		if ids[path] == 0 {
			id, err := b.indexes[path].Save(ctx, tx, b.input.Publication.ID, path, was[path].table)
			if err != nil {
				return nil, err
			}
			ids[path] = id
		}
		files[i].table = ids[path]
	}
	for path, from := range b.adopted {
		id, err := from.Adopt(ctx, tx, b.input.Publication.ID, path)
		if err != nil {
			return nil, err
		}
		for i := range files {
			if files[i].table == from.ID && strings.HasPrefix(files[i].Path, path) {
				files[i].table = id
			}
		}
	}
	return files, nil
}

// saveFiles ends the intervals of changed and removed files, and starts the intervals of new ones.
func saveFiles(ctx context.Context, tx *db.Tx, r Release, was map[string]File) error {
	var fresh []File
	for i, f := range r.Files {
		if prev, there := was[f.Path]; there && f.carried(prev) {
			delete(was, f.Path)
			r.Files[i] = prev
			continue
		}
		r.Files[i].Since, r.Files[i].until, r.Files[i].tablePath = r.Number, current, ""
		fresh = append(fresh, f)
	}
	for path, f := range was {
		if _, err := tx.Exec(ctx, "UPDATE release_file SET until = $1 WHERE publication_id = $2 AND path = $3 AND since = $4", r.Number, r.Publication, path, f.Since); err != nil {
			return fmt.Errorf("storing the files of a release: %w", err)
		}
	}
	rows := func(yield func([]any) bool) {
		for _, f := range fresh {
			sums, _ := json.Marshal(f.Sums) // four strings
			if !yield([]any{r.Publication, f.Path, r.Number, int64(current), f.Size, f.SHA256[:], f.Sums.SHA512, string(sums),
				sql.NullInt64{Int64: f.table, Valid: f.table != 0}, f.Format}) {
				return
			}
		}
	}
	columns := []string{"publication_id", "path", "since", "until", "size", "sha256", "sha512", "sums", "chunk_table", "format"}
	_, err := db.Bulk(ctx, tx, "release_file", columns, rows)
	return problem.While(err, "storing the files of a release")
}

const fileColumns = "path, since, until, size, sha256, sums, chunk_table, format"

func scanFile(row db.Scanner) (f File, err error) {
	var sums string
	var table sql.NullInt64
	if err := row.Scan(&f.Path, &f.Since, &f.until, &f.Size, &f.SHA256, &sums, &table, &f.Format); err != nil {
		return f, err
	}
	f.table = table.Int64
	err = json.Unmarshal([]byte(sums), &f.Sums)
	return f, err
}

// Files returns the files below dists/ of a release, sorted by path.
func (s *Store) Files(ctx context.Context, tx *db.Tx, publication, number int64) ([]File, error) {
	head, err := db.One(ctx, tx, db.Value[int64], "SELECT head FROM publication WHERE id = $1", publication)
	if err != nil {
		return nil, fmt.Errorf("reading publication %d: %w", publication, err)
	}
	var files []File
	if number == head {
		files, err = db.All(ctx, tx, scanFile, "SELECT "+fileColumns+" FROM release_file WHERE publication_id = $1 AND until = $2", publication, int64(current))
	} else {
		files, err = pastFiles(ctx, tx, publication, number)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the files of release %d: %w", number, err)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// pastFiles returns the files of a past release. Its cost is proportional to the paths of all
// releases, not to the number of releases.
func pastFiles(ctx context.Context, tx *db.Tx, publication, number int64) ([]File, error) {
	files, err := db.All(ctx, tx, scanFile, `
		WITH RECURSIVE known (path) AS (
			SELECT MIN(path) FROM release_file WHERE publication_id = $1
			UNION ALL
			SELECT (SELECT MIN(f.path) FROM release_file f WHERE f.publication_id = $1 AND f.path > known.path)
			FROM known WHERE known.path IS NOT NULL)
		SELECT f.path, f.since, f.until, f.size, f.sha256, f.sums, f.chunk_table, f.format
		FROM known JOIN release_file f ON f.publication_id = $1 AND f.path = known.path AND f.since = (
			SELECT MAX(l.since) FROM release_file l WHERE l.publication_id = $1 AND l.path = known.path AND l.since <= $2)`, publication, number)
	return slices.DeleteFunc(files, func(f File) bool { return f.until <= number }), err
}

// Release returns one release of a publication, with its files.
func (s *Store) Release(ctx context.Context, tx *db.Tx, publication, number int64) (Release, error) {
	found, err := s.releases(ctx, tx, "publication_id = $1 AND number = $2", publication, number)
	r, err := db.First(found, err, problem.New(problem.NotFound, "there is no release %d", number))
	if err != nil {
		return r, err
	}
	r.Files, err = s.Files(ctx, tx, publication, number)
	return r, err
}

// Log returns at most limit releases of a publication, newest first, with numbers below before (0:
// from the newest).
func (s *Store) Log(ctx context.Context, tx *db.Tx, publication, before int64, limit int) ([]Release, error) {
	return s.releases(ctx, tx, "publication_id = $1 AND (number < $2 OR $2 = 0) ORDER BY number DESC LIMIT $3", publication, before, limit)
}

func (s *Store) releases(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Release, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (r Release, err error) {
		var options, sources string
		var activity sql.NullInt64
		if err := row.Scan(&r.Publication, &r.Number, &r.At, &r.Modified, &options, &sources, &r.Packages, &activity, &r.Pinned); err != nil {
			return r, err
		}
		r.Activity = activity.Int64
		if err := json.Unmarshal([]byte(options), &r.Options); err != nil {
			return r, err
		}
		err = json.Unmarshal([]byte(sources), &r.Sources)
		return r, err
	}, "SELECT publication_id, number, at, modified, options, sources, packages, activity_id, pinned <> 0 FROM release WHERE "+where, args...)
	return list, problem.While(err, "reading releases")
}

// renewals is the number of times that a Release is renewed during its validity.
const renewals = 3

// ages reports whether a release should be replaced by one that is valid for longer.
func (r Release) ages(now time.Time) bool {
	return r.Options.ValidFor > 0 && now.UnixMicro()-r.At >= r.RenewAfter().Microseconds()
}

// RenewAfter returns the time after which the next release is due even without changes; 0 if this
// one is valid for ever.
func (r Release) RenewAfter() time.Duration { return r.Options.ValidFor / renewals }

// Date returns the Date of a release built now: never before the previous release's, which clients
// would treat as an attack.
func Date(now time.Time, previous *Release) time.Time {
	if previous != nil && now.UnixMicro() < previous.At {
		now = time.UnixMicro(previous.At)
	}
	return now.UTC().Truncate(time.Second)
}
