package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apply"
)

// apply adds /v1/apply and /v1/export.
func (s *service) apply() {
	handle(s, routes.PlanApply, body(s.app.Apply.Plan))
	handle(s, routes.Apply, body(s.app.Apply.Apply))
	handle(s, routes.ExportDeclaration, func(ctx context.Context, _ *routes.None) (apply.Export, error) { return s.app.Apply.Export(ctx) })
}

// imports adds /v1/imports. The paths in a plan are those of the server.
func (s *service) imports() {
	handle(s, routes.PlanImport, body(s.app.Imports.Plan))
	handle(s, routes.Import, body(s.app.Imports.Start))
}
