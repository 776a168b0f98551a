package publish

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Tree is what is served below one prefix of an endpoint: now, or as it was at
// the end of a past microsecond.
type Tree struct {
	store        *Store
	prefix       string
	publications []placed
	past         bool
}

// placed is a publication with the release that is looked at.
type placed struct {
	Publication
	release Release // without its files
}

// Grace is for how long what a release left out is served on, to clients that
// read the indexes of the release before.
type Grace struct {
	Releases int   // at least so many generations
	Since    int64 // and all that were newest after this instant, in microseconds
}

// DefaultGrace keeps by-hash files and packages as long as clients of the field
// expect: three generations, and an hour.
func DefaultGrace(now time.Time) Grace {
	return Grace{Releases: 3, Since: now.Add(-time.Hour).UnixMicro()}
}

// Now gives the tree as it is.
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

// At gives the tree as it was at the end of an instant, in microseconds since
// 1970, publications included that were dropped later.
func (s *Store) At(ctx context.Context, tx *db.Tx, endpoint, prefix string, at int64) (*Tree, error) {
	list, err := s.list(ctx, tx, "endpoint = $1 AND prefix = $2 AND (dropped_at IS NULL OR dropped_at > $3) ORDER BY distribution", endpoint, prefix, at)
	if err != nil {
		return nil, err
	}
	t := &Tree{store: s, prefix: prefix, past: true}
	for _, p := range list {
		if err := t.place(ctx, tx, p, "publication_id = $1 AND at <= $2 ORDER BY number DESC LIMIT 1", p.ID, at); err != nil {
			return nil, err
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

// Empty tells whether nothing is served here.
func (t *Tree) Empty() bool { return len(t.publications) == 0 }

// Served is a file found in a tree.
type Served struct {
	Path     string
	Size     int64
	SHA256   digest.SHA256
	Modified int64 // seconds since 1970; of a file in dists it grows whenever the file changes
	// Lasting files never have other bytes under this path.
	Lasting bool
	// Parts are the blobs to be joined, each giving Size bytes.
	Parts []Part
}

// Part is a blob of a served file.
type Part struct {
	SHA256 digest.SHA256
	Size   int64  // bytes that it gives, expanded
	Format string // how to expand it; empty: as it is
}

// notFound says that a path leads nowhere.
func notFound(what string) error {
	return problem.New(problem.NotFound, "there is no %s here", what)
}

// Find gives the file at a path below the prefix: "dists/…" or "pool/…".
func (t *Tree) Find(ctx context.Context, tx *db.Tx, name string, grace Grace) (Served, error) {
	switch {
	case strings.HasPrefix(name, "dists/") && strings.Contains(name, "/by-hash/"):
		return t.byHash(ctx, tx, name)
	case strings.HasPrefix(name, "dists/"):
		return t.dists(ctx, tx, name)
	case strings.HasPrefix(name, "pool/"):
		return t.pool(ctx, tx, name, grace)
	}
	return Served{}, notFound(name)
}

func (t *Tree) dists(ctx context.Context, tx *db.Tx, name string) (Served, error) {
	for _, p := range t.publications {
		if !strings.HasPrefix(name, "dists/"+p.Distribution+"/") {
			continue
		}
		found, err := db.All(ctx, tx, scanFile, "SELECT "+fileColumns+` FROM release_file
			WHERE publication_id = $1 AND path = $2 AND since <= $3 ORDER BY since DESC LIMIT 1`, p.ID, name, p.release.Number)
		if err != nil {
			return Served{}, fmt.Errorf("looking up %s: %w", name, err)
		}
		if len(found) > 0 && found[0].until > p.release.Number {
			return t.served(ctx, tx, p, found[0])
		}
	}
	return Served{}, notFound(name)
}

// byHash finds dists/…/by-hash/SHA256/HEX, or SHA512 where releases list it (apt
// asks for the strongest): any generation's file of the same directory, those
// after the tree's time left out.
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
			return Served{}, fmt.Errorf("looking up %s: %w", name, err)
		}
		for _, f := range found {
			if path.Dir(f.Path) == directory {
				s, err := t.served(ctx, tx, p, f)
				s.Path, s.Lasting = name, true
				return s, err
			}
		}
	}
	return Served{}, notFound(name)
}

// hashColumn tells which column of release_file to look up for a by-hash path.
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

// served completes a file of a release with the blobs to read.
func (t *Tree) served(ctx context.Context, tx *db.Tx, p placed, f File) (Served, error) {
	s := Served{Path: f.Path, Size: f.Size, SHA256: f.SHA256, Modified: p.release.Modified, Lasting: t.past}
	if f.Format == "" {
		s.Parts = []Part{{SHA256: f.SHA256, Size: f.Size}}
		return s, nil
	}
	table, err := loadTable(ctx, tx, f.table)
	if err != nil {
		return Served{}, err
	}
	s.Parts = table.parts(f.Format)
	return s, nil
}

