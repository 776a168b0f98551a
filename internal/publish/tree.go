package publish

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// Tree is the files served below one prefix of an endpoint: now, or at the end of a past
// microsecond.
type Tree struct {
	store        *Store
	prefix       string
	publications []placed
	past         bool
	at           int64         // of a past tree
	thinned      []Publication // whose releases at that time were thinned
}

// placed is a publication with its release in a tree.
type placed struct {
	Publication
	release Release // without its files
}

// Grace is the time during which removed files are still served, for clients that read the indexes
// of an earlier release.
type Grace struct {
	Releases int   // at least so many generations
	Since    int64 // and all releases that were newest after this instant, in microseconds
}

// DefaultGrace returns the grace that real clients expect: three generations, and an hour.
func DefaultGrace(now time.Time) Grace {
	return Grace{Releases: 3, Since: now.Add(-time.Hour).UnixMicro()}
}

// Now returns the current tree.
func (s *Store) Now(ctx context.Context, tx *db.Tx, endpoint, prefix string) (*Tree, error) {
	list, err := s.list(ctx, tx, "endpoint = $1 AND prefix = $2 AND dropped_at IS NULL AND head > 0 ORDER BY distribution", endpoint, prefix)
	if err != nil {
		return nil, err
	}
	t := &Tree{store: s, prefix: prefix}
	for _, p := range list {
		if err := t.place(ctx, tx, p, "publication_id = $1 AND number = $2", p.ID, p.Head); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// At returns the tree as it was at the end of an instant, in microseconds since
// 1970, publications included that were dropped later.
func (s *Store) At(ctx context.Context, tx *db.Tx, endpoint, prefix string, at int64) (*Tree, error) {
	list, err := s.list(ctx, tx, "endpoint = $1 AND prefix = $2 AND (dropped_at IS NULL OR dropped_at > $3) ORDER BY distribution", endpoint, prefix, at)
	if err != nil {
		return nil, err
	}
	t := &Tree{store: s, prefix: prefix, past: true, at: at}
	for _, p := range list {
		found, err := s.releases(ctx, tx, newestAt, p.ID, at)
		if err != nil {
			return nil, err
		}
		lost, err := s.lost(ctx, tx, p, found, at)
		switch {
		case err != nil:
			return nil, err
		case lost:
			t.thinned = append(t.thinned, p)
		case len(found) > 0:
			t.publications = append(t.publications, placed{p, found[0]})
		}
	}
	return t, nil
}

func (t *Tree) place(ctx context.Context, tx *db.Tx, p Publication, where string, args ...any) error {
	found, err := t.store.releases(ctx, tx, where, args...)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		t.publications = append(t.publications, placed{p, found[0]})
	}
	return nil
}

// Empty reports whether the tree has no publication, not even a thinned one.
func (t *Tree) Empty() bool { return len(t.publications)+len(t.thinned) == 0 }

// lack returns the error for a missing path, with a hint if a thinned release may have had it.
func (t *Tree) lack(name string, err error) error {
	if !problem.Is(err, problem.NotFound) {
		return err
	}
	for _, p := range t.thinned {
		dists := "dists/" + p.Distribution + "/"
		if strings.HasPrefix(name+"/", dists) || strings.HasPrefix(dists, strings.TrimSuffix(name, "/")+"/") || strings.HasPrefix(name, "pool/") || name == "" {
			return catalog.Thinned(p.Ref(), t.at)
		}
	}
	return err
}

// Served is a file found in a tree.
type Served struct {
	Path     string
	Size     int64
	SHA256   digest.SHA256
	Modified int64 // seconds since 1970; for a file in dists it grows with each change of the file
	// Lasting files never change.
	Lasting bool
	// Parts are the parts of the file, in order, each of Size bytes.
	Parts []index.Part
}

// Open returns a reader that joins the parts of a served file. For a file of one blob it returns
// the blob itself, so that the kernel can send it.
func Open(ctx context.Context, pool blob.Store, s Served) (io.ReadSeekCloser, error) {
	return index.Open(ctx, pool, s.Path, s.Size, s.Parts)
}

// notFound returns the error for a missing path.
func notFound(what string) error {
	return problem.New(problem.NotFound, "there is no %s here", what)
}

// Find returns the file at a path below the prefix: "dists/…" or "pool/…", or where
// the upstream of a verbatim publication has its packages.
func (t *Tree) Find(ctx context.Context, tx *db.Tx, name string, grace Grace) (Served, error) {
	s, err := t.find(ctx, tx, name, grace)
	return s, t.lack(name, err)
}

func (t *Tree) find(ctx context.Context, tx *db.Tx, name string, grace Grace) (Served, error) {
	if !strings.HasPrefix(name, "dists/") {
		return t.pool(ctx, tx, name, grace)
	}
	find := t.dists
	if strings.Contains(name, "/by-hash/") {
		find = t.byHash
	}
	s, err := find(ctx, tx, name)
	if problem.Is(err, problem.NotFound) && t.verbatim() { // an upstream may have packages at any path
		return t.pool(ctx, tx, name, grace)
	}
	return s, err
}

func (t *Tree) verbatim() bool {
	return slices.ContainsFunc(t.publications, func(p placed) bool { return p.release.Options.Verbatim })
}

func (t *Tree) dists(ctx context.Context, tx *db.Tx, name string) (Served, error) {
	for _, p := range t.publications {
		if !strings.HasPrefix(name, "dists/"+p.Distribution+"/") {
			continue
		}
		found, err := db.All(ctx, tx, scanFile, "SELECT "+fileColumns+` FROM release_file
			WHERE publication_id = $1 AND path = $2 AND since <= $3 ORDER BY since DESC LIMIT 1`, p.ID, name, p.release.Number)
		if err != nil {
			return Served{}, fmt.Errorf("reading %s: %w", name, err)
		}
		if len(found) > 0 && index.IsPatch(name) { // as by hash: the name identifies the bytes
			s, err := t.served(ctx, tx, p, found[0])
			s.Lasting = true
			return s, err
		}
		if len(found) > 0 && found[0].until > p.release.Number {
			return t.served(ctx, tx, p, found[0])
		}
	}
	return Served{}, notFound(name)
}

// byHash returns dists/…/by-hash/SHA256/HEX, or SHA512 if releases list it (apt requests the
// strongest): the file of any generation of the same directory up to the tree's time.
func (t *Tree) byHash(ctx context.Context, tx *db.Tx, name string) (Served, error) {
	directory, sum, _ := strings.Cut(name, "/by-hash/")
	kind, hex, _ := strings.Cut(sum, "/")
	column, want, ok := hashColumn(kind, hex)
	if !ok {
		return Served{}, notFound(name)
	}
	for _, p := range t.publications {
		if !strings.HasPrefix(name, "dists/"+p.Distribution+"/") {
			continue
		}
		found, err := db.All(ctx, tx, scanFile, "SELECT "+fileColumns+` FROM release_file
			WHERE publication_id = $1 AND `+column+` = $2 AND since <= $3 ORDER BY since DESC`, p.ID, want, p.release.Number)
		if err != nil {
			return Served{}, fmt.Errorf("reading %s: %w", name, err)
		}
		for _, f := range found {
			if path.Dir(f.Path) == directory && !p.signed(f.Path) {
				s, err := t.served(ctx, tx, p, f)
				s.Path, s.Lasting = name, true
				return s, err
			}
		}
	}
	return Served{}, notFound(name)
}

// signed reports whether a file is Release or one of its signatures: no Release lists them, so
// nobody requests them by hash.
func (p Publication) signed(name string) bool {
	base := "dists/" + p.Distribution + "/"
	return name == base+"InRelease" || name == base+"Release" || name == base+"Release.gpg"
}

// hashColumn returns the column and value of release_file that identify a by-hash path.
func hashColumn(kind, hex string) (column string, want any, ok bool) {
	if strings.ToLower(hex) != hex {
		return "", nil, false
	}
	switch {
	case kind == "SHA256":
		d, err := digest.Parse(hex)
		return "sha256", d, err == nil
	case kind == "SHA512" && len(hex) == 128:
		return "sha512 <> '' AND sha512", hex, true
	}
	return "", nil, false
}

// served returns a file of a release with its blobs.
func (t *Tree) served(ctx context.Context, tx *db.Tx, p placed, f File) (Served, error) {
	s := Served{Path: f.Path, Size: f.Size, SHA256: f.SHA256, Modified: p.release.Modified, Lasting: t.past}
	if f.Format == "" {
		s.Parts = []index.Part{{SHA256: f.SHA256, Size: f.Size}}
		return s, nil
	}
	if from, is := index.ParsePacked(f.Format); is {
		s.Parts = []index.Part{from.Part(f.Size)}
		return s, nil
	}
	table, err := index.LoadTable(ctx, tx, f.table)
	if err != nil {
		return Served{}, err
	}
	s.Parts = table.Parts(f.Format)
	return s, nil
}
