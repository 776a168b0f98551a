package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// distributions adds /v1/distributions.
func (s *service) distributions() {
	handle(s, routes.ListDistributions, func(ctx context.Context, in *routes.ListDistributionsInput) (usecase.List[pockets.Distribution], error) {
		return s.app.Pockets.FindDistributions(ctx, pockets.Filter{Distribution: in.Name}, in.Page())
	})
	handle(s, routes.CreateDistribution, func(ctx context.Context, in *routes.Body[pockets.NewDistribution]) (pockets.Distribution, error) {
		return s.app.Pockets.CreateDistribution(ctx, in.Body)
	})
	handle(s, routes.GetDistribution, func(ctx context.Context, in *routes.Named) (pockets.Distribution, error) {
		return s.app.Pockets.Distribution(ctx, in.Name)
	})
	handleEmpty(s, routes.DropDistribution, func(ctx context.Context, in *routes.Named) error {
		return s.app.Pockets.DropDistribution(ctx, in.Name)
	})
}

// series adds /v1/series.
func (s *service) series() {
	handle(s, routes.ListSeries, func(ctx context.Context, in *routes.ListSeriesInput) (usecase.List[pockets.Series], error) {
		return s.app.Pockets.FindSeries(ctx, pockets.Filter{Distribution: in.Distribution, Series: in.Name}, in.Page())
	})
	handle(s, routes.CreateSeries, func(ctx context.Context, in *routes.Body[pockets.NewSeries]) (pockets.Series, error) {
		return s.app.Pockets.CreateSeries(ctx, in.Body)
	})
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
