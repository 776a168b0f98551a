package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app"
)

// Log lists what became of a collection or publication, newest first.
func (c *Client) Log(ctx context.Context, ref string, p app.Page) (app.List[app.Revision], error) {
	return list[app.Revision](ctx, c, p, url.Values{"ref": {ref}}, "log")
}

// Revert makes a repo or a publication as a past state of it was.
func (c *Client) Revert(ctx context.Context, ref string) (app.Reverted, error) {
	return call[app.Reverted](ctx, c, request{method: http.MethodPost, path: path("revert"), body: rest.Revert{Ref: ref}})
}

// PublicationThen gives a publication as it was at a time.
func (c *Client) PublicationThen(ctx context.Context, prefix, distribution, at string) (app.PublicationDetail, error) {
	return call[app.PublicationDetail](ctx, c, request{
		method: http.MethodGet, path: path("publications", prefix, distribution), query: url.Values{"at": {at}},
	})
}

// PublicationPackages lists packages of a publication, at a time, or empty for now.
func (c *Client) PublicationPackages(ctx context.Context, prefix, distribution, at string, t app.Terms, p app.Page) (app.List[app.Package], error) {
	q := terms(t)
	q.Set("at", at)
	return list[app.Package](ctx, c, p, q, "publications", prefix, distribution, "packages")
}
