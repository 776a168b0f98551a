package client

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Publications lists publications by prefix and distribution.
func (c *Client) Publications(ctx context.Context, p usecase.Page) (usecase.List[publications.Publication], error) {
	return list[publications.Publication](ctx, c, p, nil, "publications")
}

// CreatePublication makes a publication and starts its first release.
func (c *Client) CreatePublication(ctx context.Context, in routes.NewPublication) (routes.Published, error) {
	return call[routes.Published](ctx, c, request{method: http.MethodPost, path: path("publications"), body: in})
}

// Publication gives a publication with what its clients need.
func (c *Client) Publication(ctx context.Context, prefix, distribution string) (publications.PublicationDetail, error) {
	return call[publications.PublicationDetail](ctx, c, request{method: http.MethodGet, path: path("publications", prefix, distribution)})
}

// EditPublication changes a publication and starts its next release.
func (c *Client) EditPublication(ctx context.Context, prefix, distribution string, in routes.PublicationEdit) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPatch, path: path("publications", prefix, distribution), body: in})
}

// RetainPublication sets which past releases of a publication are kept.
func (c *Client) RetainPublication(ctx context.Context, prefix, distribution string, r collections.Retention) (publications.Publication, error) {
	return call[publications.Publication](ctx, c, request{method: http.MethodPut, path: path("publications", prefix, distribution, "retention"), body: r})
}

// DropPublication ends a publication.
func (c *Client) DropPublication(ctx context.Context, prefix, distribution string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("publications", prefix, distribution)})
}

// Publish starts the next release.
func (c *Client) Publish(ctx context.Context, prefix, distribution string, rebuild bool) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{
		method: http.MethodPost, path: path("publications", prefix, distribution, "publish"), body: routes.PublishRequest{Rebuild: rebuild},
	})
}

// Releases lists the releases of a publication, newest first.
func (c *Client) Releases(ctx context.Context, prefix, distribution string, p usecase.Page) (usecase.List[publications.Release], error) {
	return list[publications.Release](ctx, c, p, nil, "publications", prefix, distribution, "releases")
}

// PinRelease keeps a release, named by its number or a time, or ends that.
func (c *Client) PinRelease(ctx context.Context, prefix, distribution, release string, pinned bool) (publications.Release, error) {
	return call[publications.Release](ctx, c, request{
		method: http.MethodPut, path: path("publications", prefix, distribution, "releases", release, "pin"), body: routes.Pin{Pinned: pinned},
	})
}

// StagedSources gives the sources that wait for an update of a publication.
func (c *Client) StagedSources(ctx context.Context, prefix, distribution string) (routes.StagedSources, error) {
	return call[routes.StagedSources](ctx, c, request{method: http.MethodGet, path: path("publications", prefix, distribution, "staged")})
}

// StageSources keeps sources for a later update of a publication.
func (c *Client) StageSources(ctx context.Context, prefix, distribution string, sources []string) (routes.StagedSources, error) {
	return call[routes.StagedSources](ctx, c, request{
		method: http.MethodPut, path: path("publications", prefix, distribution, "staged"), body: routes.StagedSources{Sources: sources},
	})
}

// DropStagedSources forgets them.
func (c *Client) DropStagedSources(ctx context.Context, prefix, distribution string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("publications", prefix, distribution, "staged")})
}
