package publish

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// components returns the packages of each component, by its published name: of the chosen
// components, even without packages, or else of all components with packages.
func (b *Builder) components(ctx context.Context, tx *db.Tx, sources []Source, chosen []string) (map[string]bitset.Set, error) {
	sets, err := b.members(ctx, tx, sources)
	if err != nil {
		return nil, err
	}
	for c, set := range sets {
		if sets[c], err = b.Store.catalog.PackagesOf(ctx, tx, set); err != nil {
			return nil, err
		}
	}
	return only(sets, chosen), nil
}

// only returns the chosen components, even if empty, or all if none is chosen.
func only(sets map[string]bitset.Set, chosen []string) map[string]bitset.Set {
	if len(chosen) == 0 {
		return sets
	}
	these := make(map[string]bitset.Set, len(chosen))
	for _, c := range chosen {
		these[c] = sets[c]
	}
	return these
}

// members returns all members of each component, items included.
func (b *Builder) members(ctx context.Context, tx *db.Tx, sources []Source) (map[string]bitset.Set, error) {
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

// ofSuites returns the members that are in no component, except from sources that are published as
// one component: an item of a whole suite does not describe it.
func (b *Builder) ofSuites(ctx context.Context, tx *db.Tx, sources []Source) (of bitset.Set, err error) {
	for _, s := range sources {
		if s.Component != "" {
			continue
		}
		set, err := b.Store.catalog.Set(ctx, tx, s.View())
		if err != nil {
			return of, err
		}
		sets, err := b.members(ctx, tx, []Source{s})
		if err != nil {
			return of, err
		}
		of = of.Union(set.Minus(all(sets)))
	}
	return of, nil
}

// components returns the names of components as archives list them: main first.
func components(sets map[string]bitset.Set) []string {
	names := slices.Collect(maps.Keys(sets))
	if len(names) == 0 {
		names = append(names, "main") // apt can read an empty archive too
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

// removed returns the members that some area of the pool has no more.
func removed(before, now map[string]bitset.Set) (gone bitset.Set) {
	for area, set := range before {
		gone = gone.Union(set.Minus(now[area]))
	}
	return gone
}

// Root is the prefix of publications at the root of an endpoint.
const Root = "."

// BelowPrefix returns the path of a file of a tree, such as dists/stable/Release,
// below the root of the endpoint.
func BelowPrefix(prefix, path string) string {
	if prefix == Root {
		return path
	}
	return prefix + "/" + path
}

// area returns the folder below pool/ that has a component's packages: COMPONENT, which all
// publications of the prefix share; or with MultiDist DISTRIBUTION/COMPONENT, whose files may
// differ from other distributions' files of the same name.
func (o Options) area(distribution, component string) string {
	if o.MultiDist {
		return distribution + "/" + component
	}
	return component
}

func (o Options) componentOf(distribution, area string) (component string, ok bool) {
	if o.MultiDist {
		return strings.CutPrefix(area, distribution+"/")
	}
	return area, true
}

// areas returns the members of each area, from those of each component.
func (o Options) areas(distribution string, components map[string]bitset.Set) map[string]bitset.Set {
	sets := make(map[string]bitset.Set, len(components))
	for c, set := range components {
		sets[o.area(distribution, c)] = set
	}
	return sets
}

// ownPaths is the area of files at their upstream's paths, anywhere below the prefix: the files of
// members of the type catalog.Placed.
const ownPaths = ""

func (b *Builder) areas(ctx context.Context, tx *db.Tx, p Publication, r Release) (map[string]bitset.Set, error) {
	sets, err := b.components(ctx, tx, r.Sources, r.Options.Components)
	if err != nil || !r.Options.Verbatim {
		return r.Options.areas(p.Distribution, sets), err
	}
	every, err := b.Store.catalog.OfType(ctx, tx, catalog.Placed)
	if err != nil {
		return nil, err
	}
	of, err := b.ofSuites(ctx, tx, r.Sources)
	areas := r.Options.areas(p.Distribution, sets)
	if placed := of.Intersect(every); !placed.IsEmpty() {
		areas[ownPaths] = placed
	}
	return areas, err
}
