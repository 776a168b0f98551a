package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/app"
)

// Breakage tells what would break for machines that install from all of before, if
// they had all of after instead; without architectures, for all that there are.
func (c *Client) Breakage(ctx context.Context, before, after, architectures []string) (app.Breakage, error) {
	return call[app.Breakage](ctx, c, request{
		method: http.MethodGet, path: path("breakage"), query: url.Values{"before": before, "after": after, "architecture": architectures},
	})
}
