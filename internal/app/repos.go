package app

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// NewRepo is a repo to be made.
type NewRepo struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Component   string `json:"component,omitempty" doc:"Where packages without another word are listed; main if empty"`
}

// CreateRepo adds an empty repo.
func (a *App) CreateRepo(ctx context.Context, in NewRepo) (Collection, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return Collection{}, err
	}
	if in.Component == "" {
		in.Component = "main"
	}
	if err := publish.CheckComponent("component", in.Component); err != nil {
		return Collection{}, err
	}
	return change(ctx, a, "repo.create", "repo:"+in.Name, in, func(tx *db.Tx) (Collection, error) {
		c, err := a.catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: in.Name, Description: in.Description, Component: in.Component})
		if err != nil {
			return Collection{}, err
		}
		return a.showCollection(ctx, tx, c)
	})
}

// Repos lists repos by name.
func (a *App) Repos(ctx context.Context, p Page) (List[Collection], error) {
	return a.collections(ctx, catalog.Repo, p)
}

// Repo gives one repo.
func (a *App) Repo(ctx context.Context, name string) (Collection, error) {
	return a.collection(ctx, catalog.Repo, name)
}

// DropRepo frees a repo's name. Snapshots of it and past releases stay.
func (a *App) DropRepo(ctx context.Context, name string) error {
	return a.dropCollection(ctx, access.Upload, catalog.Repo, name)
}

// RepoChange is what a change of a repo did.
type RepoChange struct {
	Revision int64     `json:"revision"`
	Packages int       `json:"packages" doc:"In the repo now"`
	Added    []Package `json:"added"`
	Removed  []Package `json:"removed"`
}

// RemovePackages takes packages out of a repo: those that the terms choose. Their
// past states stay.
func (a *App) RemovePackages(ctx context.Context, name string, terms Terms) (RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return RepoChange{}, err
	}
	if terms == (Terms{}) {
		return RepoChange{}, problem.New(problem.Invalid, "nothing says which packages to remove").In("name").
			WithHint("give a name or a pattern such as hello or linux-*; * removes all")
	}
	return change(ctx, a, "repo.remove", "repo:"+name, terms, func(tx *db.Tx) (RepoChange, error) {
		c, err := a.catalog.ByName(ctx, tx, catalog.Repo, name)
		if err != nil {
			return RepoChange{}, err
		}
		set, err := a.catalog.Set(ctx, tx, c.View())
		if err != nil {
			return RepoChange{}, err
		}
		var chosen bitset.Builder
		for after := ""; ; {
			page, next, err := a.catalog.Search(ctx, tx, set, catalog.Terms(terms), after, 1000)
			if err != nil {
				return RepoChange{}, err
			}
			for _, l := range page {
				chosen.Add(l.Member)
			}
			if after = next; next == "" {
				break
			}
		}
		return a.appendRevision(ctx, tx, c, bitset.Set{}, chosen.Set())
	})
}

// appendRevision changes a repo and tells what it did.
func (a *App) appendRevision(ctx context.Context, tx *db.Tx, c catalog.Collection, added, removed bitset.Set) (RepoChange, error) {
	before, err := a.catalog.Set(ctx, tx, c.View())
	if err != nil {
		return RepoChange{}, err
	}
	head, _, err := a.catalog.Append(ctx, tx, c, added, removed, 0)
	if err != nil {
		return RepoChange{}, err
	}
	after, err := a.catalog.Set(ctx, tx, head)
	if err != nil {
		return RepoChange{}, err
	}
	r := RepoChange{Revision: head.Revision, Packages: after.Len()}
	if r.Added, err = a.showSet(ctx, tx, after.Minus(before)); err != nil {
		return RepoChange{}, err
	}
	r.Removed, err = a.showSet(ctx, tx, before.Minus(after))
	return r, err
}

// maxShown bounds how many packages a change lists one by one.
const maxShown = 1000

func (a *App) showSet(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Package, error) {
	if set.Len() > maxShown {
		return []Package{}, nil
	}
	list, err := a.catalog.Listings(ctx, tx, set)
	packages := make([]Package, len(list))
	for i, l := range list {
		packages[i] = showPackage(l)
	}
	return packages, err
}
