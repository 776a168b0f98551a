package publish

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

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
