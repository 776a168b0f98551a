package publish

import (
	"context"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// neighbour is another publication below the same prefix, whose pool is shared.
type neighbour struct {
	publication Publication
	components  map[string]bitset.Set
}

// poolFile is what stands at a path of the pool.
type poolFile struct {
	sha256 digest.SHA256
	name   string // of the package, for people
	where  string // the publication
}

// checkPool refuses packages whose files would stand at the same path of the
// prefix's pool with other content, in this publication or beside another. It
// looks at what no release was checked with yet, so its cost is the change's.
func (b *Builder) checkPool(ctx context.Context, tx *db.Tx, p Publication, now, before map[string]bitset.Set) error {
	neighbours, err := b.published(ctx, tx, "endpoint = $1 AND prefix = $2 AND dropped_at IS NULL AND id <> $3 AND head > 0", p.Endpoint, p.Prefix, p.ID)
	if err != nil {
		return err
	}
	alone := len(neighbours) == 0 && len(before) == 0
	var elsewhere []neighbour
	if alone { // what is right under another prefix is right here
		if elsewhere, err = b.published(ctx, tx, "dropped_at IS NULL AND id <> $1 AND head > 0 ORDER BY id DESC LIMIT $2", p.ID, maxBases); err != nil {
			return err
		}
	}
	both := append(neighbours, neighbour{p, now})
	for component, set := range now {
		fresh := leastBeyond(set, component, elsewhere).Minus(before[component])
		for _, n := range neighbours {
			fresh = fresh.Minus(n.components[component])
		}
		if err := b.checkComponent(ctx, tx, component, fresh, both); err != nil {
			return err
		}
	}
	return nil
}

// published gives publications with what they list.
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
			if found[i].components, err = b.components(ctx, tx, head.Sources); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// leastBeyond gives the members of a set that the publication which has the most
// of them in a component does not have there.
func leastBeyond(set bitset.Set, component string, among []neighbour) bitset.Set {
	least := set
	for _, n := range among {
		if beyond := set.Minus(n.components[component]); beyond.Len() < least.Len() {
			least = beyond
		}
	}
	return least
}

// checkComponent looks for what the fresh members of a component would stand
// upon: at their files' names one by one, or, if they are many, at the names that
// more than one file of the whole catalog has.
func (b *Builder) checkComponent(ctx context.Context, tx *db.Tx, component string, fresh bitset.Set, neighbours []neighbour) error {
	if fresh.Len() > checkBatch {
		names, err := b.Store.catalog.SharedFileNames(ctx, tx)
		if err != nil {
			return err
		}
		return b.checkNames(ctx, tx, component, names, neighbours)
	}
	names, err := b.Store.catalog.FileNames(ctx, tx, fresh)
	if err != nil {
		return err
	}
	return b.checkNames(ctx, tx, component, names, neighbours)
}

func (b *Builder) checkNames(ctx context.Context, tx *db.Tx, component string, names []string, neighbours []neighbour) error {
	at := map[string]poolFile{}
	for f, err := range b.Store.catalog.FilesNamed(ctx, tx, names) {
		if err != nil {
			return err
		}
		path := poolPath(component, f)
		for _, n := range neighbours {
			if !n.components[component].Contains(f.Member) {
				continue
			}
			mine := poolFile{f.SHA256, fmt.Sprintf("%s %s %s", f.Package, f.Version, f.Architecture), n.publication.Ref()}
			if other, taken := at[path]; taken && other.sha256 != mine.sha256 {
				return problem.New(problem.Conflict, "%s would have two contents: that of %s in %s and that of %s in %s",
					path, other.name, other.where, mine.name, mine.where).
					WithHint("remove one of the two from its source, or publish under another prefix or component; to replace a package that several publications list, remove it, publish them all, and then add the new one")
			}
			at[path] = mine
		}
	}
	return nil
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

// checkBatch is how many members are checked, or rows stored, one by one.
const checkBatch = 2000
