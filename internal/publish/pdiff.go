package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// MaxPatches is the number of generations from which a publication can offer patches. Patches are
// served as long as the publication's history is kept, like files by hash.
const MaxPatches = 100

// generations returns the last different states of an index, oldest first, without
// the current one.
func (s *Store) generations(ctx context.Context, tx *db.Tx, publication int64, path string, now digest.SHA256, limit int) ([]index.Generation, error) {
	rows, err := db.All(ctx, tx, func(row db.Scanner) (g index.Generation, err error) {
		err = row.Scan(&g.Table, &g.Size, &g.SHA256)
		return g, err
	}, `SELECT chunk_table, size, sha256 FROM release_file WHERE publication_id = $1 AND path = $2 AND chunk_table IS NOT NULL
		ORDER BY since DESC LIMIT $3`, publication, path, 2*limit+1)
	if err != nil {
		return nil, fmt.Errorf("reading the history of %s: %w", path, err)
	}
	seen := map[digest.SHA256]bool{now: true}
	var list []index.Generation
	for _, g := range rows {
		if !seen[g.SHA256] && len(list) < limit {
			list = append([]index.Generation{g}, list...)
		}
		seen[g.SHA256] = true
	}
	return list, nil
}

// patches adds Packages.diff/ to a built or reused index.
func (b *Builder) patches(ctx context.Context, tx *db.Tx, p index.Plan, out *Built) error {
	limit := out.input.Publication.Options.Patches
	if limit == 0 || !p.Patched {
		return nil
	}
	plain := out.Files[slices.IndexFunc(out.Files, func(f File) bool { return f.Path == p.Path })]
	if kept := keptPatches(out.input, p.Path, plain); kept != nil {
		out.Files = append(out.Files, kept...)
		return nil
	}
	history, err := b.Store.generations(ctx, tx, out.input.Publication.ID, p.Path, plain.SHA256, limit)
	if err != nil || len(history) == 0 {
		return err
	}
	var now index.Table
	if made := out.indexes[p.Path]; made != nil {
		now = made.Table
	} else {
		now = p.Unchanged().Table
	}
	list := index.NewPatches(b.Pool, now, index.Generation{Size: plain.Size, SHA256: plain.SHA256})
	for _, g := range history {
		name, patch, err := list.Add(ctx, tx, g)
		if err != nil {
			return err
		}
		if name == "" {
			continue
		}
		if err := b.small(ctx, out, p.Path+".diff/"+name, patch); err != nil {
			return err
		}
	}
	text := list.Index()
	if text == nil {
		return nil
	}
	return b.small(ctx, out, p.Path+".diff/Index", text)
}

// keptPatches returns the patches of the previous release, if they lead to the same state of the
// index and the options want the same patches.
func keptPatches(in Input, path string, plain File) (kept []File) {
	prev := in.Previous
	if prev == nil || in.Rebuild || prev.Options.Patches != in.Publication.Options.Patches || prev.Options.Sums != in.Publication.Options.Sums {
		return nil
	}
	if was, found := prev.file(path); !found || was.SHA256 != plain.SHA256 {
		return nil
	}
	for _, f := range prev.Files {
		if strings.HasPrefix(f.Path, path+".diff/") {
			kept = append(kept, f)
		}
	}
	return kept
}
