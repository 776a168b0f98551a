package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Tx is a running transaction. Only one goroutine can use it, until the function with the Tx returns.
type Tx struct {
	db       *DB
	conn     *conn
	write    bool
	now      int64 // the instant that Now returned, or 0
	spoilt   error // the first failed statement's error
	hooks    []func()
	open     []*Rows
	rowsRead int64
	counted  int64 // the rows that DB.rowsRead already includes
}

// Dialect returns the name of the engine, for the rare query with a text for each engine.
func (tx *Tx) Dialect() string { return tx.db.dialect.name }

// RowsRead returns the number of rows that the queries of this transaction have read.
func (tx *Tx) RowsRead() int64 { return tx.rowsRead }

// Writes reports whether this is a write transaction: then it can read its own changes, which are lost
// if it fails.
func (tx *Tx) Writes() bool { return tx.write }

// AfterCommit calls hook after the commit of the transaction, in the order of registration. The
// connection is free then, so a hook can begin transactions. Without a commit, hooks are not called.
func (tx *Tx) AfterCommit(hook func()) { tx.hooks = append(tx.hooks, hook) }

// Exec runs a statement and returns the number of changed rows. Errors are [ErrUnique],
// [ErrReference], ctx's, or a problem (such as Full).
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

// Query runs a statement that returns rows. The caller must close them or read them to the end; [All]
// and [Each] do this.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	if tx.spoilt != nil {
		return nil, tx.spoilt
	}
	s, err := tx.conn.prepared(ctx, query)
	if err != nil {
		return nil, tx.spoil(ctx, err)
	}
	rows, err := s.stmt.QueryContext(ctx, args...)
	if err != nil {
		tx.conn.release(s)
		return nil, tx.spoil(ctx, err)
	}
	r := &Rows{tx: tx, ctx: ctx, rows: rows, from: s}
	tx.open = append(tx.open, r)
	return r, nil
}

// QueryRow runs a statement and returns its first row. Its Scan returns the error, also [ErrNoRows].
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) Row {
	rows, err := tx.Query(ctx, query, args...)
	return Row{rows, err}
}

// spoil records the error of a statement, and returns it explained.
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

// end closes open rows, which would keep the connection in its snapshot after the transaction, and adds
// the number of read rows to the database's.
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
	ctx    context.Context // the query's own: the reason why rows ended early
	rows   *sql.Rows
	from   *statement
	err    error
	closed bool
}

// Next moves to the next row. It returns false at the end or after an error; see Err.
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

// Err returns the error that ended the rows, or nil.
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
	r.tx.conn.release(r.from)
	r.tx.open = slices.DeleteFunc(r.tx.open, func(o *Rows) bool { return o == r })
	return r.err
}

// Row is the first row of a query, or its error.
type Row struct {
	rows *Rows
	err  error
}

// Scan copies the columns into dest, or returns [ErrNoRows].
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
