package publish

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// pool returns pool/COMPONENT/PREFIX/SOURCE/FILE from the packages of the tree's releases, else
// from packages removed within the grace.
func (t *Tree) pool(ctx context.Context, tx *db.Tx, name string, grace Grace) (Served, error) {
	if t.verbatim() {
		s, err := t.inArea(ctx, tx, name, ownPaths, strings.TrimSuffix(path.Dir(name), "."), grace)
		if !problem.Is(err, problem.NotFound) {
			return s, err
		}
	}
	area, source, ok := splitPool(name)
	if !ok {
		return Served{}, notFound(name)
	}
	return t.inArea(ctx, tx, name, area, source, grace)
}

func (t *Tree) inArea(ctx context.Context, tx *db.Tx, name, area, source string, grace Grace) (Served, error) {
	var candidates []catalog.NamedFile
	for f, err := range t.store.catalog.FilesNamed(ctx, tx, []string{path.Base(name)}) {
		if err != nil {
			return Served{}, err
		}
		if f.Source == source && (area != ownPaths || f.Package == name) {
			candidates = append(candidates, f)
		}
	}
	if len(candidates) == 0 {
		return Served{}, notFound(name)
	}
	matches, err := t.matches(ctx, tx, area, candidates)
	if err != nil {
		return Served{}, err
	}
	if len(matches) > 0 {
		m, modified, err := t.holder(ctx, tx, name, matches)
		s := servedFile(name, m.file, t.past)
		s.Modified = max(s.Modified, modified)
		return s, err
	}
	if t.past {
		return Served{}, notFound(name)
	}
	return t.lately(ctx, tx, name, area, candidates, grace)
}

// matches returns the candidates that the tree's releases list in an area, at most one for each
// release.
func (t *Tree) matches(ctx context.Context, tx *db.Tx, area string, candidates []catalog.NamedFile) (matches []match, err error) {
	for _, p := range t.publications {
		f, found, err := t.listedBy(ctx, tx, p.Publication, p.release, area, candidates)
		if err != nil {
			return nil, err
		}
		if found {
			matches = append(matches, match{p, f})
		}
	}
	return matches, nil
}

func (t *Tree) listedBy(ctx context.Context, tx *db.Tx, p Publication, r Release, area string, candidates []catalog.NamedFile) (f catalog.NamedFile, found bool, err error) {
	component, ok := r.Options.componentOf(p.Distribution, area)
	if !ok || area == ownPaths && !r.Options.Verbatim {
		return f, false, nil
	}
	for _, s := range r.Sources {
		set, err := t.store.catalog.Set(ctx, tx, s.View())
		if err != nil {
			return f, false, err
		}
		if f, found = listed(candidates, s, component, set); found {
			return f, true, nil
		}
	}
	return f, false, nil
}

// lately searches a file that was removed within the grace, in the last release that had it.
func (t *Tree) lately(ctx context.Context, tx *db.Tx, name, area string, candidates []catalog.NamedFile, grace Grace) (Served, error) {
	for _, p := range t.publications {
		last, err := t.store.leftOut(ctx, tx, p.Publication, candidates, grace)
		if err != nil {
			return Served{}, err
		}
		for _, number := range last {
			f, found, err := t.listedIn(ctx, tx, p.Publication, number, area, candidates)
			if err != nil || found {
				return servedFile(name, f, t.past), err
			}
		}
	}
	return Served{}, notFound(name)
}

// leftOut returns, newest first, the last releases before a candidate was removed within the grace.
func (s *Store) leftOut(ctx context.Context, tx *db.Tx, p Publication, candidates []catalog.NamedFile, grace Grace) (last []int64, err error) {
	type row struct {
		number  int64
		removed []byte
	}
	for r, err := range db.Each(ctx, tx, func(sc db.Scanner) (r row, err error) { err = sc.Scan(&r.number, &r.removed); return r, err },
		"SELECT number, removed FROM release WHERE publication_id = $1 AND (number >= $2 OR at >= $3) ORDER BY number DESC",
		p.ID, p.Head-int64(grace.Releases)+1, grace.Since) {
		if err != nil {
			return nil, fmt.Errorf("reading the packages that releases removed: %w", err)
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

func (t *Tree) listedIn(ctx context.Context, tx *db.Tx, p Publication, number int64, area string, candidates []catalog.NamedFile) (f catalog.NamedFile, found bool, err error) {
	releases, err := t.store.releases(ctx, tx, "publication_id = $1 AND number = $2", p.ID, number)
	if err != nil {
		return f, false, err
	}
	for _, r := range releases {
		if f, found, err = t.listedBy(ctx, tx, p, r, area, candidates); err != nil || found {
			return f, found, err
		}
	}
	return f, false, nil
}

// splitPool parses a path of the pool; ok is false if we never write such a path.
func splitPool(name string) (area, source string, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) < 5 {
		return "", "", false
	}
	source = parts[len(parts)-2]
	area = strings.Join(parts[1:len(parts)-3], "/")
	return area, source, deb.PoolDirectory(area, source)+"/"+parts[len(parts)-1] == name
}

func listed(candidates []catalog.NamedFile, s Source, component string, set bitset.Set) (catalog.NamedFile, bool) {
	for _, f := range candidates {
		if cmp.Or(s.Component, f.Component) == component && set.Contains(f.Member) {
			return f, true
		}
	}
	return catalog.NamedFile{}, false
}

// servedFile returns a package's file; lasting is set for a past time.
func servedFile(name string, f catalog.NamedFile, lasting bool) Served {
	return Served{
		Path: name, Size: f.Size, SHA256: f.SHA256, Modified: f.CreatedAt / 1e6, Lasting: lasting,
		Parts: []index.Part{{SHA256: f.SHA256, Size: f.Size}},
	}
}
