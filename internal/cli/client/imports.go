package client

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app"
)

// PlanImport tells what an import would bring over.
func (c *Client) PlanImport(ctx context.Context, in app.ImportPlan) (app.ImportSummary, error) {
	return call[app.ImportSummary](ctx, c, request{method: http.MethodPost, path: path("imports", "plan"), body: in})
}

// Import starts to bring over the repositories of another program.
func (c *Client) Import(ctx context.Context, in app.ImportPlan) (app.Activity, error) {
	return call[app.Activity](ctx, c, request{method: http.MethodPost, path: path("imports"), body: in})
}
