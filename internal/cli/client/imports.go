package client

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// PlanImport tells what an import would bring over.
func (c *Client) PlanImport(ctx context.Context, in imports.ImportPlan) (imports.ImportSummary, error) {
	return call[imports.ImportSummary](ctx, c, request{method: http.MethodPost, path: path("imports", "plan"), body: in})
}

// Import starts to bring over the repositories of another program.
func (c *Client) Import(ctx context.Context, in imports.ImportPlan) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: path("imports"), body: in})
}
