package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Copy says which packages a repo is to list too.
type Copy struct {
	From             string `json:"from" doc:"mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state"`
	Query            string `json:"q,omitempty" doc:"A package query; empty: all"`
	WithDependencies bool   `json:"with_dependencies,omitempty" doc:"And what they depend on, as far as it is there"`
	DryRun           bool   `json:"dry_run,omitempty" doc:"Only tell what would come"`
}

// repos adds /v1/repos.
func (s *service) repos() {
	handle(s, get("list-repos", "/v1/repos", "List repos by name"), func(ctx context.Context, in *Paging) (usecase.List[collections.Collection], error) {
		return s.app.Repos.List(ctx, in.page())
	})
	handle(s, post("create-repo", "/v1/repos", "Make a repo", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body repos.NewRepo }) (collections.Collection, error) {
			return s.app.Repos.Create(ctx, in.Body)
		})
	handle(s, get("get-repo", "/v1/repos/{name}", "Get a repo"), func(ctx context.Context, in *Named) (collections.Collection, error) {
		return s.app.Repos.Get(ctx, in.Name)
	})
	handle(s, patch("edit-repo", "/v1/repos/{name}", "Rename a repo, or change what it says of itself"), func(ctx context.Context, in *struct {
		Named
		Body repos.RepoEdit
	}) (collections.Collection, error) {
		return s.app.Repos.Edit(ctx, in.Name, in.Body)
	})
	handle(s, post("copy-packages", "/v1/repos/{name}/copy", "List packages of another collection in a repo too", http.StatusOK), func(ctx context.Context, in *struct {
		Named
		Body Copy
	}) (collections.RepoChange, error) {
		from, err := collections.ParseRef("from", in.Body.From)
		if err != nil {
			return collections.RepoChange{}, err
		}
		return s.app.Repos.CopyPackages(ctx, repos.CopyPackages{
			Repo: in.Name, From: from, Query: in.Body.Query, WithDependencies: in.Body.WithDependencies, DryRun: in.Body.DryRun,
		})
	})
	handleEmpty(s, remove("drop-repo", "/v1/repos/{name}", "Drop a repo that feeds no publication"), func(ctx context.Context, in *Named) error {
		return s.app.Repos.Drop(ctx, in.Name)
	})
	handle(s, remove("remove-packages", "/v1/repos/{name}/packages", "Take the packages out of a repo that all parameters choose"), func(ctx context.Context, in *struct {
		Named
		Terms
	}) (collections.RepoChange, error) {
		return s.app.Repos.RemovePackages(ctx, in.Name, in.terms())
	})
	s.uploads()
	s.contents("repo")
}
