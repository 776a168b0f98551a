package publish

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

// Entry is a line of a directory page; the name of a directory ends in "/".
type Entry struct {
	Name     string
	Size     int64
	Modified int64 // seconds since 1970
}

// Prefixes returns the next path elements below at in the prefixes of an endpoint: for "", the
// first element of each. A prefix itself also has the directories of its tree.
func (s *Store) Prefixes(ctx context.Context, tx *db.Tx, endpoint, at string) ([]string, error) {
	all, err := db.All(ctx, tx, db.Value[string], `SELECT DISTINCT prefix FROM publication
		WHERE endpoint = $1 AND dropped_at IS NULL AND head > 0 ORDER BY prefix`, endpoint)
	if err != nil {
		return nil, fmt.Errorf("reading prefixes: %w", err)
	}
	var names []string
	for _, prefix := range all {
		if prefix == Root {
			prefix = ""
		}
		if prefix == at {
			names = append(names, "dists", "pool")
			continue
		}
		rest, below := strings.CutPrefix(prefix+"/", at+"/")
		if at == "" {
			rest, below = prefix+"/", true
		}
		if below && rest != "" {
			name, _, _ := strings.Cut(rest, "/")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// VerbatimAbove returns the longest prefix of a path that has a verbatim publication in an
// endpoint, or "".
func (s *Store) VerbatimAbove(ctx context.Context, tx *db.Tx, endpoint, at string) (longest string, err error) {
	all, err := db.All(ctx, tx, db.Value[string], `SELECT DISTINCT prefix FROM publication
		WHERE endpoint = $1 AND dropped_at IS NULL AND head > 0 AND options LIKE '%"verbatim":true%'`, endpoint)
	if err != nil {
		return "", fmt.Errorf("reading prefixes: %w", err)
	}
	for _, prefix := range all {
		is := prefix == Root || strings.HasPrefix(at, prefix+"/")
		if is && (longest == "" || longest == Root || prefix != Root && len(prefix) > len(longest)) {
			longest = prefix
		}
	}
	return longest, nil
}

// Directory lists a directory of a tree: "", "dists/…" or "pool/…". Any other path is
// problem.NotFound.
func (t *Tree) Directory(ctx context.Context, tx *db.Tx, name string) ([]Entry, error) {
	name = strings.Trim(name, "/")
	var found map[string]Entry
	var err error
	switch top, _, _ := strings.Cut(name, "/"); top {
	case "":
		if len(t.publications) == 0 {
			return nil, t.lack(name, notFound(name))
		}
		return []Entry{{Name: "dists/"}, {Name: "pool/"}}, nil
	case "dists":
		found, err = t.distsDirectory(ctx, tx, name)
	case "pool":
		found, err = t.poolDirectory(ctx, tx, name)
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, notFound(name + "/")
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Entry) int { return strings.Compare(a.Name, b.Name) }), nil
}

// below adds the entry of a directory that leads to a path.
func below(into map[string]Entry, directory string, e Entry) {
	rest, ok := strings.CutPrefix(e.Name, directory+"/")
	if !ok {
		return
	}
	if first, _, deeper := strings.Cut(rest, "/"); deeper {
		into[first+"/"] = Entry{Name: first + "/"}
	} else {
		e.Name = rest
		into[rest] = e
	}
}

func (t *Tree) distsDirectory(ctx context.Context, tx *db.Tx, name string) (map[string]Entry, error) {
	found := map[string]Entry{}
	for _, p := range t.publications {
		files, err := t.store.Files(ctx, tx, p.ID, p.release.Number)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			below(found, name, Entry{Name: f.Path, Size: f.Size, Modified: p.release.Modified})
			if hash := path.Dir(f.Path) + "/by-hash/SHA256/" + f.SHA256.String(); strings.Contains(name+"/", "/by-hash/") && !p.signed(f.Path) {
				below(found, name, Entry{Name: hash, Size: f.Size, Modified: p.release.Modified})
			}
		}
	}
	return found, nil
}

// poolDirectory lists pool/, pool/AREA/, pool/AREA/PREFIX/ or
// pool/AREA/PREFIX/SOURCE/. Only the last reads packages' files.
func (t *Tree) poolDirectory(ctx context.Context, tx *db.Tx, name string) (map[string]Entry, error) {
	found := map[string]Entry{}
	b := Builder{Store: t.store}
	for _, p := range t.publications {
		sets, err := b.areas(ctx, tx, p.Publication, p.release)
		if err != nil {
			return nil, err
		}
		for area, set := range sets {
			if area == ownPaths {
				if err := t.ownDirectory(ctx, tx, set, found, name); err != nil {
					return nil, err
				}
				continue
			}
			root := "pool/" + area
			if !strings.HasPrefix(name+"/", root+"/") {
				below(found, name, Entry{Name: root + "/"})
				continue
			}
			if err := t.areaDirectory(ctx, tx, area, set, strings.TrimPrefix(name, root), found, name); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// ownDirectory lists the files with paths of their own in a directory.
func (t *Tree) ownDirectory(ctx context.Context, tx *db.Tx, set bitset.Set, found map[string]Entry, name string) error {
	folders, err := t.store.catalog.Sources(ctx, tx, set, name)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if folder != name {
			below(found, name, Entry{Name: folder + "/"})
		}
	}
	files, err := t.store.catalog.FilesOfSource(ctx, tx, set, name)
	for _, f := range files {
		below(found, name, Entry{Name: path.Join(f.Source, f.Name), Size: f.Size, Modified: f.CreatedAt / 1e6})
	}
	return err
}

func (t *Tree) areaDirectory(ctx context.Context, tx *db.Tx, area string, set bitset.Set, rest string, found map[string]Entry, name string) error {
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	if len(parts) < 2 {
		sources, err := t.store.catalog.Sources(ctx, tx, set, parts[0])
		for _, source := range sources {
			below(found, name, Entry{Name: deb.PoolDirectory(area, source) + "/"})
		}
		return err
	}
	files, err := t.store.catalog.FilesOfSource(ctx, tx, set, parts[1])
	for _, f := range files {
		below(found, name, Entry{Name: deb.PoolDirectory(area, f.Source) + "/" + f.Name, Size: f.Size, Modified: f.CreatedAt / 1e6})
	}
	return err
}
