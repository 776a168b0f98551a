package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Entry is one line of the audit log.
type Entry struct {
	ID      int64           `json:"id"`
	At      int64           `json:"at"`      // microseconds since 1970
	Who     string          `json:"who"`     // the principal's name; empty if unknown
	Person  int64           `json:"person"`  // the person's id; 0: a token, or the server itself
	Action  string          `json:"action"`  // such as "mirror.create"
	Subject string          `json:"subject"` // of the action, such as "mirror:bookworm"
	Detail  json.RawMessage `json:"detail"`  // any JSON value, or null
}

// maxDetailBytes limits the detail of an entry.
const maxDetailBytes = 64 << 10

// Record writes an audit entry about an action of the context's principal, in the
// transaction of the action. The detail is any value that encodes to JSON, or nil; above
// 64 KiB only its size is stored.
func Record(ctx context.Context, tx *db.Tx, action, subject string, detail any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("recording %s of %s: %w", action, subject, err)
	}
	if len(text) > maxDetailBytes {
		text = fmt.Appendf(nil, `{"omitted_bytes":%d}`, len(text))
	}
	id, now, err := tx.NewRow(ctx, "audit")
	if err != nil {
		return err
	}
	who, _ := From(ctx)
	_, err = tx.Exec(ctx, `INSERT INTO audit (id, at, who, person, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, now, who.Name, who.Person, action, subject, string(text))
	return problem.While(err, "recording %s of %s", action, subject)
}

// Filter selects entries of the audit log. Empty and 0 select all.
type Filter struct {
	Who     string
	Action  string
	Subject string
	Since   int64 // microseconds since 1970, inclusive
	Until   int64 // the same, exclusive
}

// Log returns up to limit entries, the newest first, older than an id (0 for the newest).
func Log(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) ([]Entry, error) {
	return f.entries(ctx, tx, before, 0, limit)
}

// LogFrom returns up to limit entries, the newest first, after the first offset ones.
func LogFrom(ctx context.Context, tx *db.Tx, f Filter, offset, limit int) ([]Entry, error) {
	return f.entries(ctx, tx, 0, offset, limit)
}

func (f Filter) entries(ctx context.Context, tx *db.Tx, before int64, offset, limit int) ([]Entry, error) {
	var where []string
	var args []any
	add := func(condition string, value any, wanted bool) {
		if wanted {
			args = append(args, value)
			where = append(where, fmt.Sprintf("%s $%d", condition, len(args)))
		}
	}
	add("who =", f.Who, f.Who != "")
	add("action =", f.Action, f.Action != "")
	add("subject =", f.Subject, f.Subject != "")
	add("at >=", f.Since, f.Since != 0)
	add("at <", f.Until, f.Until != 0)
	add("id <", before, before != 0)
	query := `SELECT id, at, who, person, action, subject, detail FROM audit`
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, limit, offset)
	entries, err := db.All(ctx, tx, scanEntry, fmt.Sprintf("%s ORDER BY id DESC LIMIT $%d OFFSET $%d", query, len(args)-1, len(args)), args...)
	return entries, problem.While(err, "reading the audit log")
}

func scanEntry(row db.Scanner) (e Entry, err error) {
	var detail string
	err = row.Scan(&e.ID, &e.At, &e.Who, &e.Person, &e.Action, &e.Subject, &detail)
	e.Detail = json.RawMessage(detail)
	return e, err
}
