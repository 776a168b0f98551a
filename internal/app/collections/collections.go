package collections

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
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

func ShowPackage(l catalog.Listed) Package {
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
func (t Terms) Stored() catalog.Terms {
	return catalog.Terms{Name: t.Name, Version: t.Version, Architecture: t.Architecture, Type: t.Type, Component: t.Component}
}

// Packages lists the packages of a collection, of a publication or of one of their
// past states, in
// the order of an index.
func (s *Service) Packages(ctx context.Context, ref Ref, terms Terms, p usecase.Page) (usecase.List[Package], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[Package]{}, err
	}
	if err := s.Settle(ctx, ref); err != nil {
		return usecase.List[Package]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Package], error) {
		set, err := s.SetOf(ctx, tx, &ref)
		if err != nil {
			return usecase.List[Package]{}, err
		}
		if set, err = s.Match(ctx, tx, set, terms.Query); err != nil {
			return usecase.List[Package]{}, err
		}
		found, next, err := s.k.Catalog.Search(ctx, tx, set, terms.Stored(), p.After, p.Size())
		l := usecase.List[Package]{Items: make([]Package, len(found)), Next: next}
		for i := range found {
			l.Items[i] = ShowPackage(found[i])
		}
		return l, err
	})
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
func (s *Service) Diff(ctx context.Context, left, right Ref) ([]Change, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	if err := s.Settle(ctx, left, right); err != nil {
		return nil, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) ([]Change, error) {
		var sets [2]bitset.Set
		for i, ref := range []Ref{left, right} {
			var err error
			if sets[i], err = s.SetOf(ctx, tx, &ref); err != nil {
				return nil, err
			}
			if sets[i], err = s.k.Catalog.PackagesOf(ctx, tx, sets[i]); err != nil {
				return nil, err
			}
		}
		found, err := s.k.Catalog.Diff(ctx, tx, sets[0], sets[1])
		changes := make([]Change, len(found))
		for i, d := range found {
			changes[i] = Change{Name: d.Name, Architecture: d.Architecture, Component: d.Component, Before: usecase.OrEmpty(d.Before), After: usecase.OrEmpty(d.After)}
		}
		return changes, err
	})
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

func (svc *Service) ShowCollection(ctx context.Context, tx *db.Tx, c catalog.Collection) (Collection, error) {
	set, err := svc.k.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return Collection{}, err
	}
	if set, err = svc.k.Catalog.PackagesOf(ctx, tx, set); err != nil {
		return Collection{}, err
	}
	show := Collection{
		ID: usecase.Number(c.ID), Name: c.Name, Description: c.Description, Component: c.Component, Distribution: c.Distribution,
		Revision: c.Head, Packages: set.Len(), CreatedAt: usecase.Stamp(c.CreatedAt), Retention: c.Retention,
		Origin: c.Origin, NotAutomatic: c.NotAutomatic, ButAutomaticUpgrades: c.ButAutomaticUpgrades,
	}
	if c.Kind == catalog.Repo {
		show.Component, show.OwnComponent = ComponentOf(c), c.Component
	}
	sources, err := svc.k.Catalog.MadeOf(ctx, tx, c.ID)
	for _, s := range sources {
		show.Sources = append(show.Sources, s.Ref())
	}
	if len(sources) > 0 && !slices.ContainsFunc(sources, func(s catalog.Collection) bool { return s.Kind != sources[0].Kind }) {
		show.SourceKind = string(sources[0].Kind)
	}
	return show, err
}

func (s *Service) Collections(ctx context.Context, kind catalog.Kind, p usecase.Page) (usecase.List[Collection], error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (usecase.List[Collection], error) {
		found, err := s.k.Catalog.List(ctx, tx, kind, p.After, p.Size()+1)
		if err != nil {
			return usecase.List[Collection]{}, err
		}
		items := make([]Collection, len(found))
		for i, c := range found {
			if items[i], err = s.ShowCollection(ctx, tx, c); err != nil {
				return usecase.List[Collection]{}, err
			}
		}
		return usecase.PageOf(items, p.Size(), func(c Collection) string { return c.Name }), nil
	})
}

func (s *Service) Collection(ctx context.Context, kind catalog.Kind, name string) (Collection, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Collection, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return Collection{}, err
		}
		return s.ShowCollection(ctx, tx, c)
	})
}

// componentOf is where a repo lists packages without another word.
func ComponentOf(repo catalog.Collection) string { return cmp.Or(repo.Component, "main") }
