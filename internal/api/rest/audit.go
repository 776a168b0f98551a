package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// audit adds /v1/audit.
func (s *service) audit() {
	handle(s, routes.ListAudit, func(ctx context.Context, in *routes.ListAuditInput) (usecase.List[audit.AuditEntry], error) {
		f := audit.Filter{Who: in.Who, Action: in.Action, Subject: in.Subject, Since: in.Since, Until: in.Until}
		return s.app.Audit.Log(ctx, f, in.Page())
	})
}
