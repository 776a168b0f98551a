package rest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
)

// repos adds /v1/repos.
func (s *service) repos() {
	handle(s, routes.ListRepos, paged(s.app.Repos.List))
	handle(s, routes.CreateRepo, body(s.app.Repos.Create))
	handle(s, routes.GetRepo, named(s.app.Repos.Get))
	handle(s, routes.EditRepo, namedBody(s.app.Repos.Edit))
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
	handle(s, routes.GetUploaders, named(s.app.Repos.Uploaders))
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
