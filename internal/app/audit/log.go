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

// Filter chooses entries of the audit log; empty fields choose all.
type Filter struct {
	Who     string
	Action  string
	Subject string
	Since   time.Time // inclusive
	Until   time.Time // exclusive
}

// Log returns entries of the audit log, newest first.
func (s *Service) Log(ctx context.Context, f Filter, p usecase.Page) (usecase.List[AuditEntry], error) {
	filter := access.Filter{Who: f.Who, Action: f.Action, Subject: f.Subject, Since: usecase.Micros(f.Since), Until: usecase.Micros(f.Until)}
	id := func(e AuditEntry) int64 { return e.ID }
	return usecase.ReadList(ctx, s.k, access.Events, p, id, func(tx *db.Tx, before int64, limit int) ([]AuditEntry, error) {
		found, err := access.Log(ctx, tx, filter, before, limit)
		return usecase.Map(found, showEntry), err
	})
}

func showEntry(e access.Entry) AuditEntry {
	show := AuditEntry{ID: e.ID, At: usecase.Stamp(e.At), Who: e.Who, Action: e.Action, Subject: e.Subject}
	if string(e.Detail) != "null" {
		show.Detail = e.Detail
	}
	return show
}
