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

// ShowPackage returns a package as callers see it.
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

// Terms select packages of a collection. Empty fields select all; a package must match every field.
type Terms struct {
	Name         string // a name or a glob
	Version      string
	Architecture string
	Type         string // deb, udeb or source
	Component    string
	Query        string // in the language of package query
}

// Stored returns the terms without the query, for [catalog.Store.Search].
func (t Terms) Stored() catalog.Terms {
	return catalog.Terms{Name: t.Name, Version: t.Version, Architecture: t.Architecture, Type: t.Type, Component: t.Component}
}

// Packages lists the packages of a reference that the terms select, in the order of an index.
func (s *Service) Packages(ctx context.Context, ref Ref, terms Terms, p usecase.Page) (usecase.List[Package], error) {
	return ReadStates(ctx, s, []Ref{ref}, func(tx *db.Tx) (usecase.List[Package], error) {
		set, err := s.Members(ctx, tx, &ref)
		if err != nil {
			return usecase.List[Package]{}, err
		}
		if set, err = s.Match(ctx, tx, set, terms.Query); err != nil {
			return usecase.List[Package]{}, err
		}
		found, next, err := s.k.Catalog.Search(ctx, tx, set, terms.Stored(), p.After, p.Size())
		return usecase.List[Package]{Items: usecase.Map(found, ShowPackage), Next: next}, err
	})
}

// Change is one difference between two states: a package of which one state has other versions.
type Change struct {
	Name         string   `json:"name"`
	Architecture string   `json:"architecture"`
	Component    string   `json:"component"`
	Before       []string `json:"before" doc:"Versions on the left, oldest first"`
	After        []string `json:"after" doc:"Versions on the right, oldest first"`
}

// Diff returns the differences between two states. Its cost follows their number.
func (s *Service) Diff(ctx context.Context, left, right Ref) ([]Change, error) {
	return ReadStates(ctx, s, []Ref{left, right}, func(tx *db.Tx) ([]Change, error) {
		var sets [2]bitset.Set
		for i, ref := range []Ref{left, right} {
			var err error
			if sets[i], err = s.Members(ctx, tx, &ref); err != nil {
				return nil, err
			}
			if sets[i], err = s.k.Catalog.PackagesOf(ctx, tx, sets[i]); err != nil {
				return nil, err
			}
		}
		found, err := s.k.Catalog.Diff(ctx, tx, sets[0], sets[1])
		return usecase.Map(found, func(d catalog.Difference) Change {
			return Change{Name: d.Name, Architecture: d.Architecture, Component: d.Component, Before: usecase.OrEmpty(d.Before), After: usecase.OrEmpty(d.After)}
		}), err
	})
}

// Collection is a repo or a snapshot as callers see it.
type Collection struct {
	ID           string    `json:"id" doc:"Stays the same as long as it exists, and is never used again"`
	Name         string    `json:"name"`
	Description  string    `json:"description,omitempty"`
	Component    string    `json:"component,omitempty" doc:"Component of packages for which no other is given"`
	Distribution string    `json:"distribution,omitempty" doc:"Default distribution of its publications"`
	Revision     int64     `json:"revision"`
	Packages     int       `json:"packages"`
	CreatedAt    time.Time `json:"created_at"`
	Retention    Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`

	SourceKind string   `json:"source_kind,omitempty" doc:"Kind of its sources: mirror, repo or snapshot; empty if it has none, or several kinds"`
	Sources    []string `json:"sources,omitempty" doc:"The collections that it was created from, dropped ones too: mirror:NAME, repo:NAME or snapshot:NAME"`

	Origin               string `json:"origin,omitempty" doc:"As in the upstream's Release file, if all its sources agree"`
	NotAutomatic         bool   `json:"not_automatic,omitempty" doc:"As in the upstream's Release file, if all its sources agree"`
	ButAutomaticUpgrades bool   `json:"but_automatic_upgrades,omitempty" doc:"As in the upstream's Release file, if all its sources agree"`

	// OwnComponent is the stored component of a repo; empty: none is stored, and Component is main.
	OwnComponent string `json:"-"`
}

// Show returns a repo or a snapshot as callers see it.
func (s *Service) Show(ctx context.Context, tx *db.Tx, c catalog.Collection) (Collection, error) {
	set, err := s.k.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return Collection{}, err
	}
	if set, err = s.k.Catalog.PackagesOf(ctx, tx, set); err != nil {
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
	sources, err := s.k.Catalog.MadeOf(ctx, tx, c.ID)
	for _, source := range sources {
		show.Sources = append(show.Sources, source.Ref())
	}
	if len(sources) > 0 && !slices.ContainsFunc(sources, func(c catalog.Collection) bool { return c.Kind != sources[0].Kind }) {
		show.SourceKind = string(sources[0].Kind)
	}
	return show, err
}

// List lists the repos or the snapshots, by name.
func (s *Service) List(ctx context.Context, kind catalog.Kind, p usecase.Page) (usecase.List[Collection], error) {
	name := func(c Collection) string { return c.Name }
	return usecase.ReadList(ctx, s.k, access.Read, p, name, func(tx *db.Tx, after string, limit int) ([]Collection, error) {
		found, err := s.k.Catalog.List(ctx, tx, kind, after, limit)
		if err != nil {
			return nil, err
		}
		return usecase.TryMap(found, func(c catalog.Collection) (Collection, error) { return s.Show(ctx, tx, c) })
	})
}

// Get returns a repo or a snapshot.
func (s *Service) Get(ctx context.Context, kind catalog.Kind, name string) (Collection, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Collection, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return Collection{}, err
		}
		return s.Show(ctx, tx, c)
	})
}

// ComponentOf returns the component in which a repo lists packages for which no other is given.
func ComponentOf(repo catalog.Collection) string { return cmp.Or(repo.Component, "main") }
