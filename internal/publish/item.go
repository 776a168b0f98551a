package publish

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// items adds the sources' index items (see catalog.Index) for the release's
// architectures: each stands below its component's folder as it came, and Release
// lists it. Two sources of a component with other bytes under one name are a
// conflict.
func (b *Builder) items(ctx context.Context, tx *db.Tx, architectures []string, out *Built) error {
	every, err := b.Store.catalog.OfType(ctx, tx, catalog.Index)
	if err != nil || every.IsEmpty() {
		return err
	}
	sets, err := b.members(ctx, tx, out.input.Sources)
	if err != nil {
		return err
	}
	taken := make(map[string]digest.SHA256, len(out.Files))
	for _, f := range out.Files {
		taken[f.Path] = f.SHA256
	}
	for _, component := range components(sets) {
		if err := b.itemsOf(ctx, tx, component, sets[component].Intersect(every), architectures, taken, out); err != nil {
			return err
		}
	}
	return nil
}

func (b *Builder) itemsOf(ctx context.Context, tx *db.Tx, component string, set bitset.Set, architectures []string, taken map[string]digest.SHA256, out *Built) error {
	list, err := b.Store.catalog.Listings(ctx, tx, set)
	if err != nil {
		return err
	}
	for _, l := range list {
		if a := l.Package.Architecture; a != "all" && !slices.Contains(architectures, a) || len(l.Files) != 1 {
			continue
		}
		f := l.Files[0]
		path := "dists/" + out.input.Publication.Distribution + "/" + component + "/" + l.Package.Name
		if other, there := taken[path]; there {
			if other == f.SHA256 {
				continue
			}
			return problem.New(problem.Conflict, "two files are to stand at %s", path).In("sources").
				WithHint("give one of the sources a component of its own, or mirror it without AppStream and the installer")
		}
		taken[path] = f.SHA256
		sums, err := b.itemSums(ctx, out.input, path, f)
		if err != nil {
			return err
		}
		out.Files = append(out.Files, File{Path: path, Size: f.Size, SHA256: f.SHA256, Sums: sums})
	}
	return nil
}

// itemSums gives the sums that Release is to list. It reads the file only where
// others than SHA-256 are wanted and the release before does not tell them.
func (b *Builder) itemSums(ctx context.Context, in Input, path string, f catalog.File) (digest.Sums, error) {
	kinds := in.Publication.Options.Sums.kinds()
	if kinds == (digest.Kinds{}) {
		return digest.Sums{SHA256: f.SHA256.String()}, nil
	}
	if before := in.Previous; before != nil && before.Options.Sums == in.Publication.Options.Sums {
		if same, there := before.file(path); there && same.SHA256 == f.SHA256 {
			return same.Sums, nil
		}
	}
	r, err := b.Pool.Open(ctx, f.SHA256)
	if err != nil {
		return digest.Sums{}, fmt.Errorf("reading %s: %w", path, err)
	}
	defer r.Close()
	h := digest.NewHasher(kinds)
	if _, err := io.Copy(h, blob.WithContext(ctx, r)); err != nil {
		return digest.Sums{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return measureOf(h).sums, nil
}
