package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Log lists what became of a collection or publication, newest first.
func (c *Client) Log(ctx context.Context, ref string, p usecase.Page) (usecase.List[collections.Revision], error) {
	return list[collections.Revision](ctx, c, p, url.Values{"ref": {ref}}, "log")
}

// Revert makes a repo or a publication as a past state of it was.
func (c *Client) Revert(ctx context.Context, ref string) (publications.Reverted, error) {
	return call[publications.Reverted](ctx, c, request{method: http.MethodPost, path: path("revert"), body: routes.Revert{Ref: ref}})
}

// PublicationThen gives a publication as it was at a time.
func (c *Client) PublicationThen(ctx context.Context, prefix, distribution, at string) (publications.PublicationDetail, error) {
	return call[publications.PublicationDetail](ctx, c, request{
		method: http.MethodGet, path: path("publications", prefix, distribution), query: url.Values{"at": {at}},
	})
}

// PublicationPackages lists packages of a publication, at a time, or empty for now.
func (c *Client) PublicationPackages(ctx context.Context, prefix, distribution, at string, t collections.Terms, p usecase.Page) (usecase.List[collections.Package], error) {
	q := terms(t)
	q.Set("at", at)
	return list[collections.Package](ctx, c, p, q, "publications", prefix, distribution, "packages")
}
