package publish

import (
	"context"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Contents says where a publication has Contents indexes, which tell apt-file(1)
// and its like the package of a file
// (https://wiki.debian.org/DebianRepository/Format).
type Contents string

// The places of Contents indexes.
const (
	NoContents          Contents = ""
	ContentsByComponent Contents = "component" // dists/SUITE/COMPONENT/Contents-ARCH, as Debian has them
	ContentsBySuite     Contents = "suite"     // dists/SUITE/Contents-ARCH, as Ubuntu has them
	ContentsByBoth      Contents = "both"
)

func (c Contents) check() error {
	switch c {
	case NoContents, ContentsByComponent, ContentsBySuite, ContentsByBoth:
		return nil
	}
	return problem.New(problem.Invalid, "%q is no place of Contents indexes", string(c)).In("contents").
		WithHint("choose component, suite or both, or nothing for none")
}

func (c Contents) byComponent() bool { return c == ContentsByComponent || c == ContentsByBoth }
func (c Contents) bySuite() bool     { return c == ContentsBySuite || c == ContentsByBoth }

// contents plans the Contents indexes of a release. They are compressed as gz
// whatever the options say, which is all that their readers are known to take.
func (b *Builder) contents(in Input, now map[string]bitset.Set, architectures []string, f facets) (plans []plan) {
	o := in.Publication.Options
	add := func(path string, kind catalog.Type, set bitset.Set) {
		text := &contents{catalog: b.Store.catalog, kind: kind, tempDir: b.TempDir}
		plans = append(plans, plan{
			index: index{text: text, sums: o.Sums, formats: []compress.Format{compress.Gzip}, set: set},
			path:  "dists/" + in.Publication.Distribution + "/" + path,
		})
	}
	for i, a := range architectures {
		if o.Contents.bySuite() {
			add("Contents-"+a, catalog.Deb, all(now).Intersect(f.deb[i]))
		}
		if !o.Contents.byComponent() {
			continue
		}
		for _, c := range components(now) {
			add(c+"/Contents-"+a, catalog.Deb, now[c].Intersect(f.deb[i]))
			if udebs := now[c].Intersect(f.udeb[i]); !udebs.IsEmpty() {
				add(c+"/Contents-udeb-"+a, catalog.UDeb, udebs)
			}
		}
	}
	return plans
}

// MissingFileLists gives the members whose lists of files must be stored in the
// catalog before the release can be built; none if it has no Contents indexes.
func (b *Builder) MissingFileLists(ctx context.Context, tx *db.Tx, in Input) (bitset.Set, error) {
	if in.Publication.Options.Contents == NoContents {
		return bitset.Set{}, nil
	}
	now, err := b.components(ctx, tx, in.Sources, in.Publication.Options.Components)
	if err != nil {
		return bitset.Set{}, err
	}
	architectures, err := b.architectures(ctx, tx, in.Publication.Options, all(now))
	if err != nil {
		return bitset.Set{}, err
	}
	f, err := b.facets(ctx, tx, architectures)
	if err != nil {
		return bitset.Set{}, err
	}
	var needed bitset.Set
	for _, p := range b.contents(in, now, architectures, f) {
		needed = needed.Union(p.set)
	}
	return b.Store.catalog.MissingFileLists(ctx, tx, needed)
}

// contents is the text of a Contents index: for each path the packages that have
// it. A position is a path.
type contents struct {
	catalog *catalog.Store
	kind    catalog.Type // of the members
	tempDir string       // for runs that are sorted; empty: os.TempDir
	changes []contentsChange
}

// contentsVersion counts changes of how lines are written and cut.
const contentsVersion = "1"

func (t *contents) fingerprint() string { return contentsVersion + " contents " + string(t.kind) }

// changed finds the lines that differ and keeps them for write. When they are so
// many that the text is better sorted anew it gives errFromNothing.
func (t *contents) changed(ctx context.Context, tx *db.Tx, was, now bitset.Set) ([]catalog.Position, error) {
	var err error
	if t.changes, err = t.compare(ctx, tx, was, now); err != nil {
		return nil, err
	}
	var positions []catalog.Position
	for i, c := range t.changes {
		if i == 0 || c.path != t.changes[i-1].path {
			positions = append(positions, catalog.Position{Name: c.path})
		}
	}
	return positions, nil
}

func (t *contents) write(ctx context.Context, tx *db.Tx, s stretch, give func(chunk, []byte) error) error {
	cut := contentsCutter{give: give}
	var err error
	if s.old == nil {
		err = t.sortAll(ctx, tx, s.set, &cut)
	} else {
		err = t.update(ctx, s, &cut)
	}
	if err != nil {
		return err
	}
	return cut.end()
}
