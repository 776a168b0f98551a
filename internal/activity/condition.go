package activity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Condition selects activities for which all set fields hold. The zero value selects all.
type Condition struct {
	All []Condition // each of these
	Any []Condition // at least one of these; an empty list that is not nil selects none
	Not *Condition  // not this one

	ID, Parent    int64
	Types         []string // one of them
	Statuses      []Status // one of them
	CreatedBy     string
	CreatedFrom   time.Time // at or after
	CreatedBefore time.Time
	RunAfter      time.Time // with a later RunAt
}

// maxCondition limits the parts of a condition, because databases limit a statement.
const maxCondition = 500

// Search returns up to limit (1 to 1000) activities that a condition selects, the oldest first,
// after the first offset ones.
func (e *Engine) Search(ctx context.Context, c Condition, offset, limit int) (all []Activity, err error) {
	if limit < 1 || limit > 1000 {
		return nil, problem.New(problem.Invalid, "%d is not a possible length of a page", limit).In("limit").WithHint("use 1 to 1000")
	}
	if offset < 0 {
		return nil, problem.New(problem.Invalid, "%d is not a possible position in a list", offset).In("offset").WithHint("use 0 or more")
	}
	var w conditionWriter
	where := w.write(c)
	if len(w.args) > maxCondition {
		return nil, problem.New(problem.TooLarge, "the condition has more than %d parts", maxCondition)
	}
	page := fmt.Sprintf(" ORDER BY a.id LIMIT %s OFFSET %s", w.arg(limit), w.arg(offset))
	err = e.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, scan, `SELECT `+columns+` FROM activity a WHERE `+where+page, w.args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("searching activities: %w", err)
	}
	for i := range all {
		all[i] = e.overlay(all[i])
	}
	return all, nil
}

// conditionWriter writes conditions as SQL.
type conditionWriter struct{ args []any }

func (w *conditionWriter) arg(value any) string {
	w.args = append(w.args, value)
	return fmt.Sprintf("$%d", len(w.args))
}

// write returns a condition as an operand of AND and OR.
func (w *conditionWriter) write(c Condition) string {
	parts := w.fields(c)
	for _, each := range c.All {
		parts = append(parts, w.write(each))
	}
	if c.Any != nil {
		any := []string{"1 = 0"}
		for _, each := range c.Any {
			any = append(any, w.write(each))
		}
		parts = append(parts, "("+strings.Join(any, " OR ")+")")
	}
	if c.Not != nil {
		parts = append(parts, "NOT "+w.write(*c.Not))
	}
	if len(parts) == 0 {
		return "1 = 1"
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

// fields adds the conditions on columns.
func (w *conditionWriter) fields(c Condition) (parts []string) {
	add := func(condition string, value any) { parts = append(parts, condition+w.arg(value)) }
	if c.ID != 0 {
		add("a.id = ", c.ID)
	}
	if c.Parent != 0 {
		add("coalesce(a.parent_id, 0) = ", c.Parent)
	}
	if c.Types != nil {
		parts = append(parts, oneOf(w, "a.type", c.Types))
	}
	if c.Statuses != nil {
		parts = append(parts, oneOf(w, "a.status", c.Statuses))
	}
	if c.CreatedBy != "" {
		add("a.created_by = ", c.CreatedBy)
	}
	if !c.CreatedFrom.IsZero() {
		add("a.created_at >= ", c.CreatedFrom.UnixMicro())
	}
	if !c.CreatedBefore.IsZero() {
		add("a.created_at < ", c.CreatedBefore.UnixMicro())
	}
	if !c.RunAfter.IsZero() {
		add("a.run_at > ", c.RunAfter.UnixMicro())
	}
	return parts
}

// oneOf adds that a column has one of some values. Without values it never holds.
func oneOf[T ~string](w *conditionWriter, column string, values []T) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = w.arg(string(v))
	}
	return column + " IN (" + strings.Join(list, ", ") + ")"
}
