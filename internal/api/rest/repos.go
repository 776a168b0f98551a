package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app"
)

// repos adds /v1/repos.
func (s *service) repos() {
	handle(s, get("list-repos", "/v1/repos", "List repos by name"), func(ctx context.Context, in *Paging) (app.List[app.Collection], error) {
		return s.app.Repos(ctx, in.page())
	})
	handle(s, post("create-repo", "/v1/repos", "Make an empty repo", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body app.NewRepo }) (app.Collection, error) {
			return s.app.CreateRepo(ctx, in.Body)
		})
	handle(s, get("get-repo", "/v1/repos/{name}", "Get a repo"), func(ctx context.Context, in *Named) (app.Collection, error) {
		return s.app.Repo(ctx, in.Name)
	})
	handleEmpty(s, remove("drop-repo", "/v1/repos/{name}", "Drop a repo that feeds no publication"), func(ctx context.Context, in *Named) error {
		return s.app.DropRepo(ctx, in.Name)
	})
	handle(s, remove("remove-packages", "/v1/repos/{name}/packages", "Take the packages out of a repo that all parameters choose"), func(ctx context.Context, in *struct {
		Named
		Terms
	}) (app.RepoChange, error) {
		return s.app.RemovePackages(ctx, in.Name, in.terms())
	})
	s.uploads()
	s.contents("repo")
}
