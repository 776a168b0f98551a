package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// imports adds /v1/imports. The paths in a plan are those of the server.
func (s *service) imports() {
	handle(s, routes.PlanImport, func(ctx context.Context, in *routes.Body[imports.ImportPlan]) (imports.ImportSummary, error) {
		return s.app.Imports.Plan(ctx, in.Body)
	})
	handle(s, routes.Import, func(ctx context.Context, in *routes.Body[imports.ImportPlan]) (usecase.Activity, error) {
		return s.app.Imports.Start(ctx, in.Body)
	})
}
