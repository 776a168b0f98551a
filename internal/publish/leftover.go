package publish

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// left is a path and, if it may be a link, its blob.
type left struct {
	path string
	blob any // its digest, or nil
}

// leaving returns the paths, each once, that the endpoint has and the release does not.
func (s *Store) leaving(ctx context.Context, tx *db.Tx, d Deployment) iter.Seq2[left, error] {
	return func(yield func(left, error) bool) {
		stays, seen := map[string]bool{}, map[string]bool{}
		for _, f := range d.To.Files {
			for _, name := range standingPaths(d.Publication, f) {
				stays[name] = true
			}
		}
		for _, name := range d.Withdrawn() {
			stays[name] = true // already returned
		}
		once := func(name string, blob any) bool {
			if stays[name] || seen[name] {
				return true
			}
			seen[name] = true
			return yield(left{name, blob}, nil)
		}
		for _, f := range d.replaced {
			var blob any // a joined file is no link
			if f.Format == "" {
				blob = f.SHA256
			}
			for _, name := range standingPaths(d.Publication, f) {
				if !once(name, blob) {
					return
				}
			}
		}
		for _, list := range d.gone {
			for f, err := range s.catalog.FilesOf(ctx, tx, list.Members) {
				if err != nil {
					yield(left{}, err)
					return
				}
				if !once(poolPath(list.Area, f), f.SHA256) {
					return
				}
			}
		}
	}
}

// standingPaths returns all paths that a file of a release may have.
func standingPaths(p Publication, f File) []string {
	if index.IsPatch(f.Path) || announces(p, f.Path) {
		return []string{f.Path}
	}
	return append(byHashPaths(f), f.Path)
}

// noteLeaving records the files of an endpoint that the deployed release does not have.
func (s *Store) noteLeaving(ctx context.Context, tx *db.Tx, d Deployment) error {
	at, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	var rows [][]any // reading goes before writing
	for l, err := range s.leaving(ctx, tx, d) {
		if err != nil {
			return err
		}
		rows = append(rows, []any{d.Publication.Endpoint, d.Publication.Prefix, l.path, d.Publication.ID, d.To.Number, at, l.blob})
	}
	for part := range slices.Chunk(rows, checkBatch) {
		if err := replaceLeftovers(ctx, tx, part); err != nil {
			return err
		}
	}
	return nil
}

// replaceLeftovers stores the last time at which files were left.
func replaceLeftovers(ctx context.Context, tx *db.Tx, rows [][]any) error {
	for _, r := range rows {
		if _, err := tx.Exec(ctx, "DELETE FROM leftover WHERE endpoint = $1 AND prefix = $2 AND path = $3 AND publication_id = $4", r[0], r[1], r[2], r[3]); err != nil {
			return fmt.Errorf("storing what a release left: %w", err)
		}
	}
	_, err := db.Bulk(ctx, tx, "leftover", []string{"endpoint", "prefix", "path", "publication_id", "release", "at", "sha256"}, slices.Values(rows))
	return problem.While(err, "storing what a release left")
}

// Leftover is a file of an earlier release that is still deployed.
type Leftover struct {
	Path        string // below the prefix
	Publication int64
	at          int64 // the last time at which it was left
}

// isOver selects leftovers that have no grace from their publication any more.
const isOver = "(l.at < $3 AND (p.dropped_at IS NOT NULL OR l.release <= p.head - $4))"

