package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Package is a package as a collection lists it.
type Package struct {
	Type         string `json:"type" enum:"deb,udeb,source"`
	Name         string `json:"name"`
	Version      string `json:"version"`
	Architecture string `json:"architecture"`
	Source       string `json:"source"`
	Component    string `json:"component"`
	Section      string `json:"section,omitempty"`
	Priority     string `json:"priority,omitempty"`
	Files        []File `json:"files"`
}

// File is one file of a package.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func showPackage(l catalog.Listed) Package {
	p := Package{
		Type: string(l.Type), Name: l.Package.Name, Version: l.Version, Architecture: l.Package.Architecture, Source: l.Source,
		Component: l.Component, Section: l.Section, Priority: l.Priority, Files: make([]File, len(l.Files)),
	}
	for i, f := range l.Files {
		p.Files[i] = File{f.Name, f.Size, f.SHA256.String()}
	}
	return p
}

// Terms choose packages of a collection; empty ones choose all.
type Terms struct {
	Name         string // a name or a glob
	Version      string
	Architecture string
	Type         string // deb, udeb or source
	Component    string
	Query        string // in the language of package query
}

// stored gives the terms that the catalog knows.
func (t Terms) stored() catalog.Terms {
	return catalog.Terms{Name: t.Name, Version: t.Version, Architecture: t.Architecture, Type: t.Type, Component: t.Component}
}

// Packages lists the packages of a collection, of a publication or of one of their
// past states, in
// the order of an index.
func (a *App) Packages(ctx context.Context, ref Ref, terms Terms, p Page) (List[Package], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Package]{}, err
	}
	if err := a.settle(ctx, ref); err != nil {
		return List[Package]{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (List[Package], error) {
		set, err := a.setOf(ctx, tx, &ref)
		if err != nil {
			return List[Package]{}, err
		}
		if set, err = a.match(ctx, tx, set, terms.Query); err != nil {
			return List[Package]{}, err
		}
		found, next, err := a.catalog.Search(ctx, tx, set, terms.stored(), p.After, p.limit())
		l := List[Package]{Items: make([]Package, len(found)), Next: next}
		for i := range found {
			l.Items[i] = showPackage(found[i])
		}
		return l, err
	})
}

// pageNumber reads the place of a page in a list that is ordered by number.
func pageNumber(p Page) (int64, error) {
	if p.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p.After, 10, 64)
	if err != nil || n < 0 {
		return 0, problem.New(problem.Invalid, "%q is not a place in this list", p.After).In("after").WithHint("give what next said")
	}
	return n, nil
}

// Change is one difference between two views: a package that came, went, or
// whose versions changed.
type Change struct {
	Name         string   `json:"name"`
	Architecture string   `json:"architecture"`
	Component    string   `json:"component"`
	Before       []string `json:"before" doc:"Versions on the left, oldest first"`
	After        []string `json:"after" doc:"Versions on the right, oldest first"`
}

// Diff compares two views. Its cost is that of the difference.
func (a *App) Diff(ctx context.Context, left, right Ref) ([]Change, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	if err := a.settle(ctx, left, right); err != nil {
		return nil, err
	}
	return read(ctx, a, func(tx *db.Tx) ([]Change, error) {
		var sets [2]bitset.Set
		for i, ref := range []Ref{left, right} {
			var err error
			if sets[i], err = a.setOf(ctx, tx, &ref); err != nil {
				return nil, err
			}
			if sets[i], err = a.catalog.PackagesOf(ctx, tx, sets[i]); err != nil {
				return nil, err
			}
		}
		found, err := a.catalog.Diff(ctx, tx, sets[0], sets[1])
		changes := make([]Change, len(found))
		for i, d := range found {
			changes[i] = Change{Name: d.Name, Architecture: d.Architecture, Component: d.Component, Before: orEmpty(d.Before), After: orEmpty(d.After)}
		}
		return changes, err
	})
}

// orEmpty makes JSON show a list where there is nothing.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Collection is a repo or a snapshot as callers see it.
type Collection struct {
	ID           string    `json:"id" doc:"The same for as long as it exists; no other ever has it"`
	Name         string    `json:"name"`
	Description  string    `json:"description,omitempty"`
	Component    string    `json:"component,omitempty" doc:"Where packages without another word are listed"`
	Distribution string    `json:"distribution,omitempty" doc:"What a publication of it may be called"`
	Revision     int64     `json:"revision"`
	Packages     int       `json:"packages"`
	CreatedAt    time.Time `json:"created_at"`
	Retention    Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`

	SourceKind string   `json:"source_kind,omitempty" doc:"What it was made from: mirror, repo or snapshot; empty if nothing, or things of several kinds"`
	Sources    []string `json:"sources,omitempty" doc:"What it was made from: mirror:NAME, repo:NAME or snapshot:NAME, also when dropped since"`

	Origin               string `json:"origin,omitempty" doc:"As the upstream's Release file has it, if all that it was made from agree"`
	NotAutomatic         bool   `json:"not_automatic,omitempty" doc:"Likewise"`
	ButAutomaticUpgrades bool   `json:"but_automatic_upgrades,omitempty" doc:"Likewise"`

	// OwnComponent is the component that a repo was given, if any.
	OwnComponent string `json:"-"`
}

func (a *App) showCollection(ctx context.Context, tx *db.Tx, c catalog.Collection) (Collection, error) {
	set, err := a.catalog.Set(ctx, tx, c.View())
	if err != nil {
		return Collection{}, err
	}
	if set, err = a.catalog.PackagesOf(ctx, tx, set); err != nil {
		return Collection{}, err
	}
	show := Collection{
		ID: number(c.ID), Name: c.Name, Description: c.Description, Component: c.Component, Distribution: c.Distribution,
		Revision: c.Head, Packages: set.Len(), CreatedAt: stamp(c.CreatedAt), Retention: c.Retention,
		Origin: c.Origin, NotAutomatic: c.NotAutomatic, ButAutomaticUpgrades: c.ButAutomaticUpgrades,
	}
	if c.Kind == catalog.Repo {
		show.Component, show.OwnComponent = componentOf(c), c.Component
	}
	sources, err := a.catalog.MadeOf(ctx, tx, c.ID)
	for _, s := range sources {
		show.Sources = append(show.Sources, s.Ref())
	}
	if len(sources) > 0 && !slices.ContainsFunc(sources, func(s catalog.Collection) bool { return s.Kind != sources[0].Kind }) {
		show.SourceKind = string(sources[0].Kind)
	}
	return show, err
}

func (a *App) collections(ctx context.Context, kind catalog.Kind, p Page) (List[Collection], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Collection]{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (List[Collection], error) {
		found, err := a.catalog.List(ctx, tx, kind, p.After, p.limit()+1)
		if err != nil {
			return List[Collection]{}, err
		}
		items := make([]Collection, len(found))
		for i, c := range found {
			if items[i], err = a.showCollection(ctx, tx, c); err != nil {
				return List[Collection]{}, err
			}
		}
		return pageOf(items, p.limit(), func(c Collection) string { return c.Name }), nil
	})
}

func (a *App) collection(ctx context.Context, kind catalog.Kind, name string) (Collection, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Collection{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (Collection, error) {
		c, err := a.catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return Collection{}, err
		}
		return a.showCollection(ctx, tx, c)
	})
}
