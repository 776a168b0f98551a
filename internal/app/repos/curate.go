package repos

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// ListPackages adds stored packages to a repo, by their keys. An unknown key is problem.NotFound.
// A package whose name, version and architecture the repo has with other files is
// problem.Conflict. An error changes nothing.
func (s *Service) ListPackages(ctx context.Context, repo string, keys []string) (collections.RepoChange, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.list", Subject: "repo:" + repo, Detail: keys}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) {
		c, members, err := s.collections.RepoMembers(ctx, tx, repo)
		if err != nil {
			return collections.RepoChange{}, err
		}
		chosen, err := s.collections.ResolveKeys(ctx, tx, members, collections.ComponentOf(c), keys)
		if err != nil {
			return collections.RepoChange{}, err
		}
		return s.listMembers(ctx, tx, c, members, chosen, false)
	})
}

// UnlistPackages removes packages from a repo, by their keys. A stored package that is not in the
// repo is ignored; an unknown key is problem.NotFound, and changes nothing.
func (s *Service) UnlistPackages(ctx context.Context, repo string, keys []string) (collections.RepoChange, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.unlist", Subject: "repo:" + repo, Detail: keys}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) {
		c, members, err := s.collections.RepoMembers(ctx, tx, repo)
		if err != nil {
			return collections.RepoChange{}, err
		}
		var all bitset.Set
		found, err := s.collections.MembersByKey(ctx, tx, keys)
		for _, f := range found {
			all = all.Union(f)
		}
		if err != nil {
			return collections.RepoChange{}, err
		}
		return s.collections.ChangeRepo(ctx, tx, c, bitset.Set{}, members.Intersect(all), 0)
	})
}

// CopyPackages describes a copy of packages from a collection to a repo.
type CopyPackages struct {
	Repo             string
	From             collections.Ref
	Query            string // selects the packages; empty: all
	WithDependencies bool   // also their dependencies in From
	DryRun           bool   // only return the change
}

// CopyPackages adds packages of a collection to a repo, without storing their files again. A
// query without a match is problem.NotFound. A package whose name, version and architecture the
// repo has with other files is problem.Conflict.
func (s *Service) CopyPackages(ctx context.Context, in CopyPackages) (collections.RepoChange, error) {
	work := func(tx *db.Tx) (collections.RepoChange, error) {
		if in.From == (collections.Ref{Kind: catalog.Repo, Name: in.Repo}) {
			return collections.RepoChange{}, problem.New(problem.Invalid, "the repo %q cannot be copied to itself", in.Repo).In("from")
		}
		c, members, err := s.collections.RepoMembers(ctx, tx, in.Repo)
		if err != nil {
			return collections.RepoChange{}, err
		}
		from, err := s.collections.Members(ctx, tx, &in.From)
		if err != nil {
			return collections.RepoChange{}, err
		}
		chosen, err := s.collections.Select(ctx, tx, from, collections.Search{Query: in.Query, WithDependencies: in.WithDependencies})
		if err != nil {
			return collections.RepoChange{}, err
		}
		if chosen.IsEmpty() {
			return collections.RepoChange{}, problem.Because(
				problem.New(problem.NotFound, "no package matches %q", in.Query).In("q").WithHint("`aptarium search` tries a query"), ReasonNoMatch)
		}
		return s.listMembers(ctx, tx, c, members, chosen, in.DryRun)
	}
	if in.DryRun {
		return usecase.Read(ctx, s.k, access.Upload, work)
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.copy", Subject: "repo:" + in.Repo, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) { return work(tx) })
}

// ReasonNoMatch is the reason of the error for a query without a match.
const ReasonNoMatch problem.Reason = "package.no-match"

// DifferentPackage is the cause of a conflict: the repo has this package with other files.
type DifferentPackage struct{ Name, Version, Architecture string }

// Error returns the text of the conflict.
func (p DifferentPackage) Error() string {
	return fmt.Sprintf("the repo has %s_%s_%s with other content", p.Name, p.Version, p.Architecture)
}

// listMembers adds the chosen members that a repo lacks. A dry run only returns the change.
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
		return collections.RepoChange{}, problem.New(problem.Conflict, "%w", DifferentPackage{k.Name, k.Version, k.Architecture}).In("packages").
			WithHint("remove the package of the repo first")
	}
	if !dry {
		return s.collections.ChangeRepo(ctx, tx, c, fresh, bitset.Set{}, 0)
	}
	added, err := s.collections.ShowPackages(ctx, tx, fresh)
	return collections.RepoChange{Revision: c.Head, Packages: members.Len(), Added: added, Removed: []collections.Package{}}, err
}
