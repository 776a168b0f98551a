package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// SeriesPath is the path of a series.
type SeriesPath struct {
	Distribution string `path:"distribution" maxLength:"200"`
	Series       string `path:"series" maxLength:"200"`
}

// DerivedSeries is a series to be derived from another one.
type DerivedSeries struct {
	Name string `json:"name" doc:"Of the series to be made"`
}

// distributions adds /v1/distributions.
func (s *service) distributions() {
	const one = "/v1/distributions/{name}"
	handle(s, get("list-distributions", "/v1/distributions", "List distributions with their series and pockets, by name"), func(ctx context.Context, in *struct {
		Paging
		Name string `query:"name" doc:"A name, or a pattern such as ubuntu*"`
	}) (usecase.List[pockets.Distribution], error) {
		return s.app.Pockets.FindDistributions(ctx, pockets.Filter{Distribution: in.Name}, in.page())
	})
	handle(s, post("create-distribution", "/v1/distributions", "Make a distribution without series", http.StatusCreated), func(ctx context.Context, in *struct{ Body pockets.NewDistribution }) (pockets.Distribution, error) {
		return s.app.Pockets.CreateDistribution(ctx, in.Body)
	})
	handle(s, get("get-distribution", one, "Get a distribution with its series and pockets"), func(ctx context.Context, in *Named) (pockets.Distribution, error) {
		return s.app.Pockets.Distribution(ctx, in.Name)
	})
	handleEmpty(s, remove("drop-distribution", one, "Drop a distribution with its series and pockets; its past times are served on"), func(ctx context.Context, in *Named) error {
		return s.app.Pockets.DropDistribution(ctx, in.Name)
	})
}

// series adds /v1/series.
func (s *service) series() {
	const one = "/v1/series/{distribution}/{series}"
	handle(s, get("list-series", "/v1/series", "List series with their pockets, by distribution and name"), func(ctx context.Context, in *struct {
		Paging
		Distribution string `query:"distribution" doc:"A name, or a pattern"`
		Name         string `query:"name" doc:"A name, or a pattern"`
	}) (usecase.List[pockets.Series], error) {
		return s.app.Pockets.FindSeries(ctx, pockets.Filter{Distribution: in.Distribution, Series: in.Name}, in.page())
	})
	handle(s, post("create-series", "/v1/series", "Make a series, with pockets that mirror an upstream or with none", http.StatusCreated), func(ctx context.Context, in *struct{ Body pockets.NewSeries }) (pockets.Series, error) {
		return s.app.Pockets.CreateSeries(ctx, in.Body)
	})
	handle(s, get("get-series", one, "Get a series with its pockets"), func(ctx context.Context, in *SeriesPath) (pockets.Series, error) {
		return s.app.Pockets.Series(ctx, in.Distribution, in.Series)
	})
	handle(s, post("derive-series", one+"/derive", "Make a series whose pockets pull from those of this one", http.StatusCreated), func(ctx context.Context, in *struct {
		SeriesPath
		Body DerivedSeries
	}) (pockets.Series, error) {
		return s.app.Pockets.DeriveSeries(ctx, in.Distribution, in.Series, in.Body.Name)
	})
	handleEmpty(s, remove("drop-series", one, "Drop a series with its pockets; its past times are served on"), func(ctx context.Context, in *SeriesPath) error {
		return s.app.Pockets.DropSeries(ctx, in.Distribution, in.Series)
	})
}
