package rest

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// audit adds /v1/audit.
func (s *service) audit() {
	handle(s, get("list-audit", "/v1/audit", "List who did what, newest first"), func(ctx context.Context, in *struct {
		Paging
		Who     string    `query:"who"`
		Action  string    `query:"action" doc:"Such as mirror.create"`
		Subject string    `query:"subject" doc:"Such as mirror:bookworm"`
		Since   time.Time `query:"since" doc:"Inclusive"`
		Until   time.Time `query:"until" doc:"Exclusive"`
	}) (usecase.List[audit.AuditEntry], error) {
		f := audit.Filter{Who: in.Who, Action: in.Action, Subject: in.Subject, Since: in.Since, Until: in.Until}
		return s.app.Audit.Log(ctx, f, in.page())
	})
}
