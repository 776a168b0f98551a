package pockets

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
)

// PocketArea is what a pocket has of a component for an architecture, or what a pull would
// change there. Packages for all architectures are in the area of each.
type PocketArea struct {
	Component    string                       `json:"component"`
	Architecture string                       `json:"architecture" doc:"source for sources"`
	Packages     []collections.PackageVersion `json:"packages,omitempty"`
	Add          []collections.PackageVersion `json:"add,omitempty"`
	Update       []PackageUpdate              `json:"update,omitempty"`
	Delete       []collections.PackageVersion `json:"delete,omitempty"`
}

// PackageUpdate is a package of which another version comes in the place of one, be it a
// lower one.
type PackageUpdate struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// PocketList lists what a pocket has, area by area; those that have nothing are left out.
func (s *Service) ListPackages(ctx context.Context, path PocketPath) ([]PocketArea, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]PocketArea, error) {
		at, err := s.PocketNamed(ctx, tx, path)
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

func (svc *Service) listAreas(ctx context.Context, tx *db.Tx, p pocket.Pocket, set bitset.Set) ([]PocketArea, error) {
	single, err := svc.single(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	summaries, err := svc.k.Catalog.Summaries(ctx, tx, set)
	if err != nil {
		return nil, err
	}
	areas := newAreas(p, single)
	for _, s := range summaries {
		for _, area := range areas.of(s.Component, s.Architecture) {
			area.Packages = append(area.Packages, collections.PackageVersion{Name: s.Name, Version: s.Version})
		}
	}
	return areas.filled(), nil
}

// PocketDiff tells what a pull would change, area by area; those in which nothing would
// change are left out.
func (s *Service) Diff(ctx context.Context, path PocketPath) ([]PocketArea, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]PocketArea, error) {
		at, err := s.PocketNamed(ctx, tx, path)
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
	single, err := s.single(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	changes, err := s.k.Catalog.Diff(ctx, tx, before, after)
	if err != nil {
		return nil, err
	}
	areas := newAreas(p, single)
	for _, d := range changes {
		for _, area := range areas.of(d.Component, d.Architecture) {
			area.change(d)
		}
	}
	return areas.filled(), nil
}

// change adds what became of a package: its versions that go and those that come are
// updates of each other, as far as there are as many.
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

// shownNow gives the packages that a pocket has and its suite shows.
func (s *Service) shownNow(ctx context.Context, tx *db.Tx, p pocket.Pocket) (bitset.Set, error) {
	c, err := s.k.Catalog.ByID(ctx, tx, p.Collection)
	if err != nil {
		return bitset.Set{}, err
	}
	set, err := s.k.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return bitset.Set{}, err
	}
	return s.shownIn(ctx, tx, set, p)
}

// areas are those of a pocket.
type areas struct {
	single string // the component in which all is shown; empty: each package's own
	list   []PocketArea
}

func newAreas(p pocket.Pocket, single bool) *areas {
	all := &areas{}
	if single {
		all.single = p.Components[0]
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

// of gives the areas in which a package is listed.
func (all *areas) of(component, architecture string) (found []*PocketArea) {
	if all.single != "" {
		component = all.single
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

// filled gives the areas in which there is something.
func (all *areas) filled() []PocketArea {
	return slices.DeleteFunc(all.list, func(area PocketArea) bool {
		return len(area.Packages)+len(area.Add)+len(area.Update)+len(area.Delete) == 0
	})
}
