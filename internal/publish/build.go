package publish

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// Builder builds releases.
type Builder struct {
	Store   *Store
	Pool    blob.Store
	TempDir string // for sorting outside memory; empty: os.TempDir
}

// Input is the complete input of a build.
type Input struct {
	Publication Publication
	Sources     []Source         // with their revisions
	Previous    *Release         // the newest release, or nil
	Rebuild     bool             // use nothing of the previous release
	Overwrite   bool             // take over paths of the pool at which other publications have other bytes
	At          time.Time        // Date of Release
	Signers     []openpgp.Signer // none: unsigned
	// Progress, if set, is called before each index is built.
	Progress func(done, total int, path string)
}

// Built is a release before its commit. Its blobs are in the pool, which must be flushed before the
// commit.
type Built struct {
	Files    []File     // every file below dists/, sorted by path
	Packages int        // of all views
	Removed  bitset.Set // members that some area of the pool has no more
	taken    []string   // paths of the pool that it takes over
	input    Input
	indexes  map[string]*index.Built // the new ones, by the path of the plain index
	adopted  map[string]*index.Base  // the reused ones of other publications, by the same
}

// Same reports whether the release lists exactly the same files as the previous one, so that its
// commit is needless.
func (b Built) Same() bool {
	p := b.input.Previous
	return p != nil && !b.input.Rebuild && sameViews(p.Sources, b.input.Sources) &&
		reflect.DeepEqual(p.Options, b.input.Publication.Options) && !p.ages(b.input.At)
}

func sameViews(a, b []Source) bool {
	return slices.EqualFunc(a, b, func(x, y Source) bool { return x.Component == y.Component && x.View() == y.View() })
}

