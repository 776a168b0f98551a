package client

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Endpoints lists the places that other servers serve, by name.
func (c *Client) Endpoints(ctx context.Context, p usecase.Page) (usecase.List[publications.Endpoint], error) {
	return list[publications.Endpoint](ctx, c, p, nil, "endpoints")
}

// CreateEndpoint makes a place known.
func (c *Client) CreateEndpoint(ctx context.Context, in routes.NewEndpoint) (publications.Endpoint, error) {
	return call[publications.Endpoint](ctx, c, request{method: http.MethodPost, path: path("endpoints"), body: in})
}

// Endpoint gives one endpoint.
func (c *Client) Endpoint(ctx context.Context, name string) (publications.Endpoint, error) {
	return call[publications.Endpoint](ctx, c, request{method: http.MethodGet, path: path("endpoints", name)})
}

// EditEndpoint gives an endpoint other settings.
func (c *Client) EditEndpoint(ctx context.Context, name string, in publications.EndpointSettings) (publications.Endpoint, error) {
	return call[publications.Endpoint](ctx, c, request{method: http.MethodPut, path: path("endpoints", name), body: in})
}

// DropEndpoint forgets an endpoint.
func (c *Client) DropEndpoint(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("endpoints", name)})
}
