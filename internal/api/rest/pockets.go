package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// pockets adds /v1/pockets.
func (s *service) pockets() {
	handle(s, routes.ListPockets, func(ctx context.Context, in *routes.ListPocketsInput) (usecase.List[pockets.Pocket], error) {
		return s.app.Pockets.Find(ctx, pockets.Filter{Distribution: in.Distribution, Series: in.Series, Pocket: in.Name, Mode: in.Mode}, in.Page())
	})
	handle(s, routes.CreatePocket, body(s.app.Pockets.Create))
	handle(s, routes.GetPocket, func(ctx context.Context, in *routes.PocketPath) (pockets.Pocket, error) {
		return s.app.Pockets.Get(ctx, pockets.Path(*in))
	})
	handle(s, routes.EditPocket, func(ctx context.Context, in *routes.PocketBody[pockets.PocketEdit]) (pockets.Pocket, error) {
		return s.app.Pockets.Edit(ctx, pockets.Path(in.PocketPath), in.Body)
	})
	handleEmpty(s, routes.DropPocket, func(ctx context.Context, in *routes.PocketPath) error {
		return s.app.Pockets.Drop(ctx, pockets.Path(*in))
	})
	s.pocketContents()
	s.pocketWork()
	s.pocketLists()
}

// pocketContents adds what a pocket has and had.
func (s *service) pocketContents() {
	handle(s, routes.ListPocketPackages, func(ctx context.Context, in *routes.ListPocketPackagesInput) (usecase.List[collections.Package], error) {
		return s.app.Pockets.Packages(ctx, pockets.Path(in.PocketPath), in.At, termsOf(in.Terms), in.Page())
	})
	handle(s, routes.ListPocketRevisions, func(ctx context.Context, in *routes.ListPocketRevisionsInput) (usecase.List[collections.Revision], error) {
		return s.app.Pockets.Log(ctx, pockets.Path(in.PocketPath), in.Page())
	})
}

// pocketLists adds what a pull takes and who may upload.
func (s *service) pocketLists() {
	handle(s, routes.AddPocketFilters, func(ctx context.Context, in *routes.PocketBody[routes.PackageNames]) (pockets.Pocket, error) {
		return s.app.Pockets.AddFilters(ctx, pockets.Path(in.PocketPath), in.Body.Packages)
	})
	handle(s, routes.RemovePocketFilters, func(ctx context.Context, in *routes.RemovePocketFiltersInput) (pockets.Pocket, error) {
		return s.app.Pockets.RemoveFilters(ctx, pockets.Path(in.PocketPath), in.Package)
	})
	handle(s, routes.AddPocketUploaders, func(ctx context.Context, in *routes.PocketBody[routes.KeyNames]) (pockets.Pocket, error) {
		return s.app.Pockets.AddUploaders(ctx, pockets.Path(in.PocketPath), in.Body.Keys)
	})
	handle(s, routes.RemovePocketUploaders, func(ctx context.Context, in *routes.RemovePocketUploadersInput) (pockets.Pocket, error) {
		return s.app.Pockets.RemoveUploaders(ctx, pockets.Path(in.PocketPath), in.Key)
	})
}

// pocketWork adds the operations on pockets, and what they would do.
func (s *service) pocketWork() {
	handle(s, routes.SyncPocket, atPocket(s.app.Pockets.Sync))
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

// distributions adds /v1/distributions.
func (s *service) distributions() {
	handle(s, routes.ListDistributions, func(ctx context.Context, in *routes.ListDistributionsInput) (usecase.List[pockets.Distribution], error) {
		return s.app.Pockets.FindDistributions(ctx, pockets.Filter{Distribution: in.Name}, in.Page())
	})
	handle(s, routes.CreateDistribution, body(s.app.Pockets.CreateDistribution))
	handle(s, routes.GetDistribution, named(s.app.Pockets.Distribution))
	handleEmpty(s, routes.DropDistribution, namedEmpty(s.app.Pockets.DropDistribution))
}

// series adds /v1/series.
func (s *service) series() {
	handle(s, routes.ListSeries, func(ctx context.Context, in *routes.ListSeriesInput) (usecase.List[pockets.Series], error) {
		return s.app.Pockets.FindSeries(ctx, pockets.Filter{Distribution: in.Distribution, Series: in.Name}, in.Page())
	})
	handle(s, routes.CreateSeries, body(s.app.Pockets.CreateSeries))
	handle(s, routes.GetSeries, func(ctx context.Context, in *routes.SeriesPath) (pockets.Series, error) {
		return s.app.Pockets.Series(ctx, in.Distribution, in.Series)
	})
	handle(s, routes.DeriveSeries, func(ctx context.Context, in *routes.DeriveSeriesInput) (pockets.Series, error) {
		return s.app.Pockets.DeriveSeries(ctx, in.Distribution, in.Series, in.Body.Name)
	})
	handleEmpty(s, routes.DropSeries, func(ctx context.Context, in *routes.SeriesPath) error {
		return s.app.Pockets.DropSeries(ctx, in.Distribution, in.Series)
	})
}
