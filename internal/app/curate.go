package app

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// ListPackages lists stored packages in a repo, by their keys. A key that no
// package has is problem.NotFound and names it; a package of which the repo has
// the same name, version and architecture with other files is problem.Conflict.
// Then nothing is changed.
func (a *App) ListPackages(ctx context.Context, repo string, keys []string) (RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return RepoChange{}, err
	}
	return change(ctx, a, "repo.list", "repo:"+repo, keys, func(tx *db.Tx) (RepoChange, error) {
		c, members, err := a.repoSet(ctx, tx, repo)
		if err != nil {
			return RepoChange{}, err
		}
		chosen, err := a.byKeys(ctx, tx, members, componentOf(c), keys)
		if err != nil {
			return RepoChange{}, err
		}
		return a.listMembers(ctx, tx, c, members, chosen, false)
	})
}

// UnlistPackages takes packages out of a repo, by their keys. One that is stored
// but not in the repo changes nothing; a key that no package has is
// problem.NotFound, and then nothing is changed.
func (a *App) UnlistPackages(ctx context.Context, repo string, keys []string) (RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return RepoChange{}, err
	}
	return change(ctx, a, "repo.unlist", "repo:"+repo, keys, func(tx *db.Tx) (RepoChange, error) {
		c, members, err := a.repoSet(ctx, tx, repo)
		if err != nil {
			return RepoChange{}, err
		}
		var all bitset.Set
		found, err := a.keyed(ctx, tx, keys)
		for _, f := range found {
			all = all.Union(f)
		}
		if err != nil {
			return RepoChange{}, err
		}
		return a.appendRevision(ctx, tx, c, bitset.Set{}, members.Intersect(all), 0)
	})
}

// CopyPackages is packages to be listed in a repo that another collection lists.
type CopyPackages struct {
	Repo             string // where to list them
	From             Ref
	Query            string // which ones; empty: all
	WithDependencies bool   // and what they depend on, as far as From has it
	DryRun           bool   // only tell what would come
}

// CopyPackages lists packages of a collection in a repo too, which keeps no bytes
// twice. That nothing matches is problem.NotFound; a package of which the repo has
// the same name, version and architecture with other files is problem.Conflict.
func (a *App) CopyPackages(ctx context.Context, in CopyPackages) (RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return RepoChange{}, err
	}
	if in.From == (Ref{Kind: catalog.Repo, Name: in.Repo}) {
		return RepoChange{}, problem.New(problem.Invalid, "the repo %q cannot be copied to itself", in.Repo).In("from")
	}
	work := func(tx *db.Tx) (RepoChange, error) {
		c, members, err := a.repoSet(ctx, tx, in.Repo)
		if err != nil {
			return RepoChange{}, err
		}
		from, err := a.setOf(ctx, tx, &in.From)
		if err != nil {
			return RepoChange{}, err
		}
		chosen, err := a.search(ctx, tx, from, Search{Query: in.Query, WithDependencies: in.WithDependencies})
		if err != nil {
			return RepoChange{}, err
		}
		if chosen.IsEmpty() {
			return RepoChange{}, problem.New(problem.NotFound, "no package for filter (%s)", in.Query).In("q").WithHint("`aptarium search` tries a query")
		}
		return a.listMembers(ctx, tx, c, members, chosen, in.DryRun)
	}
	if in.DryRun {
		return read(ctx, a, work)
	}
	return change(ctx, a, "repo.copy", "repo:"+in.Repo, in, work)
}

func (a *App) repoSet(ctx context.Context, tx *db.Tx, name string) (catalog.Collection, bitset.Set, error) {
	c, err := a.catalog.ByName(ctx, tx, catalog.Repo, name)
	if err != nil {
		return c, bitset.Set{}, err
	}
	members, err := a.catalog.Set(ctx, tx, c.View())
	return c, members, err
}

