package publish

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// Root is the prefix of what is published at the root of an endpoint itself.
const Root = "."

// BelowPrefix gives the path of a file of a tree, such as dists/stable/Release,
// below the root of the endpoint.
func BelowPrefix(prefix, path string) string {
	if prefix == Root {
		return path
	}
	return prefix + "/" + path
}

// An area is the part of a prefix's pool, below pool/, that a component's packages
// are in: that of its name, which all publications of the prefix share; or with
// MultiDist DISTRIBUTION/COMPONENT, in which files of the same name may differ from
// those of other distributions.
func (o Options) area(distribution, component string) string {
	if o.MultiDist {
		return distribution + "/" + component
	}
	return component
}

// componentOf tells the component whose area it is, if it is one of the
// distribution's.
func (o Options) componentOf(distribution, area string) (component string, ok bool) {
	if o.MultiDist {
		return strings.CutPrefix(area, distribution+"/")
	}
	return area, true
}

// areas gives the members of each area, from those of each component.
func (o Options) areas(distribution string, components map[string]bitset.Set) map[string]bitset.Set {
	sets := make(map[string]bitset.Set, len(components))
	for c, set := range components {
		sets[o.area(distribution, c)] = set
	}
	return sets
}

// ownPaths is the area of files that stand where their upstream has them, anywhere
// below the prefix: those of members of the type catalog.Placed.
const ownPaths = ""

// areas gives the members that a release of a publication has in each area.
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
