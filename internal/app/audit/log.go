package audit

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  any       `json:"detail,omitempty"`
}

// AuditFilter chooses entries of the audit log; empty fields choose all.
type AuditFilter struct {
	Who     string
	Action  string
	Subject string
	Since   time.Time // inclusive
	Until   time.Time // exclusive
}

// AuditLog lists who did what, newest first.
func (s *Service) Log(ctx context.Context, f AuditFilter, p usecase.Page) (usecase.List[AuditEntry], error) {
	if err := access.Require(ctx, access.Events); err != nil {
		return usecase.List[AuditEntry]{}, err
	}
	before, err := usecase.PageNumber(p)
	if err != nil {
		return usecase.List[AuditEntry]{}, err
	}
	filter := access.Filter{Who: f.Who, Action: f.Action, Subject: f.Subject, Since: usecase.Micros(f.Since), Until: usecase.Micros(f.Until)}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[AuditEntry], error) {
		found, err := access.Log(ctx, tx, filter, before, p.Size()+1)
		items := make([]AuditEntry, len(found))
		for i, e := range found {
			items[i] = AuditEntry{ID: e.ID, At: usecase.Stamp(e.At), Who: e.Who, Action: e.Action, Subject: e.Subject}
			if string(e.Detail) != "null" {
				items[i].Detail = e.Detail
			}
		}
		return usecase.PageOf(items, p.Size(), func(e AuditEntry) string { return usecase.Number(e.ID) }), err
	})
}
