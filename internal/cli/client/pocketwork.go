package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// SyncPocket starts to bring a pocket up to date.
func (c *Client) SyncPocket(ctx context.Context, p pockets.Path) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: inPocket(p, "sync")})
}

// PocketDiff tells what a pull would change.
func (c *Client) PocketDiff(ctx context.Context, p pockets.Path) (usecase.List[pockets.PocketArea], error) {
	return call[usecase.List[pockets.PocketArea]](ctx, c, request{method: http.MethodGet, path: inPocket(p, "diff")})
}

// CheckPull tells what a pull would change and break.
func (c *Client) CheckPull(ctx context.Context, p pockets.Path, in pockets.Joined) (pockets.PullCheck, error) {
	q := url.Values{"with": in.With, "architecture": in.Architectures}
	if in.Profile != "" {
		q.Set("profile", in.Profile)
	}
	return call[pockets.PullCheck](ctx, c, request{method: http.MethodGet, path: inPocket(p, "check"), query: q})
}

// PullPocket starts to give a pocket what its origin has.
func (c *Client) PullPocket(ctx context.Context, p pockets.Path, in routes.PullRequest) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: inPocket(p, "pull"), body: in})
}

// RevertPocket starts to give a pocket the packages that it had.
func (c *Client) RevertPocket(ctx context.Context, p pockets.Path, to string) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: inPocket(p, "revert"), body: routes.RevertRequest{To: to}})
}

// RemoveFromPocket starts to remove packages from a pocket.
func (c *Client) RemoveFromPocket(ctx context.Context, p pockets.Path, packages []string) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodDelete, path: inPocket(p, "packages"), query: url.Values{"package": packages}})
}
