package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/app/collections"
)

// Breakage tells what would break for machines that install from all of before, if
// they had all of after instead; without architectures, for all that there are.
func (c *Client) Breakage(ctx context.Context, before, after, architectures []string) (collections.Breakage, error) {
	return call[collections.Breakage](ctx, c, request{
		method: http.MethodGet, path: path("breakage"), query: url.Values{"before": before, "after": after, "architecture": architectures},
	})
}
