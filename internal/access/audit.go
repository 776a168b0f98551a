package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
)

// Entry is one line of the audit log.
type Entry struct {
	ID      int64           `json:"id"`
	At      int64           `json:"at"`      // microseconds since 1970
	Who     string          `json:"who"`     // the principal's name; empty when nobody was known
	Person  int64           `json:"person"`  // the person's id; 0: a token, or the server itself
	Action  string          `json:"action"`  // what was done, such as "mirror.create"
	Subject string          `json:"subject"` // to what, such as "mirror:bookworm"
	Detail  json.RawMessage `json:"detail"`  // any JSON value; null when there is nothing to add
}

// maxDetailBytes bounds the detail of an entry.
const maxDetailBytes = 64 << 10

// Record writes an entry about what the context's principal did, in the
// transaction that does it. detail is anything that becomes JSON, nil for
// nothing; above 64 KiB only its size is kept.
func Record(ctx context.Context, tx *db.Tx, action, subject string, detail any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("recording %s of %s: %w", action, subject, err)
	}
	if len(text) > maxDetailBytes {
		text = fmt.Appendf(nil, `{"omitted_bytes":%d}`, len(text))
	}
	id, err := tx.Allocate(ctx, "audit", 1)
	if err != nil {
		return err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	who, _ := From(ctx)
	_, err = tx.Exec(ctx, `INSERT INTO audit (id, at, who, person, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, now, who.Name, who.Person, action, subject, string(text))
	if err != nil {
		return fmt.Errorf("recording %s of %s: %w", action, subject, err)
	}
	return nil
}

// Filter chooses entries of the audit log; what is empty or 0 chooses all.
type Filter struct {
	Who     string
	Action  string
	Subject string
	Since   int64 // microseconds since 1970, inclusive
	Until   int64 // the same, exclusive
}

// Log returns entries, the newest first, from before an id (0 for the newest)
// and up to limit of them.
func Log(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) ([]Entry, error) {
	return f.entries(ctx, tx, before, 0, limit)
}

// LogFrom returns entries, the newest first, without the first offset ones and up to limit
// of them.
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
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	return entries, nil
}

func scanEntry(row db.Scanner) (e Entry, err error) {
	var detail string
	err = row.Scan(&e.ID, &e.At, &e.Who, &e.Person, &e.Action, &e.Subject, &detail)
	e.Detail = json.RawMessage(detail)
	return e, err
}
