package db

import (
	"context"
	"fmt"
	"iter"
	"strings"
)

// bulkRows is the largest number of rows of one INSERT. More than a few hundred only cost
// memory.
const bulkRows = 250

// Bulk inserts many rows and returns their number. Use it for more than a handful of rows: it
// inserts several hundred with each statement, which is prepared once.
//
// table and columns must be constants of the program. Each row has one value per column. The
// sequence can reuse its slice, but the bytes that a value points to must not change until Bulk
// returns. Errors are those of [Tx.Exec].
func Bulk(ctx context.Context, tx *Tx, table string, columns []string, rows iter.Seq[[]any]) (int64, error) {
	b := bulk{tx: tx, table: table, columns: columns}
	if err := b.check(); err != nil {
		return 0, err
	}
	size := min(bulkRows, tx.db.dialect.variables/len(columns))
	for row := range rows {
		if len(row) != len(columns) {
			return b.done, fmt.Errorf("bulk insert into %s: a row has %d values for %d columns", table, len(row), len(columns))
		}
		b.args = append(b.args, row...)
		if len(b.args) == size*len(columns) {
			if err := b.flush(ctx); err != nil {
				return b.done, err
			}
		}
	}
	return b.done, b.flush(ctx)
}

// bulk collects rows for a statement.
type bulk struct {
	tx      *Tx
	table   string
	columns []string
	args    []any
	text    string // the statement for
	rows    int    // this number of rows
	done    int64
}

func (b *bulk) check() error {
	if len(b.columns) == 0 || len(b.columns) > b.tx.db.dialect.variables {
		return fmt.Errorf("bulk insert into %s: %d columns", b.table, len(b.columns))
	}
	for _, name := range append([]string{b.table}, b.columns...) {
		if !isName(name) {
			return fmt.Errorf("bulk insert: %q is not a name of a table or column", name)
		}
	}
	return nil
}

// isName reports whether s is a plain name, and so safe in a statement.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func (b *bulk) flush(ctx context.Context) error {
	rows := len(b.args) / len(b.columns)
	if rows == 0 {
		return nil
	}
	if rows != b.rows {
		b.rows, b.text = rows, b.insert(rows)
	}
	n, err := b.tx.Exec(ctx, b.text, b.args...)
	if err != nil {
		return fmt.Errorf("bulk insert into %s: %w", b.table, err)
	}
	b.done += n
	clear(b.args)
	b.args = b.args[:0]
	return nil
}

// insert returns INSERT INTO t(a, b) VALUES (?,?),(?,?),…
func (b *bulk) insert(rows int) string {
	var s strings.Builder
	fmt.Fprintf(&s, "INSERT INTO %s(%s) VALUES ", b.table, strings.Join(b.columns, ", "))
	for row := range rows {
		if row > 0 {
			s.WriteByte(',')
		}
		placeholders(&s, row*len(b.columns)+1, len(b.columns), b.tx.db.dialect.nameless)
	}
	return s.String()
}

// placeholders writes n placeholders: ($first,…) or (?,…).
func placeholders(s *strings.Builder, first, n int, nameless bool) {
	s.WriteByte('(')
	for i := range n {
		if i > 0 {
			s.WriteByte(',')
		}
		if nameless {
			s.WriteByte('?')
		} else {
			fmt.Fprintf(s, "$%d", first+i)
		}
	}
	s.WriteByte(')')
}
