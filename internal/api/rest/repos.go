package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// repos adds /v1/repos.
func (s *service) repos() {
	handle(s, routes.ListRepos, func(ctx context.Context, in *routes.Paging) (usecase.List[collections.Collection], error) {
		return s.app.Repos.List(ctx, in.Page())
	})
	handle(s, routes.CreateRepo, func(ctx context.Context, in *routes.Body[repos.NewRepo]) (collections.Collection, error) {
		return s.app.Repos.Create(ctx, in.Body)
	})
	handle(s, routes.GetRepo, func(ctx context.Context, in *routes.Named) (collections.Collection, error) {
		return s.app.Repos.Get(ctx, in.Name)
	})
	handle(s, routes.EditRepo, func(ctx context.Context, in *routes.NamedBody[repos.RepoEdit]) (collections.Collection, error) {
		return s.app.Repos.Edit(ctx, in.Name, in.Body)
	})
	handle(s, routes.CopyPackages, func(ctx context.Context, in *routes.NamedBody[routes.Copy]) (collections.RepoChange, error) {
		from, err := collections.ParseRef("from", in.Body.From)
		if err != nil {
			return collections.RepoChange{}, err
		}
		return s.app.Repos.CopyPackages(ctx, repos.CopyPackages{
			Repo: in.Name, From: from, Query: in.Body.Query, WithDependencies: in.Body.WithDependencies, DryRun: in.Body.DryRun,
		})
	})
	handleEmpty(s, routes.DropRepo, func(ctx context.Context, in *routes.Named) error {
		return s.app.Repos.Drop(ctx, in.Name)
	})
	handle(s, routes.RemovePackages, func(ctx context.Context, in *routes.RemovePackagesInput) (collections.RepoChange, error) {
		return s.app.Repos.RemovePackages(ctx, in.Name, termsOf(in.Terms))
	})
	s.uploads()
	s.contents("repo")
}
