package publish

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// items adds the sources' index items (see catalog.Index) for the release's architectures: each is
// unchanged below its component's folder, and Release lists it and its text. Different items of two
// sources with the same path are a conflict; files that the release itself builds stay.
func (b *Builder) items(ctx context.Context, tx *db.Tx, architectures []string, out *Built) error {
	every, err := b.Store.catalog.OfType(ctx, tx, catalog.Index)
	if err != nil || every.IsEmpty() {
		return err
	}
	sets, err := b.members(ctx, tx, out.input.Sources)
	if err != nil {
		return err
	}
	added := itemList{Builder: b, out: out, architectures: architectures, own: map[string]bool{}, taken: map[string]digest.SHA256{}}
	for _, f := range out.Files {
		added.own[textPath(f.Path)] = true
		if strings.HasSuffix(f.Path, "/source/Sources") {
			added.architectures = append(slices.Clone(added.architectures), "source")
		}
	}
	sets = only(sets, out.input.Publication.Options.Components)
	for _, component := range components(sets) {
		if err := added.addSet(ctx, tx, component, sets[component].Intersect(every)); err != nil {
			return err
		}
	}
	suite, err := b.ofSuites(ctx, tx, out.input.Sources)
	if err != nil {
		return err
	}
	return added.addSet(ctx, tx, "", suite.Intersect(every))
}

// textPath returns a path without its compression suffix.
func textPath(name string) string { return strings.TrimSuffix(name, compress.FormatOf(name).Suffix()) }

// itemList collects the items of one release.
type itemList struct {
	*Builder
	out           *Built
	architectures []string
	own           map[string]bool          // texts that the release itself builds
	taken         map[string]digest.SHA256 // the file at each path
}

func (i *itemList) addSet(ctx context.Context, tx *db.Tx, component string, set bitset.Set) error {
	list, err := i.Store.catalog.Listings(ctx, tx, set)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b catalog.Listed) int { return strings.Compare(a.Package.Name, b.Package.Name) })
	for _, l := range list {
		name := l.Package.Name
		if a := l.Package.Architecture; a != "all" && !slices.Contains(i.architectures, a) || len(l.Files) != 1 || leadsToIndex(name) {
			continue
		}
		if err := i.add(ctx, path.Join("dists", i.out.input.Publication.Distribution, component, name), &l.Package); err != nil {
			return err
		}
	}
	return nil
}

// leadsToIndex reports whether an item is an upstream's patch, which leads to an index other than
// ours.
func leadsToIndex(name string) bool { return strings.HasSuffix(path.Dir(name), ".diff") }

// add adds an item, and its uncompressed text if known.
func (i *itemList) add(ctx context.Context, at string, p *catalog.Package) error {
	text := textPath(at)
	if i.own[text] {
		return nil
	}
	f := p.Files[0]
	more, err := i.claim(at, f.SHA256)
	if err != nil || !more {
		return err
	}
	sums, err := i.itemSums(ctx, at, index.Packed{Blob: f.SHA256}, f.Size)
	if err != nil {
		return err
	}
	i.out.Files = append(i.out.Files, File{Path: at, Size: f.Size, SHA256: f.SHA256, Sums: sums})
	t, noted := p.Text()
	if !noted || text == at {
		return nil
	}
	if more, err = i.claim(text, t.SHA256); err != nil || !more {
		return err
	}
	from := index.Packed{Format: compress.FormatOf(at), Blob: f.SHA256}
	if sums, err = i.itemSums(ctx, text, from, t.Size); err != nil {
		return err
	}
	sums.SHA256 = t.SHA256.String()
	i.out.Files = append(i.out.Files, File{Path: text, Size: t.Size, SHA256: t.SHA256, Sums: sums, Format: from.String()})
	return nil
}

// claim records the file at a path, and reports whether the path was free.
func (i *itemList) claim(at string, bytes digest.SHA256) (fresh bool, err error) {
	other, there := i.taken[at]
	if there && other != bytes {
		return false, problem.New(problem.Conflict, "two sources have different files at %s", at).In("sources").
			WithHint("publish one of the sources in another component, or mirror it without that class of files")
	}
	i.taken[at] = bytes
	return !there, nil
}

// itemSums returns the sums for Release. It reads the file only if Release needs sums other than
// SHA-256 that the previous release does not list.
func (i *itemList) itemSums(ctx context.Context, at string, from index.Packed, size int64) (digest.Sums, error) {
	in := i.out.input
	kinds := in.Publication.Options.Sums.kinds()
	if kinds == (digest.Kinds{}) {
		return digest.Sums{SHA256: from.Blob.String()}, nil
	}
	if before := in.Previous; before != nil && before.Options.Sums == in.Publication.Options.Sums {
		if same, there := before.file(at); there && same.Format == from.String() && (from.Format != compress.None || same.SHA256 == from.Blob) {
			return same.Sums, nil
		}
	}
	r, err := from.Open(ctx, i.Pool, size)
	if err != nil {
		return digest.Sums{}, fmt.Errorf("reading %s: %w", at, err)
	}
	defer r.Close()
	h := digest.NewHasher(kinds)
	if _, err := io.Copy(h, blob.WithContext(ctx, r)); err != nil {
		return digest.Sums{}, fmt.Errorf("reading %s: %w", at, err)
	}
	return h.Sums(), nil
}
