package repos

import (
	"cmp"
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// NewRepo describes a new repo.
type NewRepo struct {
	Name         string                `json:"name"`
	Description  string                `json:"description,omitempty"`
	Component    string                `json:"component,omitempty" doc:"Where packages without another word are listed; main if empty"`
	Distribution string                `json:"distribution,omitempty" doc:"What a publication of it may be called"`
	From         string                `json:"from,omitempty" doc:"Begin with the packages of mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state"`
	Retention    collections.Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
}

// Create creates a repo, empty or with the packages of another collection.
func (s *Service) Create(ctx context.Context, in NewRepo) (collections.Collection, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.create", Subject: "repo:" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (collections.Collection, error) {
		if err := CheckPlaces(in.Component, in.Distribution); err != nil {
			return collections.Collection{}, err
		}
		c, err := s.k.Catalog.Create(ctx, tx, catalog.Collection{
			Kind: catalog.Repo, Name: in.Name, Description: in.Description, Component: in.Component, Distribution: in.Distribution,
			Retention: in.Retention,
		})
		if err == nil && in.From != "" {
			c, err = s.fillFrom(ctx, tx, c, in.From)
		}
		if err != nil {
			return collections.Collection{}, err
		}
		return s.collections.Show(ctx, tx, c)
	})
}

// CheckPlaces checks that a publication can have a component and a distribution; both can be empty.
func CheckPlaces(component, distribution string) error {
	if err := publish.CheckComponent("component", cmp.Or(component, "main")); err != nil || distribution == "" {
		return err
	}
	return publish.CheckPlace(publish.Root, distribution)
}

// fillFrom copies the packages of a collection into a new repo, and returns the repo. It does not
// follow that collection later.
func (s *Service) fillFrom(ctx context.Context, tx *db.Tx, c catalog.Collection, from string) (catalog.Collection, error) {
	sources, err := s.collections.ResolveAll(ctx, tx, "from", []string{from})
	if err != nil {
		return c, err
	}
	set, err := s.k.Catalog.Set(ctx, tx, sources[0].View)
	if err != nil {
		return c, err
	}
	if _, _, err := s.k.Catalog.Replace(ctx, tx, c, set, 0); err != nil {
		return c, err
	}
	return s.k.Catalog.ByID(ctx, tx, c.ID)
}

// RepoEdit changes a repo; a nil field stays.
type RepoEdit struct {
	Name         *string                `json:"name,omitempty" doc:"Another name"`
	Description  *string                `json:"description,omitempty"`
	Component    *string                `json:"component,omitempty" doc:"Where packages that come from now on are listed; main if empty"`
	Distribution *string                `json:"distribution,omitempty" doc:"What a publication of it may be called"`
	Retention    *collections.Retention `json:"retention,omitempty" doc:"Which past states are kept; empty: all"`
}

// Edit changes the settings of a repo. After a new name, its publications still follow it. A used
// name is problem.Conflict.
func (s *Service) Edit(ctx context.Context, name string, in RepoEdit) (collections.Collection, error) {
	return s.collections.Edit(ctx, catalog.Repo, name, in.Name, in, func(c *catalog.Collection) error {
		collections.Set(&c.Retention, in.Retention)
		collections.Set(&c.Description, in.Description)
		collections.Set(&c.Component, in.Component)
		collections.Set(&c.Distribution, in.Distribution)
		return CheckPlaces(c.Component, c.Distribution)
	})
}

// List returns the repos, sorted by name.
func (s *Service) List(ctx context.Context, p usecase.Page) (usecase.List[collections.Collection], error) {
	return s.collections.List(ctx, catalog.Repo, p)
}

// Get returns a repo.
func (s *Service) Get(ctx context.Context, name string) (collections.Collection, error) {
	return s.collections.Get(ctx, catalog.Repo, name)
}

// RemovePackages removes the packages that the terms select from a repo. Its past states keep
// them. Empty terms are problem.Invalid.
func (s *Service) RemovePackages(ctx context.Context, name string, terms collections.Terms) (collections.RepoChange, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.remove", Subject: "repo:" + name, Detail: terms}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) {
		if terms == (collections.Terms{}) {
			return collections.RepoChange{}, problem.New(problem.Invalid, "nothing selects the packages to remove").In("name").
				WithHint("give a name or a pattern such as hello or linux-*; * removes all")
		}
		c, set, err := s.collections.RepoMembers(ctx, tx, name)
		if err != nil {
			return collections.RepoChange{}, err
		}
		if set, err = s.collections.Match(ctx, tx, set, terms.Query); err != nil {
			return collections.RepoChange{}, err
		}
		var chosen bitset.Builder
		for after := ""; ; {
			page, next, err := s.k.Catalog.Search(ctx, tx, set, terms.Stored(), after, 1000)
			if err != nil {
				return collections.RepoChange{}, err
			}
			for _, l := range page {
				chosen.Add(l.Member)
			}
			if after = next; next == "" {
				break
			}
		}
		return s.collections.ChangeRepo(ctx, tx, c, bitset.Set{}, chosen.Set(), 0)
	})
}
