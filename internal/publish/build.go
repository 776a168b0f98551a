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
)

// Builder makes releases.
type Builder struct {
	Store   *Store
	Pool    blob.Store
	TempDir string // for what is sorted outside memory; empty: os.TempDir
}

// Input is all that a release is made of.
type Input struct {
	Publication Publication
	Sources     []Source         // with their revisions
	Previous    *Release         // the newest release, or nil
	Rebuild     bool             // use nothing of the previous release
	Overwrite   bool             // take over paths of the pool at which other publications have other bytes
	At          time.Time        // what Release says as its Date
	Signers     []openpgp.Signer // none: unsigned
	// Progress, when set, is told of each index before it is built.
	Progress func(done, total int, path string)
}

// Built is a release that nobody sees yet. Its blobs are in the pool, to be
// flushed before it is committed.
type Built struct {
	Files    []File     // every file below dists/, sorted by path
	Packages int        // listed in the views
	Removed  bitset.Set // members that an area of the pool has no more
	taken    []string   // paths of the pool that it takes over
	input    Input
	indexes  map[string]*built // by the path of the plain index, those that are new
	adopted  map[string]*base  // by the same, those that another publication has too
}

// Same tells whether the release lists exactly what the one before it does, so
// that nothing needs to be published.
func (b Built) Same() bool {
	p := b.input.Previous
	return p != nil && !b.input.Rebuild && sameViews(p.Sources, b.input.Sources) &&
		reflect.DeepEqual(p.Options, b.input.Publication.Options) && !p.ages(b.input.At)
}

func sameViews(a, b []Source) bool {
	return slices.EqualFunc(a, b, func(x, y Source) bool { return x.Component == y.Component && x.View() == y.View() })
}

// Build makes a release. It reads the catalog in the given transaction and
// writes blobs to the pool, and nothing else: the same input gives the same
// release, whatever was built before.
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
	out := Built{input: in, taken: taken, Packages: all(now).Len(), Removed: removed(before, areas), indexes: map[string]*built{}, adopted: map[string]*base{}}
	for i, p := range plans {
		plans[i] = plan{} // its text remembers what changed
		if in.Progress != nil {
			in.Progress(i, len(plans), p.path)
		}
		if err := b.index(ctx, tx, p, &out); err != nil {
			return Built{}, fmt.Errorf("building %s: %w", p.path, err)
		}
		if err := b.patches(ctx, tx, p, &out); err != nil {
			return Built{}, fmt.Errorf("building the patches of %s: %w", p.path, err)
		}
		if p.releasePath == "" {
			continue
		}
		if err := b.small(ctx, &out, p.releasePath, p.release); err != nil {
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

// index builds one index, or takes it over whole when it lists the same.
func (b *Builder) index(ctx context.Context, tx *db.Tx, p plan, out *Built) error {
	if p.old != nil && p.set.Equal(p.old.set) {
		files, err := p.old.files(ctx, tx, p.path)
		if err != nil {
			return err
		}
		if files != nil {
			out.Files = append(out.Files, files...)
			if p.old.publication != out.input.Publication.ID || p.old.path != p.path {
				out.adopted[p.path] = p.old
			}
			return nil
		}
	}
	made := out.like(p.index)
	if made == nil {
		x := indexer{pool: b.Pool}
		fresh, err := x.build(ctx, tx, p.index)
		if err != nil {
			return err
		}
		made = &fresh
	}
	out.indexes[p.path] = made
	out.Files = append(out.Files, File{Path: p.path, Size: made.plain.size, SHA256: made.plain.name, Sums: made.plain.sums, Format: plainText, tablePath: p.path})
	for i, f := range made.formats {
		c := made.compressed[i]
		out.Files = append(out.Files, File{Path: p.path + f.Suffix(), Size: c.size, SHA256: c.name, Sums: c.sums, Format: string(f), tablePath: p.path})
	}
	return nil
}

// like finds what was built for another path of the release and is the same: what
// is for all is listed for each architecture, what is in the only component for
// the suite.
func (b *Built) like(in index) *built {
	for _, made := range b.indexes {
		if made.render == in.fingerprint() && made.set.Equal(in.set) {
			return made
		}
	}
	return nil
}

// small adds a file whose bytes are at hand.
func (b *Builder) small(ctx context.Context, out *Built, path string, data []byte) error {
	h := digest.NewHasher(out.input.Publication.Options.Sums.kinds())
	h.Write(data)
	f := measureOf(h)
	if _, err := blob.Put(ctx, b.Pool, bytes.NewReader(data), blob.Expect{SHA256: f.name, Size: f.size}); err != nil {
		return fmt.Errorf("storing %s: %w", path, err)
	}
	out.Files = append(out.Files, File{Path: path, Size: f.size, SHA256: f.name, Sums: f.sums})
	return nil
}

// sign adds Release and, when there are signers, its two signed forms.
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
