package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// neighbour is a publication below a prefix, whose pool is shared.
type neighbour struct {
	publication Publication
	areas       map[string]bitset.Set
}

// poolFile is a file at a path of the pool.
type poolFile struct {
	sha256 digest.SHA256
	name   string // of the package, for people
	where  string // the publication
}

// poolCheck searches packages of a publication whose files would have the same path of the prefix's
// pool as different files.
type poolCheck struct {
	store      *Store
	self       neighbour
	neighbours []neighbour // below the same prefix
	overwrite  bool
	taken      []string // paths where a neighbour has other content, if it is overwritten
}

// maxElsewhere bounds the compared publications of other prefixes, from the newest on.
const maxElsewhere = 32

// checkPool refuses packages whose files would have the same path of the prefix's pool as different
// files of this or another publication. With Overwrite it returns these paths, to take them over.
// It checks only members that no release was checked with, so its cost is proportional to the
// change.
func (b *Builder) checkPool(ctx context.Context, tx *db.Tx, in Input, now, before map[string]bitset.Set) (taken []string, err error) {
	p := in.Publication
	check := poolCheck{store: b.Store, self: neighbour{p, now}, overwrite: in.Overwrite}
	if check.neighbours, err = b.published(ctx, tx, "endpoint = $1 AND prefix = $2 AND dropped_at IS NULL AND id <> $3 AND head > 0", p.Endpoint, p.Prefix, p.ID); err != nil {
		return nil, err
	}
	overwritten, err := b.Store.takeovers(ctx, tx, p.Endpoint, p.Prefix)
	if err != nil {
		return nil, err
	}
	alone := len(check.neighbours) == 0 && len(before) == 0
	var elsewhere []neighbour
	if alone { // members without conflict under another prefix have none here
		if elsewhere, err = b.published(ctx, tx, "dropped_at IS NULL AND id <> $1 AND head > 0 ORDER BY id DESC LIMIT $2", p.ID, maxElsewhere); err != nil {
			return nil, err
		}
	}
	for area, set := range now {
		fresh := leastBeyond(set, area, elsewhere).Minus(before[area])
		for _, n := range check.neighbours {
			if len(overwritten) == 0 { // else a listed file may be overwritten
				fresh = fresh.Minus(n.areas[area])
			}
		}
		if err := check.area(ctx, tx, area, fresh); err != nil {
			return nil, err
		}
	}
	slices.Sort(check.taken)
	return slices.Compact(check.taken), nil
}

// published returns publications with their members.
func (b *Builder) published(ctx context.Context, tx *db.Tx, where string, args ...any) ([]neighbour, error) {
	list, err := b.Store.list(ctx, tx, where, args...)
	if err != nil {
		return nil, err
	}
	found := make([]neighbour, len(list))
	for i, p := range list {
		releases, err := b.Store.releases(ctx, tx, "publication_id = $1 AND number = $2", p.ID, p.Head)
		if err != nil {
			return nil, err
		}
		found[i].publication = p
		for _, head := range releases {
			if found[i].areas, err = b.areas(ctx, tx, p, head); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// leastBeyond returns the members of a set that are missing in an area of the publication that has
// the most of the set there.
func leastBeyond(set bitset.Set, area string, among []neighbour) bitset.Set {
	least := set
	for _, n := range among {
		if beyond := set.Minus(n.areas[area]); beyond.Len() < least.Len() {
			least = beyond
		}
	}
	return least
}

// area searches conflicts of the fresh members of an area: by the names of their files one by one,
// or, if they are many, by all names that several files of the catalog share.
func (c *poolCheck) area(ctx context.Context, tx *db.Tx, area string, fresh bitset.Set) error {
	var names []string
	var err error
	if fresh.Len() > checkBatch {
		names, err = c.store.catalog.SharedFileNames(ctx, tx)
	} else {
		names, err = c.store.catalog.FileNames(ctx, tx, fresh)
	}
	if err != nil {
		return err
	}
	at := map[string][]catalog.NamedFile{}
	for f, err := range c.store.catalog.FilesNamed(ctx, tx, names) {
		if err != nil {
			return err
		}
		path := poolPath(area, f)
		at[path] = append(at[path], f)
	}
	for path, files := range at {
		if err := c.path(area, path, files, fresh); err != nil {
			return err
		}
	}
	return nil
}

// path searches two different files with the same path.
func (c *poolCheck) path(area, path string, files []catalog.NamedFile, fresh bitset.Set) error {
	mine, theirs := listing(c.self, area, files), []poolFile(nil)
	comes := slices.ContainsFunc(files, func(f catalog.NamedFile) bool { return fresh.Contains(f.Member) })
	if len(mine) == 0 || !comes {
		return nil
	}
	for _, n := range c.neighbours {
		theirs = append(theirs, listing(n, area, files)...)
	}
	for _, other := range mine[1:] {
		if other.sha256 != mine[0].sha256 {
			return c.conflict(path, mine[0], other)
		}
	}
	for _, other := range theirs {
		switch {
		case other.sha256 == mine[0].sha256:
		case c.overwrite:
			c.taken = append(c.taken, path)
		default:
			return c.conflict(path, other, mine[0])
		}
	}
	return nil
}

// listing returns the files that a publication lists in an area.
func listing(n neighbour, area string, files []catalog.NamedFile) (list []poolFile) {
	for _, f := range files {
		if n.areas[area].Contains(f.Member) {
			list = append(list, poolFile{f.SHA256, fmt.Sprintf("%s %s %s", f.Package, f.Version, f.Architecture), n.publication.Ref()})
		}
	}
	return list
}

func (c *poolCheck) conflict(path string, a, b poolFile) error {
	return problem.New(problem.Conflict, "%s would have two contents (file already exists and is different): that of %s in %s and that of %s in %s",
		path, a.name, a.where, b.name, b.where).
		WithHint("remove one of the two from its source, publish under another prefix or component, or have a pool for each distribution (multi_dist); force_overwrite gives the path to the new one")
}

// checkPaths refuses files below dists/ that another publication of the prefix
// has: stable with a component updates/main and stable/updates with main.
func (b *Builder) checkPaths(ctx context.Context, tx *db.Tx, p Publication, files []File) error {
	mine := map[string]bool{}
	for _, f := range files {
		mine[f.Path] = true
	}
	others, err := b.Store.list(ctx, tx, "endpoint = $1 AND prefix = $2 AND dropped_at IS NULL AND id <> $3 AND head > 0", p.Endpoint, p.Prefix, p.ID)
	if err != nil {
		return err
	}
	for _, o := range others {
		if !strings.HasPrefix(o.Distribution+"/", p.Distribution+"/") && !strings.HasPrefix(p.Distribution+"/", o.Distribution+"/") {
			continue
		}
		theirs, err := b.Store.Files(ctx, tx, o.ID, o.Head)
		if err != nil {
			return err
		}
		for _, f := range theirs {
			if mine[f.Path] {
				return problem.New(problem.Conflict, "%s is published by %s already", f.Path, o.Ref()).In("distribution").
					WithHint("choose another distribution, prefix or component")
			}
		}
	}
	return nil
}

// checkBatch is the largest number of members to check, or rows to store, one by one.
const checkBatch = 2000
