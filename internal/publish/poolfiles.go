package publish

import (
	"context"
	"iter"
	"path"
	"slices"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// Packed is a set of members in one area of the pool: see [Options].
type Packed struct {
	Area    string
	Members bitset.Set
	taken   map[string]takeover // by path, the newest
	owner   int64               // the publication
	// elsewhere are the files that have only a path of their own.
	elsewhere map[digest.SHA256]bool
}

// Part returns p with only some of its members.
func (p Packed) Part(members bitset.Set) Packed {
	p.Members = members
	return p
}

// markElsewhere records the files with a path of their own, so that they do not appear at the usual
// path of their package too.
func (s *Store) markElsewhere(ctx context.Context, tx *db.Tx, placed bitset.Set, lists []Packed) error {
	if placed.IsEmpty() || len(lists) == 0 {
		return nil
	}
	elsewhere := map[digest.SHA256]bool{}
	for f, err := range s.catalog.FilesOf(ctx, tx, placed) {
		if err != nil {
			return err
		}
		elsewhere[f.SHA256] = true
	}
	for i := range lists {
		lists[i].elsewhere = elsewhere
	}
	return nil
}

// markTaken records the takeovers of paths of the pool.
func (s *Store) markTaken(ctx context.Context, tx *db.Tx, p Publication, lists []Packed) error {
	all, err := s.takeovers(ctx, tx, p.Endpoint, p.Prefix)
	if err != nil || len(all) == 0 {
		return err
	}
	newest := map[string]takeover{}
	for _, t := range slices.Backward(all) {
		newest[t.path] = t
	}
	for i := range lists {
		lists[i].taken, lists[i].owner = newest, p.ID
	}
	return nil
}

// PoolFiles returns the files of packages, with their paths below the prefix, except paths that
// another publication has taken over.
func (s *Store) PoolFiles(ctx context.Context, tx *db.Tx, list Packed) iter.Seq2[Served, error] {
	return func(yield func(Served, error) bool) {
		for f, err := range s.catalog.FilesOf(ctx, tx, list.Members) {
			if list.Area != ownPaths && list.elsewhere[f.SHA256] {
				continue
			}
			served := servedFile(poolPath(list.Area, f), f, false)
			if t, taken := list.taken[served.Path]; taken && err == nil {
				if t.publication != list.owner {
					continue
				}
				served.Modified = max(served.Modified, t.modified)
			}
			if !yield(served, err) || err != nil {
				return
			}
		}
	}
}

func poolPath(area string, f catalog.NamedFile) string {
	if area == ownPaths {
		return path.Join(f.Source, f.Name)
	}
	return deb.PoolDirectory(area, f.Source) + "/" + f.Name
}
