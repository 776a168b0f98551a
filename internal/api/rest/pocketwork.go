package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// pocketWork adds the operations on pockets, and what they would do.
func (s *service) pocketWork() {
	handle(s, routes.SyncPocket, func(ctx context.Context, in *routes.PocketPath) (usecase.Activity, error) {
		return s.app.Pockets.Sync(ctx, pockets.Path(*in))
	})
	handle(s, routes.DiffPocket, func(ctx context.Context, in *routes.PocketPath) (usecase.List[pockets.PocketArea], error) {
		areas, err := s.app.Pockets.Diff(ctx, pockets.Path(*in))
		return usecase.List[pockets.PocketArea]{Items: areas}, err
	})
	handle(s, routes.CheckPocket, func(ctx context.Context, in *routes.CheckPocketInput) (pockets.PullCheck, error) {
		return s.app.Pockets.CheckPull(ctx, pockets.Path(in.PocketPath), pockets.Joined{With: in.With, Profile: in.Profile, Architectures: in.Architecture})
	})
	handle(s, routes.PullPocket, func(ctx context.Context, in *routes.PocketBody[*routes.PullRequest]) (usecase.Activity, error) {
		if in.Body == nil || !in.Body.Check {
			return s.app.Pockets.Pull(ctx, pockets.Path(in.PocketPath))
		}
		return s.app.Pockets.PullChecked(ctx, pockets.Path(in.PocketPath), in.Body.Joined)
	})
	handle(s, routes.RevertPocket, func(ctx context.Context, in *routes.PocketBody[routes.RevertRequest]) (usecase.Activity, error) {
		return s.app.Pockets.Revert(ctx, pockets.Path(in.PocketPath), in.Body.To)
	})
	handle(s, routes.RemovePocketPackages, func(ctx context.Context, in *routes.RemovePocketPackagesInput) (usecase.Activity, error) {
		return s.app.Pockets.Remove(ctx, pockets.Path(in.PocketPath), in.Package)
	})
}