// Leftovers returns at most limit files of earlier releases below a prefix whose grace has ended,
// the oldest first. The unneeded paths among these have no grace from another publication, and no
// publication lists them, neither in its newest nor in its deployed release.
func (s *Store) Leftovers(ctx context.Context, tx *db.Tx, endpoint, prefix string, grace Grace, limit int) (due []Leftover, unneeded []string, err error) {
	due, err = db.All(ctx, tx, func(row db.Scanner) (l Leftover, err error) {
		err = row.Scan(&l.Path, &l.Publication, &l.at)
		return l, err
	}, `SELECT l.path, l.publication_id, l.at FROM leftover l JOIN publication p ON p.id = l.publication_id
		WHERE l.endpoint = $1 AND l.prefix = $2 AND `+isOver+`
		ORDER BY l.at LIMIT $5`, endpoint, prefix, grace.Since, int64(grace.Releases), int64(limit))
	if err != nil {
		return nil, nil, fmt.Errorf("looking up what earlier releases left: %w", err)
	}
	if len(due) == 0 {
		return nil, nil, nil
	}
	trees, err := s.standing(ctx, tx, endpoint, prefix)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, l := range due {
		if seen[l.Path] {
			continue
		}
		seen[l.Path] = true
		needed, err := s.hasGrace(ctx, tx, endpoint, prefix, l.Path, grace)
		for i := 0; i < len(trees) && err == nil && !needed; i++ {
			needed, err = trees[i].needs(ctx, tx, l.Path)
		}
		if err != nil {
			return nil, nil, err
		}
		if !needed {
			unneeded = append(unneeded, l.Path)
		}
	}
	return due, unneeded, nil
}

// hasGrace reports whether any publication grants grace to a leftover at a path.
func (s *Store) hasGrace(ctx context.Context, tx *db.Tx, endpoint, prefix, name string, grace Grace) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int], `SELECT count(*) FROM leftover l JOIN publication p ON p.id = l.publication_id
		WHERE l.endpoint = $1 AND l.prefix = $2 AND l.path = $5 AND NOT `+isOver, endpoint, prefix, grace.Since, int64(grace.Releases), name)
	return n > 0, problem.While(err, "looking up who left %s", name)
}

// standingTree is a tree with all paths of its files below dists/.
type standingTree struct {
	*Tree
	dists map[string]bool
}

// standing returns two trees of a prefix: of the newest releases, and of the deployed ones.
func (s *Store) standing(ctx context.Context, tx *db.Tx, endpoint, prefix string) ([]standingTree, error) {
	newest, err := s.Now(ctx, tx, endpoint, prefix)
	if err != nil {
		return nil, err
	}
	newest.past = true // recently removed files are recorded as leftovers
	there := &Tree{store: s, prefix: prefix, past: true}
	for _, p := range newest.publications {
		if err := there.place(ctx, tx, p.Publication, "publication_id = $1 AND number = (SELECT release FROM deployment WHERE publication_id = $1)", p.ID); err != nil {
			return nil, err
		}
	}
	trees := []standingTree{{newest, map[string]bool{}}, {there, map[string]bool{}}}
	for _, t := range trees {
		for _, p := range t.publications {
			files, err := s.Files(ctx, tx, p.ID, p.release.Number)
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				for _, name := range standingPaths(p.Publication, f) {
					t.dists[name] = true
				}
			}
		}
	}
	return trees, nil
}

// needs reports whether a release of the tree lists a path.
func (t standingTree) needs(ctx context.Context, tx *db.Tx, name string) (bool, error) {
	if !strings.HasPrefix(name, "pool/") {
		return t.dists[name], nil
	}
	_, err := t.pool(ctx, tx, name, Grace{})
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Forget deletes the records of leftovers that were deleted or are needed again, except files that
// were left again since the list was read.
func (s *Store) Forget(ctx context.Context, tx *db.Tx, endpoint, prefix string, list []Leftover) error {
	for _, l := range list {
		if _, err := tx.Exec(ctx, "DELETE FROM leftover WHERE endpoint = $1 AND prefix = $2 AND path = $3 AND publication_id = $4 AND at = $5",
			endpoint, prefix, l.Path, l.Publication, l.at); err != nil {
			return fmt.Errorf("storing what is left of earlier releases: %w", err)
		}
	}
	return nil
}

// NextLeftover returns the time of a prefix's oldest leftover; 0: none.
func (s *Store) NextLeftover(ctx context.Context, tx *db.Tx, endpoint, prefix string, after int64) (int64, error) {
	at, err := db.One(ctx, tx, db.Value[int64], "SELECT COALESCE(MIN(at), 0) FROM leftover WHERE endpoint = $1 AND prefix = $2 AND at >= $3", endpoint, prefix, after)
	return at, problem.While(err, "looking up what earlier releases left")
}
