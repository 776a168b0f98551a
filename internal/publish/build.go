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
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// Builder makes releases.
type Builder struct {
	Store *Store
	Pool  blob.Store
}

// Input is all that a release is made of.
type Input struct {
	Publication Publication
	Sources     []Source         // with their revisions
	Previous    *Release         // the newest release, or nil
	Rebuild     bool             // use nothing of the previous release
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
	Removed  bitset.Set // members that a component lists no more
	input    Input
	indexes  map[string]*built // by the path of the plain index, those that are new
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
	now, err := b.components(ctx, tx, in.Sources)
	if err != nil {
		return Built{}, err
	}
	before := map[string]bitset.Set{}
	if in.Previous != nil {
		if before, err = b.components(ctx, tx, in.Previous.Sources); err != nil {
			return Built{}, err
		}
	}
	for component := range now {
		if err := CheckComponent("sources", component); err != nil {
			return Built{}, err
		}
	}
	if err := b.checkPool(ctx, tx, in.Publication, now, before); err != nil {
		return Built{}, err
	}
	plans, architectures, err := b.indexes(ctx, tx, in, now, before)
	if err != nil {
		return Built{}, err
	}
	out := Built{input: in, Packages: all(now).Len(), Removed: removed(before, now), indexes: map[string]*built{}}
	for i, p := range plans {
		if in.Progress != nil {
			in.Progress(i, len(plans), p.path)
		}
		if err := b.index(ctx, tx, p, &out); err != nil {
			return Built{}, fmt.Errorf("building %s: %w", p.path, err)
		}
		if err := b.small(ctx, &out, p.releasePath, p.release); err != nil {
			return Built{}, err
		}
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

// components gives the members of each component, by its published name.
func (b *Builder) components(ctx context.Context, tx *db.Tx, sources []Source) (map[string]bitset.Set, error) {
	sets := map[string]bitset.Set{}
	for _, s := range sources {
		set, err := b.Store.catalog.Set(ctx, tx, s.View())
		if err != nil {
			return nil, err
		}
		if s.Component != "" {
			sets[s.Component] = sets[s.Component].Union(set)
			continue
		}
		own, err := b.Store.catalog.Components(ctx, tx, set)
		if err != nil {
			return nil, err
		}
		for _, c := range own {
			listed, err := b.Store.catalog.OfComponent(ctx, tx, c)
			if err != nil {
				return nil, err
			}
			sets[c] = sets[c].Union(set.Intersect(listed))
		}
	}
	return sets, nil
}

// components sorts names of components as archives list them: main first.
func components(sets map[string]bitset.Set) []string {
	names := make([]string, 0, len(sets))
	for c := range sets {
		names = append(names, c)
	}
	if len(names) == 0 {
		names = append(names, "main") // an empty archive is still one that apt can read
	}
	slices.SortFunc(names, compareComponents)
	return names
}

// compareComponents puts main first and the others by name.
func compareComponents(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "main":
		return -1
	case b == "main":
		return 1
	}
	return strings.Compare(a, b)
}

func all(sets map[string]bitset.Set) (union bitset.Set) {
	for _, s := range sets {
		union = union.Union(s)
	}
	return union
}

// removed gives what some component lists no more.
func removed(before, now map[string]bitset.Set) (gone bitset.Set) {
	for component, set := range before {
		gone = gone.Union(set.Minus(now[component]))
	}
	return gone
}

// plan is an index to be built and the small Release file beside it.
type plan struct {
	index
	path        string // of the plain text
	releasePath string
	release     []byte
	oldFiles    []File // of the previous release: the plain text and its compressed forms
}

// indexes plans every index of the release, and tells its architectures.
func (b *Builder) indexes(ctx context.Context, tx *db.Tx, in Input, now, before map[string]bitset.Set) ([]plan, []string, error) {
	architectures, err := b.architectures(ctx, tx, in.Publication.Options, all(now))
	if err != nil {
		return nil, nil, err
	}
	facets, err := b.facets(ctx, tx, architectures)
	if err != nil {
		return nil, nil, err
	}
	hasSources := !all(now).Intersect(facets.source).IsEmpty()
	var plans []plan
	for _, c := range components(now) {
		add := func(kind catalog.Type, directory, architecture string, facet bitset.Set) error {
			p, err := b.plan(ctx, tx, in, c, kind, directory, architecture)
			p.set, p.oldSet = now[c].Intersect(facet), before[c].Intersect(facet)
			plans = append(plans, p)
			return err
		}
		for i, a := range architectures {
			if err := add(catalog.Deb, c+"/binary-"+a, a, facets.deb[i]); err != nil {
				return nil, nil, err
			}
			if now[c].Intersect(facets.udeb[i]).IsEmpty() {
				continue
			}
			if err := add(catalog.UDeb, c+"/debian-installer/binary-"+a, a, facets.udeb[i]); err != nil {
				return nil, nil, err
			}
		}
		if hasSources {
			if err := add(catalog.Source, c+"/source", "source", facets.source); err != nil {
				return nil, nil, err
			}
		}
	}
	return plans, architectures, nil
}

// facets are the members that may be listed in each kind of index.
type facets struct {
	deb, udeb []bitset.Set // for each architecture, those for all included
	source    bitset.Set
}

func (b *Builder) facets(ctx context.Context, tx *db.Tx, architectures []string) (f facets, err error) {
	c := b.Store.catalog
	deb, err := c.OfType(ctx, tx, catalog.Deb)
	if err != nil {
		return f, err
	}
	udeb, err := c.OfType(ctx, tx, catalog.UDeb)
	if err != nil {
		return f, err
	}
	if f.source, err = c.OfType(ctx, tx, catalog.Source); err != nil {
		return f, err
	}
	every, err := c.OfArchitecture(ctx, tx, "all")
	if err != nil {
		return f, err
	}
	for _, a := range architectures {
		own, err := c.OfArchitecture(ctx, tx, a)
		if err != nil {
			return f, err
		}
		own = own.Union(every)
		f.deb = append(f.deb, deb.Intersect(own))
		f.udeb = append(f.udeb, udeb.Intersect(own))
	}
	return f, nil
}

// architectures gives those that the release has indexes for. "all" is one when
// the options name it or there is no other: its packages are listed with every
// other.
func (b *Builder) architectures(ctx context.Context, tx *db.Tx, o Options, set bitset.Set) ([]string, error) {
	list := slices.Clone(o.Architectures)
	if len(list) == 0 {
		found, err := b.Store.catalog.Architectures(ctx, tx, set)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(found, func(a string) bool { return a == "source" })
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) == 0 {
		return []string{"all"}, nil
	}
	if len(o.Architectures) == 0 && len(list) > 1 {
		list = slices.DeleteFunc(list, func(a string) bool { return a == "all" })
	}
	return list, nil
}

// plan describes one index and finds what the previous release had in its place.
func (b *Builder) plan(ctx context.Context, tx *db.Tx, in Input, component string, kind catalog.Type, directory, architecture string) (plan, error) {
	name := "Packages"
	if kind == catalog.Source {
		name = "Sources"
	}
	base := "dists/" + in.Publication.Distribution + "/" + directory + "/"
	p := plan{path: base + name, releasePath: base + "Release", release: componentRelease(in.Publication, component, architecture)}
	p.kind = kind
	p.render = renderer{component: component, sums: in.Publication.Options.Sums, formats: in.Publication.Options.formats()}
	if in.Previous == nil || in.Rebuild {
		return p, nil
	}
	plain, found := in.Previous.file(p.path)
	if !found || plain.table == 0 {
		return p, nil
	}
	old, err := loadTable(ctx, tx, plain.table)
	if err != nil {
		return p, err
	}
	if old.render != p.render.fingerprint() {
		return p, nil
	}
	if p.resumes, err = loadCheckpoints(ctx, tx, in.Publication.ID, p.path, plain.table); err != nil {
		return p, err
	}
	p.old, p.oldFiles = &old, []File{plain}
	for _, f := range old.formats {
		if compressed, found := in.Previous.file(p.path + f.Suffix()); found {
			p.oldFiles = append(p.oldFiles, compressed)
		}
	}
	return p, nil
}

// index builds one index, or takes it over whole when its packages are the same.
func (b *Builder) index(ctx context.Context, tx *db.Tx, p plan, out *Built) error {
	if p.old != nil && p.set.Equal(p.oldSet) && len(p.oldFiles) == 1+len(p.render.formats) {
		out.Files = append(out.Files, p.oldFiles...)
		return nil
	}
	x := indexer{catalog: b.Store.catalog, pool: b.Pool, sums: out.input.Publication.Options.Sums.kinds()}
	made, err := x.build(ctx, tx, p.index)
	if err != nil {
		return err
	}
	out.indexes[p.path] = &made
	out.Files = append(out.Files, File{Path: p.path, Size: made.plain.size, SHA256: made.plain.name, Sums: made.plain.sums, Format: plainText, tablePath: p.path})
	for i, f := range made.formats {
		c := made.compressed[i]
		out.Files = append(out.Files, File{Path: p.path + f.Suffix(), Size: c.size, SHA256: c.name, Sums: c.sums, Format: string(f), tablePath: p.path})
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
