package pocket

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// Shown returns the packages of a set that the suite of a pocket lists: those of its components,
// architectures and types of packages. joined means that the suite lists all packages in one
// component, as for a flat upstream; then their own components do not count.
func (s Settings) Shown(ctx context.Context, tx *db.Tx, c *catalog.Store, set bitset.Set, joined bool) (_ bitset.Set, err error) {
	if !joined {
		if set, err = ofAny(ctx, tx, set, s.Components, c.OfComponent); err != nil {
			return set, err
		}
	}
	architectures := s.Architectures
	if slices.ContainsFunc(architectures, func(name string) bool { return name != "source" }) {
		architectures = append([]string{"all"}, architectures...)
	}
	if set, err = ofAny(ctx, tx, set, architectures, c.OfArchitecture); err != nil {
		return set, err
	}
	if !s.UDebs {
		udebs, err := c.OfType(ctx, tx, catalog.UDeb)
		if err != nil {
			return set, err
		}
		set = set.Minus(udebs)
	}
	return c.PackagesOf(ctx, tx, set)
}

// Pulled returns the packages of the origin's set that a pull copies: those that [Settings.Shown]
// returns and the filters select.
func (s Settings) Pulled(ctx context.Context, tx *db.Tx, c *catalog.Store, origin bitset.Set, joined bool) (bitset.Set, error) {
	set, err := s.Shown(ctx, tx, c, origin, joined)
	if err != nil || s.Filter == NoFilter {
		return set, err
	}
	named, err := c.Called(ctx, tx, set, s.Filters)
	if s.Filter == Blocklist {
		named = set.Minus(named)
	}
	return named, err
}

// ofAny returns the members of a set that belong to one of the values.
func ofAny(ctx context.Context, tx *db.Tx, set bitset.Set, values []string, of func(context.Context, *db.Tx, string) (bitset.Set, error)) (union bitset.Set, err error) {
	for _, value := range values {
		members, err := of(ctx, tx, value)
		if err != nil {
			return union, err
		}
		union = union.Union(set.Intersect(members))
	}
	return union, nil
}
