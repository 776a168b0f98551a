package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// PullRequest adjusts a pull.
type PullRequest struct {
	Check bool `json:"check,omitempty" doc:"Refuse a pull that would break something for machines, which the rest describes"`
	pockets.Joined
}

// RevertRequest says what a pocket is to have again.
type RevertRequest struct {
	To string `json:"to" doc:"The number of a revision, or a time"`
}

// pocketWork adds the operations on pockets, and what they would do.
func (s *service) pocketWork() {
	handle(s, post("sync-pocket", pocketPath+"/sync", "Start to bring a pocket that mirrors up to date", http.StatusAccepted), func(ctx context.Context, in *PocketPath) (usecase.Activity, error) {
		return s.app.Pockets.Sync(ctx, in.path())
	})
	handle(s, get("diff-pocket", pocketPath+"/diff", "Tell what a pull would change"), func(ctx context.Context, in *PocketPath) (usecase.List[pockets.PocketArea], error) {
		areas, err := s.app.Pockets.Diff(ctx, in.path())
		return usecase.List[pockets.PocketArea]{Items: areas}, err
	})
	handle(s, get("check-pocket", pocketPath+"/check", "Tell what a pull would change, and what it would break for machines"), func(ctx context.Context, in *struct {
		PocketPath
		With         []string `query:"with,explode" maxItems:"100" doc:"What the machines install from besides: DISTRIBUTION/SERIES/POCKET, POCKET of the same series, mirror:NAME and the like; several times for several; none: the pockets release, updates and security of the series"`
		Profile      string   `query:"profile" doc:"What machines with this repository profile install from, instead"`
		Architecture []string `query:"architecture,explode" maxItems:"20" doc:"Of the machines; none: those of the pocket"`
	}) (pockets.PullCheck, error) {
		return s.app.Pockets.CheckPull(ctx, in.path(), pockets.Joined{With: in.With, Profile: in.Profile, Architectures: in.Architecture})
	})
	handle(s, post("pull-pocket", pocketPath+"/pull", "Start to give a pocket that pulls what its origin has", http.StatusAccepted), func(ctx context.Context, in *struct {
		PocketPath
		Body *PullRequest
	}) (usecase.Activity, error) {
		if in.Body == nil || !in.Body.Check {
			return s.app.Pockets.Pull(ctx, in.path())
		}
		return s.app.Pockets.PullChecked(ctx, in.path(), in.Body.Joined)
	})
	handle(s, post("revert-pocket", pocketPath+"/revert", "Start to give a pocket the packages that it had", http.StatusAccepted), func(ctx context.Context, in *struct {
		PocketPath
		Body RevertRequest
	}) (usecase.Activity, error) {
		return s.app.Pockets.Revert(ctx, in.path(), in.Body.To)
	})
	handle(s, huma.Operation{OperationID: "remove-pocket-packages", Method: http.MethodDelete, Path: pocketPath + "/packages", DefaultStatus: http.StatusAccepted,
		Summary: "Start to remove packages from a pocket that takes uploads"}, func(ctx context.Context, in *struct {
		PocketPath
		Package []string `query:"package,explode" required:"true" doc:"A name; several times for several"`
	}) (usecase.Activity, error) {
		return s.app.Pockets.Remove(ctx, in.path(), in.Package)
	})
}
