package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// snapshots adds /v1/snapshots and /v1/diff.
func (s *service) snapshots() {
	handle(s, get("list-snapshots", "/v1/snapshots", "List snapshots by name"), func(ctx context.Context, in *Paging) (usecase.List[collections.Collection], error) {
		return s.app.Collections.Snapshots(ctx, in.page())
	})
	handle(s, post("create-snapshot", "/v1/snapshots", "Name a state of a collection, merge several, or choose packages", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body collections.NewSnapshot }) (collections.Collection, error) {
			return s.app.Collections.CreateSnapshot(ctx, in.Body)
		})
	handle(s, post("pull-snapshot", "/v1/snapshots/pull", "Make a snapshot of one collection with some packages of another", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body collections.PullSnapshot }) (collections.PullResult, error) {
			return s.app.Collections.Pull(ctx, in.Body)
		})
	handle(s, get("get-snapshot", "/v1/snapshots/{name}", "Get a snapshot"), func(ctx context.Context, in *Named) (collections.Collection, error) {
		return s.app.Collections.Snapshot(ctx, in.Name)
	})
	handle(s, patch("edit-snapshot", "/v1/snapshots/{name}", "Rename a snapshot, or describe it"), func(ctx context.Context, in *struct {
		Named
		Body collections.SnapshotEdit
	}) (collections.Collection, error) {
		return s.app.Collections.EditSnapshot(ctx, in.Name, in.Body)
	})
	handleEmpty(s, remove("drop-snapshot", "/v1/snapshots/{name}", "Drop a snapshot that feeds no publication"), func(ctx context.Context, in *Named) error {
		return s.app.Collections.DropSnapshot(ctx, in.Name)
	})
	s.contents("snapshot")
	handle(s, get("diff", "/v1/diff", "Compare two collections or publications, or states of them"), func(ctx context.Context, in *struct {
		Left  string `query:"left" required:"true" doc:"mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state"`
		Right string `query:"right" required:"true" doc:"The same"`
	}) (usecase.List[collections.Change], error) {
		left, err := collections.ParseRef("left", in.Left)
		if err != nil {
			return usecase.List[collections.Change]{}, err
		}
		right, err := collections.ParseRef("right", in.Right)
		if err != nil {
			return usecase.List[collections.Change]{}, err
		}
		changes, err := s.app.Collections.Diff(ctx, left, right)
		return usecase.List[collections.Change]{Items: changes}, err
	})
}
