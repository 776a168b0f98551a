package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Distributions lists distributions with what is in them, by name.
func (c *Client) Distributions(ctx context.Context, name string, p usecase.Page) (usecase.List[pockets.Distribution], error) {
	return list[pockets.Distribution](ctx, c, p, url.Values{"name": {name}}, "distributions")
}

// CreateDistribution makes a distribution.
func (c *Client) CreateDistribution(ctx context.Context, in pockets.NewDistribution) (pockets.Distribution, error) {
	return call[pockets.Distribution](ctx, c, request{method: http.MethodPost, path: path("distributions"), body: in})
}

// Distribution gives a distribution.
func (c *Client) Distribution(ctx context.Context, name string) (pockets.Distribution, error) {
	return call[pockets.Distribution](ctx, c, request{method: http.MethodGet, path: path("distributions", name)})
}

// DropDistribution drops a distribution with its series and pockets.
func (c *Client) DropDistribution(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("distributions", name)})
}

// AllSeries lists series with their pockets.
func (c *Client) AllSeries(ctx context.Context, f pockets.Filter, p usecase.Page) (usecase.List[pockets.Series], error) {
	return list[pockets.Series](ctx, c, p, url.Values{"distribution": {f.Distribution}, "name": {f.Series}}, "series")
}

// CreateSeries makes a series.
func (c *Client) CreateSeries(ctx context.Context, in pockets.NewSeries) (pockets.Series, error) {
	return call[pockets.Series](ctx, c, request{method: http.MethodPost, path: path("series"), body: in})
}

// Series gives a series.
func (c *Client) Series(ctx context.Context, distribution, name string) (pockets.Series, error) {
	return call[pockets.Series](ctx, c, request{method: http.MethodGet, path: path("series", distribution, name)})
}

// DeriveSeries makes a series whose pockets pull from those of another one.
func (c *Client) DeriveSeries(ctx context.Context, distribution, origin, name string) (pockets.Series, error) {
	return call[pockets.Series](ctx, c, request{method: http.MethodPost, path: path("series", distribution, origin, "derive"), body: routes.DerivedSeries{Name: name}})
}

// DropSeries drops a series with its pockets.
func (c *Client) DropSeries(ctx context.Context, distribution, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("series", distribution, name)})
}

// Pockets lists pockets.
func (c *Client) Pockets(ctx context.Context, f pockets.Filter, p usecase.Page) (usecase.List[pockets.Pocket], error) {
	return list[pockets.Pocket](ctx, c, p, url.Values{"distribution": {f.Distribution}, "series": {f.Series}, "name": {f.Pocket}, "mode": {f.Mode}}, "pockets")
}

// CreatePocket makes a pocket.
func (c *Client) CreatePocket(ctx context.Context, in pockets.NewPocket) (pockets.Pocket, error) {
	return call[pockets.Pocket](ctx, c, request{method: http.MethodPost, path: path("pockets"), body: in})
}

// inPocket is a path below a pocket.
func inPocket(p pockets.Path, segments ...string) string {
	return path(append([]string{"pockets", p.Distribution, p.Series, p.Pocket}, segments...)...)
}

// Pocket gives a pocket.
func (c *Client) Pocket(ctx context.Context, p pockets.Path) (pockets.Pocket, error) {
	return call[pockets.Pocket](ctx, c, request{method: http.MethodGet, path: inPocket(p)})
}

// EditPocket changes a pocket.
func (c *Client) EditPocket(ctx context.Context, p pockets.Path, in pockets.PocketEdit) (pockets.Pocket, error) {
	return call[pockets.Pocket](ctx, c, request{method: http.MethodPatch, path: inPocket(p), body: in})
}

// DropPocket drops a pocket.
func (c *Client) DropPocket(ctx context.Context, p pockets.Path) error {
	return c.do(ctx, request{method: http.MethodDelete, path: inPocket(p)})
}

// PocketPackages lists packages of a pocket: at a revision or time, or empty for now.
func (c *Client) PocketPackages(ctx context.Context, p pockets.Path, at string, t collections.Terms, page usecase.Page) (usecase.List[collections.Package], error) {
	q := terms(t)
	q.Set("at", at)
	return list[collections.Package](ctx, c, page, q, "pockets", p.Distribution, p.Series, p.Pocket, "packages")
}

// PocketRevisions lists the changes of a pocket, newest first.
func (c *Client) PocketRevisions(ctx context.Context, p pockets.Path, page usecase.Page) (usecase.List[collections.Revision], error) {
	return list[collections.Revision](ctx, c, page, nil, "pockets", p.Distribution, p.Series, p.Pocket, "revisions")
}

// AddPocketFilters adds names of packages to the filters of a pull.
func (c *Client) AddPocketFilters(ctx context.Context, p pockets.Path, packages []string) (pockets.Pocket, error) {
	return call[pockets.Pocket](ctx, c, request{method: http.MethodPost, path: inPocket(p, "filters"), body: routes.PackageNames{Packages: packages}})
}

// RemovePocketFilters takes names of packages from them.
func (c *Client) RemovePocketFilters(ctx context.Context, p pockets.Path, packages []string) (pockets.Pocket, error) {
	return call[pockets.Pocket](ctx, c, request{method: http.MethodDelete, path: inPocket(p, "filters"), query: url.Values{"package": packages}})
}

// AddPocketUploaders lets the owners of keys upload.
func (c *Client) AddPocketUploaders(ctx context.Context, p pockets.Path, keys []string) (pockets.Pocket, error) {
	return call[pockets.Pocket](ctx, c, request{method: http.MethodPost, path: inPocket(p, "uploaders"), body: routes.KeyNames{Keys: keys}})
}

// RemovePocketUploaders ends that.
func (c *Client) RemovePocketUploaders(ctx context.Context, p pockets.Path, keys []string) (pockets.Pocket, error) {
	return call[pockets.Pocket](ctx, c, request{method: http.MethodDelete, path: inPocket(p, "uploaders"), query: url.Values{"key": keys}})
}
