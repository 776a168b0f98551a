package publications

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublishedFile is a file of a published tree.
type PublishedFile struct {
	Path     string // as asked for
	Size     int64
	SHA256   string    // its ETag
	Modified time.Time // whole seconds; never the same for two contents of a path
	// Immutable files never have other bytes under this path: those by hash and
	// those of past times.
	Immutable bool
	Package   bool // a package's file, in the pool
	open      func(context.Context) (io.ReadSeekCloser, error)
	peek      func(context.Context) (io.ReadSeekCloser, error)
}

// Open gives the bytes. The caller closes them. A package's file that a mirror
// left upstream is fetched first, which may take as long as it takes; when it
// cannot be had that is problem.Upstream, and RetryAfter tells more.
func (f PublishedFile) Open(ctx context.Context) (io.ReadSeekCloser, error) { return f.open(ctx) }

// Peek is Open for those who want to know the file and not its bytes: what is
// upstream stays there. It can be sought in as any other, but not read.
func (f PublishedFile) Peek(ctx context.Context) (io.ReadSeekCloser, error) { return f.peek(ctx) }

// PublishedEntry is a line of a directory page.
type PublishedEntry struct {
	Name     string // a directory ends in "/"
	Size     int64
	Modified time.Time
}

// Place is where a path below the archive leads: to a file of the tree of a
// prefix, now or at a time.
type place struct {
	prefix string
	at     int64 // microseconds since 1970; 0: now
	path   string
}

// placeOf takes apart PREFIX[/TIME]/{dists,pool}/…; a path that ends before
// that is only a prefix, or a part of one.
func placeOf(path string) (p place, err error) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, part := range parts {
		if publish.IsInstant(part) {
			if p.at, err = usecase.InstantOf(part); err != nil {
				return p, problem.New(problem.NotFound, "%s is not a time", part).WithHint("such as 20261120T120000Z")
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

// prefixOf gives the prefix that the parts before dists, pool or a time make up.
func prefixOf(parts []string) string {
	if len(parts) == 0 {
		return publish.Root
	}
	return strings.Join(parts, "/")
}

// Published finds the file at a path below the archive, such as
// debian/dists/bookworm/InRelease or, for a past state,
// debian/20261120T120000Z/dists/bookworm/InRelease. The state at a second is
// that at its end: a second that is not over yet is not found.
func (s *Service) Published(ctx context.Context, path string) (PublishedFile, error) {
	f, err := s.find(ctx, path)
	if err != nil {
		return PublishedFile{}, err
	}
	return PublishedFile{
		Path: path, Size: f.Size, SHA256: f.SHA256.String(), Modified: time.Unix(f.Modified, 0).UTC(), Immutable: f.Lasting, Package: !strings.HasPrefix(f.Path, "dists/"),
		open: func(ctx context.Context) (io.ReadSeekCloser, error) { return s.openHeld(ctx, f, s.open) },
		peek: func(ctx context.Context) (io.ReadSeekCloser, error) { return s.openHeld(ctx, f, s.peek) },
	}, nil
}

// find looks for the file at a path below the archive.
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

func (svc *Service) findAt(ctx context.Context, p place, path string) (foundFile, error) {
	if p.path == "" {
		return foundFile{}, problem.New(problem.NotFound, "there is no file %s", path)
	}
	seen := svc.k.Holds.Rounds()
	return readTree(ctx, svc, p, func(tx *db.Tx, t *publish.Tree) (foundFile, error) {
		s, err := t.Find(ctx, tx, p.path, svc.k.Grace())
		return foundFile{s, path, seen}, err
	})
}

// open gives the bytes of a file that was found. That they are not there is our
// fault, and must not look as if there were no such file.
func (svc *Service) open(ctx context.Context, s publish.Served) (io.ReadSeekCloser, error) {
	r, err := publish.Open(ctx, svc.onDemand, s)
	if problem.Is(err, problem.NotFound) {
		err = missing(s, err)
	}
	return r, err
}

// missing says that a published file is in the pool no more.
func missing(s publish.Served, err error) error {
	return problem.New(problem.Internal, "%s is published, but not in the pool: %w", s.Path, err).WithHint("`aptarium scrub` lists what is missing")
}

// PublishedDirectory lists what is at a path below the archive.
func (s *Service) PublishedDirectory(ctx context.Context, path string) ([]PublishedEntry, error) {
	p, err := placeOf(path)
	if err != nil {
		return nil, err
	}
	if p.path == "" && p.at == 0 {
		if list, err := s.prefixes(ctx, p.prefix); err != nil || len(list) > 0 {
			return list, err
		}
	}
	return readTree(ctx, s, p, func(tx *db.Tx, t *publish.Tree) ([]PublishedEntry, error) {
		found, err := t.Directory(ctx, tx, p.path)
		list := make([]PublishedEntry, len(found))
		for i, e := range found {
			list[i] = PublishedEntry{Name: e.Name, Size: e.Size, Modified: usecase.Stamp(e.Modified * 1e6)}
		}
		return list, err
	})
}

// readTree looks at the tree of a prefix at the time of a place.
func readTree[T any](ctx context.Context, a *Service, p place, fn func(*db.Tx, *publish.Tree) (T, error)) (none T, err error) {
	if p.at != 0 {
		if p.at >= a.k.Now().UnixMicro() {
			return none, problem.New(problem.NotFound, "the state at %s is not known yet", usecase.Stamp(p.at).Format(usecase.SnapshotForm)).
				WithHint("ask for a second that is over")
		}
		if err := a.seal(ctx, p); err != nil {
			return none, err
		}
	}
	return usecase.View(ctx, a.k, func(tx *db.Tx) (T, error) {
		var t *publish.Tree
		if p.at == 0 {
			t, err = a.publish.Now(ctx, tx, publish.BuiltIn, p.prefix)
		} else {
			t, err = a.publish.At(ctx, tx, publish.BuiltIn, p.prefix, p.at)
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

// seal makes sure that nothing can come into the past that a place looks at, if
// there was something: a stranger must not make us write for nothing.
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

// prefixes lists the parts of prefixes that follow a path, and for a prefix
// itself what every tree has.
func (s *Service) prefixes(ctx context.Context, at string) ([]PublishedEntry, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) ([]PublishedEntry, error) {
		names, err := s.publish.Prefixes(ctx, tx, publish.BuiltIn, at)
		list := make([]PublishedEntry, len(names))
		for i, name := range names {
			list[i] = PublishedEntry{Name: name + "/"}
		}
		return list, err
	})
}
