package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app"
)

// imports adds /v1/imports. The paths in a plan are those of the server.
func (s *service) imports() {
	type body struct{ Body app.ImportPlan }
	handle(s, post("plan-import", "/v1/imports/plan", "Tell what an import from another program would bring over", http.StatusOK),
		func(ctx context.Context, in *body) (app.ImportSummary, error) { return s.app.PlanImport(ctx, in.Body) })
	handle(s, post("import", "/v1/imports", "Start to bring over the repositories of another program", http.StatusAccepted),
		func(ctx context.Context, in *body) (app.Activity, error) { return s.app.Import(ctx, in.Body) })
}
