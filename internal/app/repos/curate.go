package repos

import (
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

// ListPackages lists stored packages in a repo, by their keys. A key that no
// package has is problem.NotFound and names it; a package of which the repo has
// the same name, version and architecture with other files is problem.Conflict.
// Then nothing is changed.
func (s *Service) ListPackages(ctx context.Context, repo string, keys []string) (collections.RepoChange, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.list", Subject: "repo:" + repo, Detail: keys}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) {
		c, members, err := s.collections.RepoSet(ctx, tx, repo)
		if err != nil {
			return collections.RepoChange{}, err
		}
		chosen, err := s.collections.ByKeys(ctx, tx, members, collections.ComponentOf(c), keys)
		if err != nil {
			return collections.RepoChange{}, err
		}
		return s.listMembers(ctx, tx, c, members, chosen, false)
	})
}

// UnlistPackages takes packages out of a repo, by their keys. One that is stored
// but not in the repo changes nothing; a key that no package has is
// problem.NotFound, and then nothing is changed.
func (s *Service) UnlistPackages(ctx context.Context, repo string, keys []string) (collections.RepoChange, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.unlist", Subject: "repo:" + repo, Detail: keys}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) {
		c, members, err := s.collections.RepoSet(ctx, tx, repo)
		if err != nil {
			return collections.RepoChange{}, err
		}
		var all bitset.Set
		found, err := s.collections.Keyed(ctx, tx, keys)
		for _, f := range found {
			all = all.Union(f)
		}
		if err != nil {
			return collections.RepoChange{}, err
		}
		return s.collections.AppendRevision(ctx, tx, c, bitset.Set{}, members.Intersect(all), 0)
	})
}

// CopyPackages is packages to be listed in a repo that another collection lists.
type CopyPackages struct {
	Repo             string // where to list them
	From             collections.Ref
	Query            string // which ones; empty: all
	WithDependencies bool   // and what they depend on, as far as From has it
	DryRun           bool   // only tell what would come
}

// CopyPackages lists packages of a collection in a repo too, which keeps no bytes
// twice. That nothing matches is problem.NotFound; a package of which the repo has
// the same name, version and architecture with other files is problem.Conflict.
func (s *Service) CopyPackages(ctx context.Context, in CopyPackages) (collections.RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return collections.RepoChange{}, err
	}
	if in.From == (collections.Ref{Kind: catalog.Repo, Name: in.Repo}) {
		return collections.RepoChange{}, problem.New(problem.Invalid, "the repo %q cannot be copied to itself", in.Repo).In("from")
	}
	work := func(tx *db.Tx) (collections.RepoChange, error) {
		c, members, err := s.collections.RepoSet(ctx, tx, in.Repo)
		if err != nil {
			return collections.RepoChange{}, err
		}
		from, err := s.collections.SetOf(ctx, tx, &in.From)
		if err != nil {
			return collections.RepoChange{}, err
		}
		chosen, err := s.collections.SearchIn(ctx, tx, from, collections.Search{Query: in.Query, WithDependencies: in.WithDependencies})
		if err != nil {
			return collections.RepoChange{}, err
		}
		if chosen.IsEmpty() {
			return collections.RepoChange{}, problem.New(problem.NotFound, "no package for filter (%s)", in.Query).In("q").WithHint("`aptarium search` tries a query")
		}
		return s.listMembers(ctx, tx, c, members, chosen, in.DryRun)
	}
	if in.DryRun {
		return usecase.View(ctx, s.k, work)
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.copy", Subject: "repo:" + in.Repo, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) { return work(tx) })
}

// listMembers adds members to a repo, but for packages that it has. A dry run only
// tells what would come.
func (s *Service) listMembers(ctx context.Context, tx *db.Tx, c catalog.Collection, members, chosen bitset.Set, dry bool) (collections.RepoChange, error) {
	there, err := s.k.Catalog.WithKeys(ctx, tx, chosen, members)
	if err != nil {
		return collections.RepoChange{}, err
	}
	fresh := chosen.Minus(there)
	clashing, err := s.k.Catalog.Conflicting(ctx, tx, members.Union(fresh), fresh)
	if err != nil {
		return collections.RepoChange{}, err
	}
	if len(clashing) > 0 {
		k := clashing[0]
		return collections.RepoChange{}, problem.New(problem.Conflict, "package already exists and is different: %s_%s_%s", k.Name, k.Version, k.Architecture).In("packages").
			WithHint("remove the one that is there first")
	}
	if !dry {
		return s.collections.AppendRevision(ctx, tx, c, fresh, bitset.Set{}, 0)
	}
	added, err := s.collections.ShowSet(ctx, tx, fresh)
	return collections.RepoChange{Revision: c.Head, Packages: members.Len(), Added: added, Removed: []collections.Package{}}, err
}

// MadeFrom names the snapshots that were made of a collection.
func (s *Service) MadeFrom(ctx context.Context, ref string) ([]string, error) {
	return collections.NamesFor(ctx, s.collections, ref, s.k.Catalog.MadeFrom, func(c catalog.Collection) string { return c.Name })
}

// PublishedFrom names the publications that a collection feeds.
func (s *Service) PublishedFrom(ctx context.Context, ref string) ([]string, error) {
	return collections.NamesFor(ctx, s.collections, ref, s.publish.Using, publish.Publication.Ref)
}
