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
	handle(s, routes.CreatePocket, func(ctx context.Context, in *routes.Body[pockets.NewPocket]) (pockets.Pocket, error) {
		return s.app.Pockets.Create(ctx, in.Body)
	})
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
