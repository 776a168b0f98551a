package publications

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// File is a file of a published tree.
type File struct {
	Path     string // below the archive
	Size     int64
	SHA256   string    // its ETag
	Modified time.Time // whole seconds; never the same for two contents of a path
	// Immutable files never have other bytes under this path: by-hash files, and files of
	// past states.
	Immutable bool
	Package   bool // a package's file, in the pool
	open      func(context.Context) (io.ReadSeekCloser, error)
	peek      func(context.Context) (io.ReadSeekCloser, error)
}

// Open opens the file; the caller closes it. It downloads a deferred file first, however long
// that takes; if that fails it returns problem.Upstream (see mirrors.RetryAfter).
func (f File) Open(ctx context.Context) (io.ReadSeekCloser, error) { return f.open(ctx) }

// Peek is Open for callers that need no bytes: it downloads nothing. A deferred file can be
// sought in, but not read.
func (f File) Peek(ctx context.Context) (io.ReadSeekCloser, error) { return f.peek(ctx) }

// DirectoryEntry is a line of a directory page.
type DirectoryEntry struct {
	Name     string // a directory ends in "/"
	Size     int64
	Modified time.Time
}

// place is the file that a path below the archive names: in the tree of a prefix, now or at a
// time.
type place struct {
	prefix string
	at     int64 // microseconds since 1970; 0: now
	path   string
}

// placeOf splits PREFIX[/TIME]/{dists,pool}/…; a shorter path is only a prefix, or a part of
// one.
func placeOf(path string) (p place, err error) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, part := range parts {
		if publish.IsInstant(part) {
			if p.at, err = usecase.InstantOf(part); err != nil {
				return p, problem.New(problem.NotFound, "%s is not a time", part).WithHint("write it as 20261120T120000Z")
			}
			p.prefix, p.path = prefixOf(parts[:i]), strings.Join(parts[i+1:], "/")
			return p, nil
		}
		if part == "dists" || part == "pool" {
			p.prefix, p.path = prefixOf(parts[:i]), strings.Join(parts[i:], "/")
			return p, nil
		}
	}
	p.prefix = strings.Join(parts, "/")
	return p, nil
}

// prefixOf joins the parts before dists, pool or a time.
func prefixOf(parts []string) string {
	if len(parts) == 0 {
		return publish.Root
	}
	return strings.Join(parts, "/")
}

// File returns the file at a path below the archive, such as
// debian/dists/bookworm/InRelease or, for a past state,
// debian/20261120T120000Z/dists/bookworm/InRelease. The state at a second is the one at its
// end: a second that is not over is problem.NotFound. Anyone may call it.
func (s *Service) File(ctx context.Context, path string) (File, error) {
	f, err := s.find(ctx, path)
	if err != nil {
		return File{}, err
	}
	return File{
		Path: path, Size: f.Size, SHA256: f.SHA256.String(), Modified: time.Unix(f.Modified, 0).UTC(), Immutable: f.Lasting, Package: !strings.HasPrefix(f.Path, "dists/"),
		open: func(ctx context.Context) (io.ReadSeekCloser, error) { return s.openHeld(ctx, f, s.open) },
		peek: func(ctx context.Context) (io.ReadSeekCloser, error) { return s.openHeld(ctx, f, s.peek) },
	}, nil
}

// find searches the file at a path below the archive.
func (s *Service) find(ctx context.Context, path string) (foundFile, error) {
	p, err := placeOf(path)
	if err != nil {
		return foundFile{}, err
	}
	f, err := s.findAt(ctx, p, path)
	if p.at != 0 || !problem.Is(err, problem.NotFound) {
		return f, err
	}
	p, found, failed := s.aside(ctx, path)
	switch {
	case failed != nil:
		return f, failed
	case found:
		return s.findAt(ctx, p, path)
	}
	return f, err
}

