package client

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/repos"
)

// Uploaders gives the rules of whose .changes files a repo takes.
func (c *Client) Uploaders(ctx context.Context, repo string) (repos.Uploaders, error) {
	return call[repos.Uploaders](ctx, c, request{method: http.MethodGet, path: path("repos", repo, "uploaders")})
}

// SetUploaders says whose .changes files a repo takes.
func (c *Client) SetUploaders(ctx context.Context, repo string, rules repos.Uploaders) (repos.Uploaders, error) {
	return call[repos.Uploaders](ctx, c, request{method: http.MethodPut, path: path("repos", repo, "uploaders"), body: rules})
}

// DropUploaders takes the rules away.
func (c *Client) DropUploaders(ctx context.Context, repo string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("repos", repo, "uploaders")})
}