// listMembers adds members to a repo, but for packages that it has. A dry run only
// tells what would come.
func (a *App) listMembers(ctx context.Context, tx *db.Tx, c catalog.Collection, members, chosen bitset.Set, dry bool) (RepoChange, error) {
	there, err := a.catalog.WithKeys(ctx, tx, chosen, members)
	if err != nil {
		return RepoChange{}, err
	}
	fresh := chosen.Minus(there)
	clashing, err := a.catalog.Conflicting(ctx, tx, members.Union(fresh), fresh)
	if err != nil {
		return RepoChange{}, err
	}
	if len(clashing) > 0 {
		k := clashing[0]
		return RepoChange{}, problem.New(problem.Conflict, "package already exists and is different: %s_%s_%s", k.Name, k.Version, k.Architecture).In("packages").
			WithHint("remove the one that is there first")
	}
	if !dry {
		return a.appendRevision(ctx, tx, c, fresh, bitset.Set{}, 0)
	}
	added, err := a.showSet(ctx, tx, fresh)
	return RepoChange{Revision: c.Head, Packages: members.Len(), Added: added, Removed: []Package{}}, err
}

// keyed gives the members that have each of some keys. Of a text that is no key no
// package has it.
func (a *App) keyed(ctx context.Context, tx *db.Tx, keys []string) ([]bitset.Set, error) {
	parsed := make([]catalog.PackageKey, len(keys))
	for i, text := range keys {
		var err error
		if parsed[i], err = catalog.ParseKey(text); err != nil {
			return nil, problem.New(problem.NotFound, "packages %s: key not found", text).In("packages").WithHint("a search shows the keys of packages")
		}
	}
	return a.catalog.ByKeys(ctx, tx, "packages", parsed)
}

// byKeys chooses one member for each key: one of a set if it has it, else one of
// a component, else the newest.
func (a *App) byKeys(ctx context.Context, tx *db.Tx, prefer bitset.Set, component string, keys []string) (bitset.Set, error) {
	found, err := a.keyed(ctx, tx, keys)
	if err != nil {
		return bitset.Set{}, err
	}
	listed, err := a.catalog.OfComponent(ctx, tx, component)
	if err != nil {
		return bitset.Set{}, err
	}
	var chosen bitset.Builder
	for _, f := range found {
		for _, better := range []bitset.Set{prefer, listed} {
			if some := f.Intersect(better); !some.IsEmpty() {
				f = some
				break
			}
		}
		var last uint32
		for id := range f.All() {
			last = id
		}
		chosen.Add(last)
	}
	return chosen.Set(), nil
}

// MadeFrom names the snapshots that were made of a collection.
func (a *App) MadeFrom(ctx context.Context, ref string) ([]string, error) {
	return namesFor(ctx, a, ref, a.catalog.MadeFrom, func(c catalog.Collection) string { return c.Name })
}

// PublishedFrom names the publications that a collection feeds.
func (a *App) PublishedFrom(ctx context.Context, ref string) ([]string, error) {
	return namesFor(ctx, a, ref, a.publish.Using, publish.Publication.Ref)
}

// namesFor names what find finds for a collection.
func namesFor[T any](ctx context.Context, a *App, ref string, find func(context.Context, *db.Tx, int64) ([]T, error), name func(T) string) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	r, err := ParseRef("ref", ref)
	if err != nil {
		return nil, err
	}
	return read(ctx, a, func(tx *db.Tx) ([]string, error) {
		c, err := a.catalog.ByName(ctx, tx, r.Kind, r.Name)
		if err != nil {
			return nil, err
		}
		found, err := find(ctx, tx, c.ID)
		names := make([]string, len(found))
		for i, f := range found {
			names[i] = name(f)
		}
		return names, err
	})
}

// SourceCount tells how many packages a source of a publication has now.
type SourceCount struct {
	Component string `json:"component"`
	Name      string `json:"name"`
	Packages  int    `json:"packages"`
}

// SourceCounts counts the packages of what feeds a publication. A source that is
// gone is not among them.
func (a *App) SourceCounts(ctx context.Context, p Publication) ([]SourceCount, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	return read(ctx, a, func(tx *db.Tx) ([]SourceCount, error) {
		var counts []SourceCount
		for _, text := range p.Sources {
			component, name, named := strings.Cut(text, "=")
			if !named {
				component, name = "", text
			}
			ref, err := ParseRef("sources", name)
			if err != nil {
				return nil, err
			}
			set, err := a.setOf(ctx, tx, &ref)
			if problem.Is(err, problem.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			counts = append(counts, SourceCount{component, ref.Name, set.Len()})
		}
		return counts, nil
	})
}
