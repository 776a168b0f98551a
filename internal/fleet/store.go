package fleet

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of profiles, APT sources and saved searches.
func Schema() db.Schema { return db.Schema{Name: "fleet", Migrations: migrations} }

// Store stores profiles, APT sources and saved searches. Its methods work in the given transaction.
type Store struct{}

// Regroup moves all profiles and APT sources of an access group into another.
func (Store) Regroup(ctx context.Context, tx *db.Tx, from, to string) error {
	for _, table := range []string{"repository_profile", "apt_source"} {
		if _, err := tx.Exec(ctx, "UPDATE "+table+" SET access_group = $1 WHERE access_group = $2", to, from); err != nil {
			return fmt.Errorf("moving the profiles and APT sources of the access group %s: %w", from, err)
		}
	}
	return nil
}

// where collects the conditions of a query.
type where struct {
	conditions []string
	args       []any
}

// add adds a condition with placeholders written as ?, if it is wanted.
func (w *where) add(wanted bool, condition string, args ...any) {
	if !wanted {
		return
	}
	for _, arg := range args {
		w.args = append(w.args, arg)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

// among adds that a column has one of some values, if there are any.
func (w *where) among(column string, values []string) {
	marks := make([]string, len(values))
	args := make([]any, len(values))
	for i, v := range values {
		marks[i], args[i] = "?", v
	}
	w.add(len(values) > 0, column+" IN ("+strings.Join(marks, ", ")+")", args...)
}

// text adds that the name or another column contains a text. It ignores the case of ASCII letters.
func (w *where) text(column, part string) {
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(part)) + "%"
	w.add(part != "", `(name LIKE ? ESCAPE '\' OR lower(`+column+`) LIKE ? ESCAPE '\')`, like, like)
}

// String returns the clause.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// free returns the error taken if a table has a row with a name.
func free(ctx context.Context, tx *db.Tx, table, name string, taken error) error {
	_, err := db.One(ctx, tx, db.Value[int64], "SELECT id FROM "+table+" WHERE name = $1", name)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return nil
	case err == nil:
		return taken
	}
	return err
}

// set changes a field to a value, unless that is nil.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
