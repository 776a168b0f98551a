package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// NewRepo is a repo to be made.
type NewRepo struct {
	Name         string    `json:"name"`
	Description  string    `json:"description,omitempty"`
	Component    string    `json:"component,omitempty" doc:"Where packages without another word are listed; main if empty"`
	Distribution string    `json:"distribution,omitempty" doc:"What a publication of it may be called"`
	From         string    `json:"from,omitempty" doc:"Begin with the packages of mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state"`
	Retention    Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
}

// CreateRepo adds a repo, empty or with the packages of another collection.
func (a *App) CreateRepo(ctx context.Context, in NewRepo) (Collection, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return Collection{}, err
	}
	if err := checkPlaces(in.Component, in.Distribution); err != nil {
		return Collection{}, err
	}
	return change(ctx, a, "repo.create", "repo:"+in.Name, in, func(tx *db.Tx) (Collection, error) {
		c, err := a.catalog.Create(ctx, tx, catalog.Collection{
			Kind: catalog.Repo, Name: in.Name, Description: in.Description, Component: in.Component, Distribution: in.Distribution,
			Retention: in.Retention,
		})
		if err == nil && in.From != "" {
			c, err = a.beginRepo(ctx, tx, c, in.From)
		}
		if err != nil {
			return Collection{}, err
		}
		return a.showCollection(ctx, tx, c)
	})
}

// componentOf is where a repo lists packages without another word.
func componentOf(repo catalog.Collection) string { return cmp.Or(repo.Component, "main") }

// checkPlaces refuses what could not be published.
func checkPlaces(component, distribution string) error {
	if err := publish.CheckComponent("component", cmp.Or(component, "main")); err != nil || distribution == "" {
		return err
	}
	return publish.CheckPlace(publish.Root, distribution)
}

// beginRepo gives a new repo its first packages. A repo has no memory of where
// they came from: it goes its own way.
func (a *App) beginRepo(ctx context.Context, tx *db.Tx, c catalog.Collection, from string) (catalog.Collection, error) {
	sources, err := a.views(ctx, tx, "from", []string{from})
	if err != nil {
		return c, err
	}
	set, err := a.catalog.Set(ctx, tx, sources[0].view)
	if err != nil {
		return c, err
	}
	if _, _, err := a.catalog.Replace(ctx, tx, c, set, 0); err != nil {
		return c, err
	}
	return a.catalog.ByID(ctx, tx, c.ID)
}

// RepoEdit changes a repo; what is nil stays.
type RepoEdit struct {
	Name         *string    `json:"name,omitempty" doc:"Another name"`
	Description  *string    `json:"description,omitempty"`
	Component    *string    `json:"component,omitempty" doc:"Where packages that come from now on are listed; main if empty"`
	Distribution *string    `json:"distribution,omitempty" doc:"What a publication of it may be called"`
	Retention    *Retention `json:"retention,omitempty" doc:"Which past states are kept; empty: all"`
}

// EditRepo changes what a repo is called and says of itself. What it feeds stays
// fed by it. A name that is taken is problem.Conflict.
func (a *App) EditRepo(ctx context.Context, name string, in RepoEdit) (Collection, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return Collection{}, err
	}
	return a.editCollection(ctx, catalog.Repo, name, in.Name, in, func(c *catalog.Collection) error {
		set(&c.Retention, in.Retention)
		set(&c.Description, in.Description)
		set(&c.Component, in.Component)
		set(&c.Distribution, in.Distribution)
		return checkPlaces(c.Component, c.Distribution)
	})
}

// set takes a value that is given.
func set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

// editCollection changes a collection by edit, and its name if one is given.
func (a *App) editCollection(ctx context.Context, kind catalog.Kind, name string, to *string, detail any, edit func(*catalog.Collection) error) (Collection, error) {
	return change(ctx, a, string(kind)+".edit", string(kind)+":"+name, detail, func(tx *db.Tx) (Collection, error) {
		c, err := a.catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return Collection{}, err
		}
		if err := edit(&c); err != nil {
			return Collection{}, err
		}
		if err := a.catalog.Edit(ctx, tx, c); err != nil {
			return Collection{}, err
		}
		if kind != catalog.Snapshot {
			if err := a.catalog.Retain(ctx, tx, c, c.Retention); err != nil {
				return Collection{}, err
			}
		}
		if to != nil {
			if c, err = a.rename(ctx, tx, c, *to); err != nil {
				return Collection{}, err
			}
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
		if set, err = a.match(ctx, tx, set, terms.Query); err != nil {
			return RepoChange{}, err
		}
		var chosen bitset.Builder
		for after := ""; ; {
			page, next, err := a.catalog.Search(ctx, tx, set, terms.stored(), after, 1000)
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
		return a.appendRevision(ctx, tx, c, bitset.Set{}, chosen.Set(), 0)
	})
}

// appendRevision changes a repo, by an activity or by none, and tells what it did.
func (a *App) appendRevision(ctx context.Context, tx *db.Tx, c catalog.Collection, added, removed bitset.Set, activity int64) (RepoChange, error) {
	before, err := a.catalog.Set(ctx, tx, c.View())
	if err != nil {
		return RepoChange{}, err
	}
	head, _, err := a.catalog.Append(ctx, tx, c, added, removed, activity)
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

// maxShown bounds how many packages a change shows with their files.
const maxShown = 1000

// showSet shows packages in the order of an index; when they are many, without
// their files.
func (a *App) showSet(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Package, error) {
	if set.Len() > maxShown {
		return a.showMany(ctx, tx, set)
	}
	list, err := a.catalog.Listings(ctx, tx, set)
	slices.SortFunc(list, func(a, b catalog.Listed) int {
		return cmp.Or(a.PositionOf().Compare(b.PositionOf()), cmp.Compare(a.Member, b.Member))
	})
	packages := make([]Package, len(list))
	for i, l := range list {
		packages[i] = showPackage(l)
	}
	return packages, err
}

func (a *App) showMany(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Package, error) {
	list, err := a.catalog.Summaries(ctx, tx, set)
	packages := make([]Package, len(list))
	for i, s := range list {
		packages[i] = Package{
			Type: string(s.Type), Name: s.Name, Version: s.Version, Architecture: s.Architecture, Source: s.Source,
			Component: s.Component, Section: s.Section, Priority: s.Priority, Files: []File{},
		}
	}
	return packages, err
}
