package rest

import (
	"context"
	"encoding/json"
	"fmt"

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
		return s.app.Collections.Drop(ctx, collections.Repo, in.Name)
	})
	handle(s, routes.RemovePackages, func(ctx context.Context, in *routes.RemovePackagesInput) (collections.RepoChange, error) {
		return s.app.Repos.RemovePackages(ctx, in.Name, termsOf(in.Terms))
	})
	s.uploads()
	s.contents("repo")
}

// uploaders adds the rules of whose .changes files a repo takes.
func (s *service) uploaders() {
	handle(s, routes.GetUploaders, func(ctx context.Context, in *routes.Named) (repos.Uploaders, error) {
		return s.app.Repos.Uploaders(ctx, in.Name)
	})
	handle(s, routes.SetUploaders, func(ctx context.Context, in *routes.NamedBody[repos.Uploaders]) (repos.Uploaders, error) {
		rules, err := json.Marshal(in.Body)
		if err != nil {
			return repos.Uploaders{}, fmt.Errorf("encoding rules: %w", err)
		}
		if err := s.app.Repos.SetUploaders(ctx, in.Name, string(rules)); err != nil {
			return repos.Uploaders{}, err
		}
		return s.app.Repos.Uploaders(ctx, in.Name)
	})
	handleEmpty(s, routes.DropUploaders, func(ctx context.Context, in *routes.Named) error {
		return s.app.Repos.SetUploaders(ctx, in.Name, "")
	})
}
