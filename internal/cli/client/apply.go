package client

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// PlanApply tells what an apply would do, and what is wrong with the declaration.
func (c *Client) PlanApply(ctx context.Context, in apply.ApplyRequest) (apply.ApplyPlan, error) {
	return call[apply.ApplyPlan](ctx, c, request{method: http.MethodPost, path: path("apply", "plan"), body: in})
}

// Apply starts to bring about what a declaration states.
func (c *Client) Apply(ctx context.Context, in apply.ApplyRequest) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: path("apply"), body: in})
}

// ExportDeclaration gives a declaration of what there is.
func (c *Client) ExportDeclaration(ctx context.Context) (apply.Export, error) {
	return call[apply.Export](ctx, c, request{method: http.MethodGet, path: path("export")})
}
