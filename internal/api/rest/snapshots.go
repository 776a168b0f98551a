package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// snapshots adds /v1/snapshots and /v1/diff.
func (s *service) snapshots() {
	handle(s, routes.ListSnapshots, func(ctx context.Context, in *routes.Paging) (usecase.List[collections.Collection], error) {
		return s.app.Collections.Snapshots(ctx, in.Page())
	})
	handle(s, routes.CreateSnapshot, func(ctx context.Context, in *routes.Body[collections.NewSnapshot]) (collections.Collection, error) {
		return s.app.Collections.CreateSnapshot(ctx, in.Body)
	})
	handle(s, routes.PullSnapshot, func(ctx context.Context, in *routes.Body[collections.PullSnapshot]) (collections.PullResult, error) {
		return s.app.Collections.Pull(ctx, in.Body)
	})
	handle(s, routes.GetSnapshot, func(ctx context.Context, in *routes.Named) (collections.Collection, error) {
		return s.app.Collections.Snapshot(ctx, in.Name)
	})
	handle(s, routes.EditSnapshot, func(ctx context.Context, in *routes.NamedBody[collections.SnapshotEdit]) (collections.Collection, error) {
		return s.app.Collections.EditSnapshot(ctx, in.Name, in.Body)
	})
	handleEmpty(s, routes.DropSnapshot, func(ctx context.Context, in *routes.Named) error {
		return s.app.Collections.DropSnapshot(ctx, in.Name)
	})
	s.contents("snapshot")
	handle(s, routes.Diff, func(ctx context.Context, in *routes.DiffInput) (usecase.List[collections.Change], error) {
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