// Build returns a release that is not visible yet. It only reads the catalog in the given
// transaction and writes blobs to the pool. The same input always has the same result, whatever was
// built before.
func (b *Builder) Build(ctx context.Context, tx *db.Tx, in Input) (Built, error) {
	if in.Publication.Options.Verbatim {
		return b.verbatim(ctx, tx, in)
	}
	now, err := b.components(ctx, tx, in.Sources, in.Publication.Options.Components)
	if err != nil {
		return Built{}, err
	}
	before := map[string]bitset.Set{}
	if in.Previous != nil {
		if before, err = b.areas(ctx, tx, in.Publication, *in.Previous); err != nil {
			return Built{}, err
		}
	}
	areas := in.Publication.Options.areas(in.Publication.Distribution, now)
	for component := range now {
		if err := CheckComponent("sources", component); err != nil {
			return Built{}, err
		}
	}
	taken, err := b.checkPool(ctx, tx, in, areas, before)
	if err != nil {
		return Built{}, err
	}
	plans, architectures, err := b.indexes(ctx, tx, in, now)
	if err != nil {
		return Built{}, err
	}
	out := Built{input: in, taken: taken, Packages: all(now).Len(), Removed: removed(before, areas), indexes: map[string]*index.Built{}, adopted: map[string]*index.Base{}}
	for i, p := range plans {
		plans[i] = index.Plan{} // its text remembers what changed
		if in.Progress != nil {
			in.Progress(i, len(plans), p.Path)
		}
		if err := b.index(ctx, tx, p, &out); err != nil {
			return Built{}, fmt.Errorf("building %s: %w", p.Path, err)
		}
		if err := b.patches(ctx, tx, p, &out); err != nil {
			return Built{}, fmt.Errorf("building the patches of %s: %w", p.Path, err)
		}
		if p.ReleasePath == "" {
			continue
		}
		if err := b.small(ctx, &out, p.ReleasePath, componentRelease(in.Publication, p.Component, p.Architecture)); err != nil {
			return Built{}, err
		}
	}
	if err := b.items(ctx, tx, architectures, &out); err != nil {
		return Built{}, err
	}
	if in.Progress != nil {
		in.Progress(len(plans), len(plans), "Release")
	}
	if err := b.sign(ctx, &out, releaseText(in, out.Files, components(now), architectures)); err != nil {
		return Built{}, err
	}
	slices.SortFunc(out.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out, b.checkPaths(ctx, tx, in.Publication, out.Files)
}

// index builds one index, or reuses an earlier one with the same content.
func (b *Builder) index(ctx context.Context, tx *db.Tx, p index.Plan, out *Built) (err error) {
	if same := p.Unchanged(); same != nil {
		files, err := filesOf(ctx, tx, same, p.Path)
		if err != nil {
			return err
		}
		if files != nil {
			out.Files = append(out.Files, files...)
			if same.Publication != out.input.Publication.ID || same.Path != p.Path {
				out.adopted[p.Path] = same
			}
			return nil
		}
	}
	made := out.like(p.Index)
	if made == nil {
		if made, err = index.Build(ctx, tx, b.Pool, p.Index); err != nil {
			return err
		}
	}
	out.indexes[p.Path] = made
	out.Files = append(out.Files, File{Path: p.Path, Size: made.Plain.Size, SHA256: made.Plain.SHA256, Sums: made.Plain.Sums, Format: index.Plain, tablePath: p.Path})
	for i, f := range made.Formats {
		c := made.Compressed[i]
		out.Files = append(out.Files, File{Path: p.Path + f.Suffix(), Size: c.Size, SHA256: c.SHA256, Sums: c.Sums, Format: string(f), tablePath: p.Path})
	}
	return nil
}

// filesOf returns the files of an index, moved to another path; none if its publication does not
// list it any more.
func filesOf(ctx context.Context, tx *db.Tx, b *index.Base, path string) ([]File, error) {
	files, err := db.All(ctx, tx, scanFile, "SELECT "+fileColumns+` FROM release_file
		WHERE publication_id = $1 AND until = $2 AND chunk_table = $3`, b.Publication, int64(current), b.ID)
	if err != nil {
		return nil, fmt.Errorf("looking up %s: %w", b.Path, err)
	}
	files = slices.DeleteFunc(files, func(f File) bool { return !strings.HasPrefix(f.Path, b.Path) })
	for i := range files {
		files[i].Path = path + strings.TrimPrefix(files[i].Path, b.Path)
	}
	if len(files) != 1+len(b.Formats) {
		return nil, nil
	}
	return files, nil
}

// like returns an index with the same content that was built for another path of the release:
// packages for all are listed for each architecture, and a suite may have only one component.
func (b *Built) like(in index.Index) *index.Built {
	for _, made := range b.indexes {
		if made.Is(in) {
			return made
		}
	}
	return nil
}

// small adds a file whose bytes are at hand.
func (b *Builder) small(ctx context.Context, out *Built, path string, data []byte) error {
	h := digest.NewHasher(out.input.Publication.Options.Sums.kinds())
	h.Write(data)
	name := h.SHA256()
	if _, err := blob.Put(ctx, b.Pool, bytes.NewReader(data), blob.Expect{SHA256: name, Size: h.Size()}); err != nil {
		return fmt.Errorf("storing %s: %w", path, err)
	}
	out.Files = append(out.Files, File{Path: path, Size: h.Size(), SHA256: name, Sums: h.Sums()})
	return nil
}

// sign adds Release and, with signers, its two signed forms.
func (b *Builder) sign(ctx context.Context, out *Built, text []byte) error {
	base := "dists/" + out.input.Publication.Distribution + "/"
	if err := b.small(ctx, out, base+"Release", text); err != nil {
		return err
	}
	signers := out.input.Signers
	if len(signers) == 0 {
		return nil
	}
	detached, err := openpgp.DetachSign(ctx, text, out.input.At, signers...)
	if err != nil {
		return fmt.Errorf("signing Release: %w", err)
	}
	if err := b.small(ctx, out, base+"Release.gpg", detached); err != nil {
		return err
	}
	clear, err := openpgp.ClearSign(ctx, text, out.input.At, signers...)
	if err != nil {
		return fmt.Errorf("signing InRelease: %w", err)
	}
	return b.small(ctx, out, base+"InRelease", clear)
}