func (s *Service) findAt(ctx context.Context, p place, path string) (foundFile, error) {
	if p.path == "" {
		return foundFile{}, problem.New(problem.NotFound, "there is no file %s", path)
	}
	seen := s.k.Holds.Rounds()
	return readTree(ctx, s, p, func(tx *db.Tx, t *publish.Tree) (foundFile, error) {
		f, err := t.Find(ctx, tx, p.path, s.k.Grace())
		return foundFile{f, path, seen}, err
	})
}

// open opens a file that was found. Missing bytes are our fault, and must not look like a
// wrong path.
func (s *Service) open(ctx context.Context, f publish.Served) (io.ReadSeekCloser, error) {
	r, err := publish.Open(ctx, s.onDemand, f)
	if problem.Is(err, problem.NotFound) {
		err = missing(f, err)
	}
	return r, err
}

// missing returns the error of a published file that is not in the pool.
func missing(f publish.Served, err error) error {
	return problem.New(problem.Internal, "%s is published, but not in the pool: %w", f.Path, err).WithHint("`aptarium scrub` lists what is missing")
}

// Directory lists the directory at a path below the archive. Anyone may call it.
func (s *Service) Directory(ctx context.Context, path string) ([]DirectoryEntry, error) {
	p, err := placeOf(path)
	if err != nil {
		return nil, err
	}
	if p.path == "" && p.at == 0 {
		if list, err := s.prefixes(ctx, p.prefix); err != nil || len(list) > 0 {
			return list, err
		}
	}
	return readTree(ctx, s, p, func(tx *db.Tx, t *publish.Tree) ([]DirectoryEntry, error) {
		found, err := t.Directory(ctx, tx, p.path)
		return usecase.Map(found, func(e publish.Entry) DirectoryEntry {
			return DirectoryEntry{Name: e.Name, Size: e.Size, Modified: usecase.Stamp(e.Modified * 1e6)}
		}), err
	})
}

// readTree runs fn on the tree of a prefix at the time of a place.
func readTree[T any](ctx context.Context, s *Service, p place, fn func(*db.Tx, *publish.Tree) (T, error)) (none T, err error) {
	if p.at != 0 {
		if p.at >= s.k.Now().UnixMicro() {
			return none, problem.New(problem.NotFound, "the second %s is not over yet", usecase.Stamp(p.at).Format(usecase.SnapshotForm)).
				WithHint("ask for an earlier time")
		}
		if err := s.seal(ctx, p); err != nil {
			return none, err
		}
	}
	return usecase.Read(ctx, s.k, access.Anyone, func(tx *db.Tx) (T, error) {
		var t *publish.Tree
		if p.at == 0 {
			t, err = s.publish.Now(ctx, tx, publish.BuiltIn, p.prefix)
		} else {
			t, err = s.publish.At(ctx, tx, publish.BuiltIn, p.prefix, p.at)
		}
		if err != nil {
			return none, err
		}
		if t.Empty() {
			return none, problem.New(problem.NotFound, "nothing is published at %s", strings.TrimPrefix(p.prefix+"/", "/"))
		}
		return fn(tx, t)
	})
}

// seal ensures that no later commit gets the time of a place. It does nothing if nothing was
// published then: a stranger must not cause writes.
func (s *Service) seal(ctx context.Context, p place) error {
	there, err := usecase.View(ctx, s.k, func(tx *db.Tx) (bool, error) {
		t, err := s.publish.At(ctx, tx, publish.BuiltIn, p.prefix, p.at)
		return err == nil && !t.Empty(), err
	})
	if err != nil || !there {
		return err
	}
	return s.k.DB.Seal(ctx, p.at)
}

// prefixes lists the next parts of the prefixes below a path, and the folders of a prefix
// itself.
func (s *Service) prefixes(ctx context.Context, at string) ([]DirectoryEntry, error) {
	return usecase.Read(ctx, s.k, access.Anyone, func(tx *db.Tx) ([]DirectoryEntry, error) {
		names, err := s.publish.Prefixes(ctx, tx, publish.BuiltIn, at)
		return usecase.Map(names, func(name string) DirectoryEntry { return DirectoryEntry{Name: name + "/"} }), err
	})
}