// parts gives the blobs that make up the text in a format.
func (t table) parts(format string) []Part {
	column, expanded := len(t.formats)-1, format == plainText
	for i, f := range t.formats {
		if string(f) == format {
			column = i
		}
	}
	parts := make([]Part, len(t.chunks))
	for i, c := range t.chunks {
		parts[i] = Part{SHA256: c.pieces[column].SHA256, Size: c.pieces[column].Size}
		if expanded {
			parts[i].Size, parts[i].Format = c.size, string(t.formats[column])
		}
	}
	return parts
}

// pool finds pool/COMPONENT/PREFIX/SOURCE/FILE among the packages of the
// releases looked at, then among those that newer releases left out of late.
func (t *Tree) pool(ctx context.Context, tx *db.Tx, name string, grace Grace) (Served, error) {
	component, source, ok := splitPool(name)
	if !ok {
		return Served{}, notFound(name)
	}
	var candidates []catalog.NamedFile
	for f, err := range t.store.catalog.FilesNamed(ctx, tx, []string{path.Base(name)}) {
		if err != nil {
			return Served{}, err
		}
		if f.Source == source {
			candidates = append(candidates, f)
		}
	}
	if len(candidates) == 0 {
		return Served{}, notFound(name)
	}
	for _, p := range t.publications {
		for _, s := range p.release.Sources {
			set, err := t.store.catalog.Set(ctx, tx, s.View())
			if err != nil {
				return Served{}, err
			}
			if f, ok := listed(candidates, s, component, set); ok {
				return t.servedFile(name, f), nil
			}
		}
	}
	if t.past {
		return Served{}, notFound(name)
	}
	return t.lately(ctx, tx, name, component, candidates, grace)
}

// lately looks for a file in what was left out within the grace: in the release
// before the one that left it out.
func (t *Tree) lately(ctx context.Context, tx *db.Tx, name, component string, candidates []catalog.NamedFile, grace Grace) (Served, error) {
	for _, p := range t.publications {
		last, err := t.store.leftOut(ctx, tx, p.Publication, candidates, grace)
		if err != nil {
			return Served{}, err
		}
		for _, number := range last {
			f, found, err := t.listedIn(ctx, tx, p.ID, number, component, candidates)
			if err != nil || found {
				return t.servedFile(name, f), err
			}
		}
	}
	return Served{}, notFound(name)
}

// leftOut gives the releases, newest first, after which one of the candidates was
// left out within the grace.
func (s *Store) leftOut(ctx context.Context, tx *db.Tx, p Publication, candidates []catalog.NamedFile, grace Grace) (last []int64, err error) {
	type row struct {
		number  int64
		removed []byte
	}
	for r, err := range db.Each(ctx, tx, func(sc db.Scanner) (r row, err error) { err = sc.Scan(&r.number, &r.removed); return r, err },
		"SELECT number, removed FROM release WHERE publication_id = $1 AND (number >= $2 OR at >= $3) ORDER BY number DESC",
		p.ID, p.Head-int64(grace.Releases)+1, grace.Since) {
		if err != nil {
			return nil, fmt.Errorf("reading what releases left out: %w", err)
		}
		removed, err := bitset.Decode(r.removed)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(candidates, func(f catalog.NamedFile) bool { return removed.Contains(f.Member) }) {
			last = append(last, r.number-1)
		}
	}
	return last, nil
}

// listedIn finds the candidate that a release listed in a component.
func (t *Tree) listedIn(ctx context.Context, tx *db.Tx, publication, number int64, component string, candidates []catalog.NamedFile) (f catalog.NamedFile, found bool, err error) {
	releases, err := t.store.releases(ctx, tx, "publication_id = $1 AND number = $2", publication, number)
	if err != nil {
		return f, false, err
	}
	for _, r := range releases {
		for _, s := range r.Sources {
			set, err := t.store.catalog.Set(ctx, tx, s.View())
			if err != nil {
				return f, false, err
			}
			if f, found = listed(candidates, s, component, set); found {
				return f, true, nil
			}
		}
	}
	return f, false, nil
}

// splitPool takes a path of the pool apart, if it is one that we would write.
func splitPool(name string) (component, source string, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) < 5 {
		return "", "", false
	}
	source = parts[len(parts)-2]
	component = strings.Join(parts[1:len(parts)-3], "/")
	return component, source, deb.PoolDirectory(component, source)+"/"+parts[len(parts)-1] == name
}

// listed finds the candidate that a source lists in a component.
func listed(candidates []catalog.NamedFile, s Source, component string, set bitset.Set) (catalog.NamedFile, bool) {
	for _, f := range candidates {
		in := f.Component
		if s.Component != "" {
			in = s.Component
		}
		if in == component && set.Contains(f.Member) {
			return f, true
		}
	}
	return catalog.NamedFile{}, false
}

func (t *Tree) servedFile(name string, f catalog.NamedFile) Served {
	return Served{
		Path: name, Size: f.Size, SHA256: f.SHA256, Modified: f.CreatedAt / 1e6, Lasting: t.past,
		Parts: []Part{{SHA256: f.SHA256, Size: f.Size}},
	}
}
