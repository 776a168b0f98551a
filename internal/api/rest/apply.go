package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// apply adds /v1/apply and /v1/export.
func (s *service) apply() {
	handle(s, routes.PlanApply, func(ctx context.Context, in *routes.Body[apply.ApplyRequest]) (apply.ApplyPlan, error) {
		return s.app.Apply.Plan(ctx, in.Body)
	})
	handle(s, routes.Apply, func(ctx context.Context, in *routes.Body[apply.ApplyRequest]) (usecase.Activity, error) {
		return s.app.Apply.Apply(ctx, in.Body)
	})
	handle(s, routes.ExportDeclaration, func(ctx context.Context, _ *routes.None) (apply.Export, error) { return s.app.Apply.Export(ctx) })
}

// imports adds /v1/imports. The paths in a plan are those of the server.
func (s *service) imports() {
	handle(s, routes.PlanImport, func(ctx context.Context, in *routes.Body[imports.ImportPlan]) (imports.ImportSummary, error) {
		return s.app.Imports.Plan(ctx, in.Body)
	})
	handle(s, routes.Import, func(ctx context.Context, in *routes.Body[imports.ImportPlan]) (usecase.Activity, error) {
		return s.app.Imports.Start(ctx, in.Body)
	})
}
