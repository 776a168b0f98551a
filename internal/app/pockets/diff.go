package pockets

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// PocketArea is a component and architecture of a pocket: its packages, or the changes of a pull.
// Packages for all architectures belong to the area of each.
type PocketArea struct {
	Component    string                       `json:"component"`
	Architecture string                       `json:"architecture" doc:"source for sources"`
	Packages     []collections.PackageVersion `json:"packages,omitempty"`
	Add          []collections.PackageVersion `json:"add,omitempty"`
	Update       []PackageUpdate              `json:"update,omitempty"`
	Delete       []collections.PackageVersion `json:"delete,omitempty"`
}

// PackageUpdate is a package of which another version, higher or lower, replaces one.
type PackageUpdate struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// ListPackages returns the packages of a pocket by area, without empty areas.
func (s *Service) ListPackages(ctx context.Context, path Path) ([]PocketArea, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]PocketArea, error) {
		at, err := s.Visible(ctx, tx, path)
		if err != nil {
			return nil, err
		}
		set, err := s.shownNow(ctx, tx, at.Pocket)
		if err != nil {
			return nil, err
		}
		return s.listAreas(ctx, tx, at.Pocket, set)
	})
}

func (s *Service) listAreas(ctx context.Context, tx *db.Tx, p pocket.Pocket, set bitset.Set) ([]PocketArea, error) {
	joined, err := s.joinsComponents(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	summaries, err := s.k.Catalog.Summaries(ctx, tx, set)
	if err != nil {
		return nil, err
	}
	areas := newAreas(p, joined)
	for _, p := range summaries {
		for _, area := range areas.of(p.Component, p.Architecture) {
			area.Packages = append(area.Packages, collections.PackageVersion{Name: p.Name, Version: p.Version})
		}
	}
	return areas.filled(), nil
}

// Diff returns the changes of a pull by area, without unchanged areas.
func (s *Service) Diff(ctx context.Context, path Path) ([]PocketArea, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]PocketArea, error) {
		at, err := s.Visible(ctx, tx, path)
		if err != nil {
			return nil, err
		}
		if err := at.Pocket.Needs(pocket.Pull); err != nil {
			return nil, err
		}
		before, err := s.shownNow(ctx, tx, at.Pocket)
		if err != nil {
			return nil, err
		}
		after, err := s.pullable(ctx, tx, at)
		if err != nil {
			return nil, err
		}
		return s.diffAreas(ctx, tx, at.Pocket, before, after)
	})
}

// diffAreas compares two sets area by area.
func (s *Service) diffAreas(ctx context.Context, tx *db.Tx, p pocket.Pocket, before, after bitset.Set) ([]PocketArea, error) {
	joined, err := s.joinsComponents(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	changes, err := s.k.Catalog.Diff(ctx, tx, before, after)
	if err != nil {
		return nil, err
	}
	areas := newAreas(p, joined)
	for _, d := range changes {
		for _, area := range areas.of(d.Component, d.Architecture) {
			area.change(d)
		}
	}
	return areas.filled(), nil
}

// change adds the change of a package. Removed and added versions make pairs of updates; the rest
// are deletions or additions.
func (area *PocketArea) change(d catalog.Difference) {
	gone := slices.DeleteFunc(slices.Clone(d.Before), func(v string) bool { return slices.Contains(d.After, v) })
	come := slices.DeleteFunc(slices.Clone(d.After), func(v string) bool { return slices.Contains(d.Before, v) })
	pairs := min(len(gone), len(come))
	for i := range pairs {
		area.Update = append(area.Update, PackageUpdate{d.Name, gone[i], come[i]})
	}
	for _, v := range gone[pairs:] {
		area.Delete = append(area.Delete, collections.PackageVersion{Name: d.Name, Version: v})
	}
	for _, v := range come[pairs:] {
		area.Add = append(area.Add, collections.PackageVersion{Name: d.Name, Version: v})
	}
}

// shownNow returns the packages that the suite of a pocket lists.
func (s *Service) shownNow(ctx context.Context, tx *db.Tx, p pocket.Pocket) (bitset.Set, error) {
	joined, err := s.joinsComponents(ctx, tx, p)
	if err != nil {
		return bitset.Set{}, err
	}
	_, set, err := s.k.Catalog.Current(ctx, tx, p.Collection)
	if err != nil {
		return bitset.Set{}, err
	}
	return p.Shown(ctx, tx, s.k.Catalog, set, joined)
}

// pullable returns the packages that a pocket would have after a pull.
func (s *Service) pullable(ctx context.Context, tx *db.Tx, at pocket.Located) (bitset.Set, error) {
	origin, err := s.pocket.In(ctx, tx, at.Distribution, at.Pocket.Origin(at.Distribution.Name))
	if err != nil {
		return bitset.Set{}, problem.Because(fmt.Errorf("the origin of the pocket %s: %w", at.Path(), err), pocket.Unknown)
	}
	joined, err := s.joinsComponents(ctx, tx, at.Pocket)
	if err != nil {
		return bitset.Set{}, err
	}
	_, set, err := s.k.Catalog.Current(ctx, tx, origin.Pocket.Collection)
	if err != nil {
		return bitset.Set{}, err
	}
	return at.Pocket.Pulled(ctx, tx, s.k.Catalog, set, joined)
}

// joinsComponents reports whether the suite of a pocket lists all packages in one component,
// because they come from a flat upstream.
func (s *Service) joinsComponents(ctx context.Context, tx *db.Tx, p pocket.Pocket) (bool, error) {
	publication, err := s.publish.ByID(ctx, tx, p.Publication)
	return err == nil && publication.Sources[0].Component != "", err
}

// areas are the areas of a pocket.
type areas struct {
	joined string // the component of all packages; empty: each has its own
	list   []PocketArea
}

func newAreas(p pocket.Pocket, joined bool) *areas {
	all := &areas{}
	if joined {
		all.joined = p.Components[0]
	}
	for _, component := range p.Components {
		for _, architecture := range p.Architectures {
			all.list = append(all.list, PocketArea{Component: component, Architecture: architecture})
		}
	}
	slices.SortFunc(all.list, func(x, y PocketArea) int {
		return cmp.Or(cmp.Compare(x.Component, y.Component), cmp.Compare(x.Architecture, y.Architecture))
	})
	return all
}

// of returns the areas of a package.
func (all *areas) of(component, architecture string) (found []*PocketArea) {
	if all.joined != "" {
		component = all.joined
	}
	for i := range all.list {
		area := &all.list[i]
		forIt := area.Architecture == architecture || architecture == "all" && area.Architecture != "source"
		if area.Component == component && forIt {
			found = append(found, area)
		}
	}
	return found
}

// filled returns the areas that are not empty.
func (all *areas) filled() []PocketArea {
	return slices.DeleteFunc(all.list, func(area PocketArea) bool {
		return len(area.Packages)+len(area.Add)+len(area.Update)+len(area.Delete) == 0
	})
}
