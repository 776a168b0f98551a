package publish

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// plan is an index to be built and where it is going to stand.
type plan struct {
	index
	path        string // of the plain text
	releasePath string // of the small Release file beside it; empty: none
	release     []byte
	patched     bool // patches lead to it, if the options want some
}

// indexes plans every index of the release, and tells its architectures.
func (b *Builder) indexes(ctx context.Context, tx *db.Tx, in Input, now map[string]bitset.Set) ([]plan, []string, error) {
	architectures, err := b.architectures(ctx, tx, in.Publication.Options, all(now))
	if err != nil {
		return nil, nil, err
	}
	facets, err := b.facets(ctx, tx, architectures)
	if err != nil {
		return nil, nil, err
	}
	hasSources := !all(now).Intersect(facets.source).IsEmpty()
	if chosen := in.Publication.Options.Architectures; len(chosen) > 0 {
		hasSources = slices.Contains(chosen, "source")
	}
	var plans []plan
	for _, c := range components(now) {
		var debs bitset.Set
		for i, a := range architectures {
			own := now[c].Intersect(facets.deb[i])
			debs = debs.Union(own)
			plans = append(plans, b.packages(in, c, "binary-"+a, a, catalog.Deb, own))
			if udebs := now[c].Intersect(facets.udeb[i]); !udebs.IsEmpty() {
				plans = append(plans, b.packages(in, c, "debian-installer/binary-"+a, a, catalog.UDeb, udebs))
			}
		}
		if in.Publication.Options.Translations && !debs.IsEmpty() {
			plans = append(plans, b.translation(in, c, debs))
		}
		if hasSources {
			plans = append(plans, b.packages(in, c, "source", "source", catalog.Source, now[c].Intersect(facets.source)))
		}
	}
	plans = append(plans, b.contents(in, now, architectures, facets)...)
	if in.Rebuild {
		return plans, architectures, nil
	}
	for i, p := range plans {
		if plans[i].old, err = b.Store.base(ctx, tx, in.Publication.ID, p.path, p.index); err != nil {
			return nil, nil, err
		}
	}
	return plans, architectures, nil
}

// packages plans a Packages or Sources index.
func (b *Builder) packages(in Input, component, directory, architecture string, kind catalog.Type, set bitset.Set) plan {
	name := "Packages"
	if kind == catalog.Source {
		name = "Sources"
	}
	o := in.Publication.Options
	base := "dists/" + in.Publication.Distribution + "/" + component + "/" + directory + "/"
	return plan{
		index: index{
			text: stanzas{b.Store.catalog, kind, renderer{component: component, area: o.area(in.Publication.Distribution, component), sums: o.Sums, short: o.Translations && kind == catalog.Deb}},
			sums: o.Sums, formats: o.formats(), set: set,
		},
		path: base + name, patched: true,
		releasePath: base + "Release", release: componentRelease(in.Publication, component, architecture),
	}
}

// translation plans the Translation-en index of a component.
func (b *Builder) translation(in Input, component string, set bitset.Set) plan {
	o := in.Publication.Options
	return plan{
		index: index{text: translation{b.Store.catalog, component}, sums: o.Sums, formats: o.formats(), set: set},
		path:  "dists/" + in.Publication.Distribution + "/" + component + "/i18n/Translation-en", patched: true,
	}
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
	if len(o.Architectures) > 0 {
		return binaryOnly(slices.Clone(o.Architectures)), nil
	}
	found, err := b.Store.catalog.Architectures(ctx, tx, set)
	if err != nil {
		return nil, err
	}
	list := binaryOnly(found)
	if len(list) == 0 {
		return []string{"all"}, nil
	}
	if len(list) > 1 {
		list = slices.DeleteFunc(list, func(a string) bool { return a == "all" })
	}
	return list, nil
}

// binaryOnly gives the architectures of binary packages among some, sorted and each
// once.
func binaryOnly(architectures []string) []string {
	list := slices.DeleteFunc(architectures, func(a string) bool { return a == "source" })
	slices.Sort(list)
	return slices.Compact(list)
}
