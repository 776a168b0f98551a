package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// apply adds /v1/apply and /v1/export.
func (s *service) apply() {
	type body struct{ Body apply.ApplyRequest }
	handle(s, post("plan-apply", "/v1/apply/plan", "Tell what an apply of a declaration would do, and all that is wrong with it", http.StatusOK),
		func(ctx context.Context, in *body) (apply.ApplyPlan, error) { return s.app.Apply.Plan(ctx, in.Body) })
	handle(s, post("apply", "/v1/apply", "Start to bring about what a declaration states", http.StatusAccepted),
		func(ctx context.Context, in *body) (usecase.Activity, error) { return s.app.Apply.Apply(ctx, in.Body) })
	handle(s, get("export", "/v1/export", "Get a declaration of what there is"),
		func(ctx context.Context, _ *struct{}) (apply.Export, error) { return s.app.Apply.Export(ctx) })
}
