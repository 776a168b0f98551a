package client

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app"
)

// PlanApply tells what an apply would do, and what is wrong with the declaration.
func (c *Client) PlanApply(ctx context.Context, in app.ApplyRequest) (app.ApplyPlan, error) {
	return call[app.ApplyPlan](ctx, c, request{method: http.MethodPost, path: path("apply", "plan"), body: in})
}

// Apply starts to bring about what a declaration states.
func (c *Client) Apply(ctx context.Context, in app.ApplyRequest) (app.Activity, error) {
	return call[app.Activity](ctx, c, request{method: http.MethodPost, path: path("apply"), body: in})
}

// ExportDeclaration gives a declaration of what there is.
func (c *Client) ExportDeclaration(ctx context.Context) (app.Export, error) {
	return call[app.Export](ctx, c, request{method: http.MethodGet, path: path("export")})
}
