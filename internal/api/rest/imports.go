package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// imports adds /v1/imports. The paths in a plan are those of the server.
func (s *service) imports() {
	type body struct{ Body imports.ImportPlan }
	handle(s, post("plan-import", "/v1/imports/plan", "Tell what an import from another program would bring over", http.StatusOK),
		func(ctx context.Context, in *body) (imports.ImportSummary, error) {
			return s.app.Imports.Plan(ctx, in.Body)
		})
	handle(s, post("import", "/v1/imports", "Start to bring over the repositories of another program", http.StatusAccepted),
		func(ctx context.Context, in *body) (usecase.Activity, error) {
			return s.app.Imports.Start(ctx, in.Body)
		})
}
