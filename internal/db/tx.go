package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Tx is a transaction under way. One goroutine uses it, and only until the
// function it was given to returns.
type Tx struct {
	db       *DB
	conn     *conn
	write    bool
	now      int64 // the instant given by Now, or 0
	spoilt   error // the first failed statement's error
	hooks    []func()
	open     []*Rows
	rowsRead int64
	counted  int64 // how many of them the database's count has
}

// Dialect names the engine, for the rare query with a text for each.
func (tx *Tx) Dialect() string { return tx.db.dialect.name }

// RowsRead counts the rows handed out by the queries of this transaction.
func (tx *Tx) RowsRead() int64 { return tx.rowsRead }

// Writes reports whether this transaction may write: what it reads may then be
// its own changes, which nobody else ever sees if it fails.
func (tx *Tx) Writes() bool { return tx.write }

// AfterCommit has hook called once the transaction is committed, in the order
// given, after the connection is free again: a hook may begin transactions.
// Hooks of a transaction that is not committed are never called.
func (tx *Tx) AfterCommit(hook func()) { tx.hooks = append(tx.hooks, hook) }

// Exec runs a statement and gives the number of rows it changed. Errors are
// [ErrUnique], [ErrReference], ctx's, or a problem (Full when the disk is).
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if tx.spoilt != nil {
		return 0, tx.spoilt
	}
	n, err := tx.conn.exec(ctx, query, args...)
	if err != nil {
		return 0, tx.spoil(ctx, err)
	}
	return n, nil
}

// Query runs a statement that gives rows. The caller closes them, or reads
// them to the end; [All] and [Each] do so by themselves.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	if tx.spoilt != nil {
		return nil, tx.spoilt
	}
	s, err := tx.conn.take(ctx, query)
	if err != nil {
		return nil, tx.spoil(ctx, err)
	}
	rows, err := s.stmt.QueryContext(ctx, args...)
	if err != nil {
		tx.conn.give(s)
		return nil, tx.spoil(ctx, err)
	}
	r := &Rows{tx: tx, ctx: ctx, rows: rows, from: s}
	tx.open = append(tx.open, r)
	return r, nil
}

// QueryRow runs a statement of which the first row counts. The error, also
// [ErrNoRows], comes with Scan.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) Row {
	rows, err := tx.Query(ctx, query, args...)
	return Row{rows, err}
}

// spoil notes that a statement failed, explains why, and names it.
func (tx *Tx) spoil(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	} else {
		err = tx.db.dialect.explain(err)
	}
	if tx.spoilt == nil {
		tx.spoilt = err
	}
	return err
}

// end closes the rows that the caller left open, which would keep the
// connection in its snapshot after the transaction, and adds the rows read to
// the database's count.
func (tx *Tx) end() {
	for _, r := range slices.Clone(tx.open) {
		r.Close()
	}
	tx.db.rowsRead.Add(tx.rowsRead - tx.counted)
	tx.counted = tx.rowsRead
}

// Rows are the rows of a query, one at a time:
//
//	for rows.Next() { err = rows.Scan(&a, &b) … }
//	if err := rows.Err(); …
type Rows struct {
	tx     *Tx
	ctx    context.Context // the query's own: it says why rows ended early
	rows   *sql.Rows
	from   *statement
	err    error
	closed bool
}

// Next makes the next row current. False means the end or an error; see Err.
func (r *Rows) Next() bool {
	if !r.closed && r.rows.Next() {
		r.tx.rowsRead++
		return true
	}
	r.Close()
	return false
}

// Scan copies the current row's columns into dest, as in database/sql.
func (r *Rows) Scan(dest ...any) error {
	if err := r.rows.Scan(dest...); err != nil {
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		return fmt.Errorf("reading a row: %w", err)
	}
	return nil
}

// Err returns why the rows ended, nil at their proper end.
func (r *Rows) Err() error { return r.err }

// Close ends the query before its last row. Further calls do nothing.
func (r *Rows) Close() error {
	if r.closed {
		return r.err
	}
	r.closed = true
	if err := errors.Join(r.rows.Err(), r.rows.Close()); err != nil {
		r.err = r.tx.spoil(r.ctx, err)
	}
	r.tx.conn.give(r.from)
	r.tx.open = slices.DeleteFunc(r.tx.open, func(o *Rows) bool { return o == r })
	return r.err
}

// Row is the first row of a query, or its error.
type Row struct {
	rows *Rows
	err  error
}

// Scan copies the columns into dest; [ErrNoRows] when there was no row.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	return r.rows.Scan(dest...)
}
