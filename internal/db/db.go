package db

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure a database.
type Options struct {
	// Path is the SQLite file. Its folder must exist; the file need not.
	Path string
	// Schemas are migrated in this order, so that a schema can refer to the tables of
	// earlier ones.
	Schemas []Schema
	// Readers is the number of concurrent read snapshots (default 4). Further ones wait.
	Readers int
	// Wall returns the time of day (default time.Now).
	Wall func() time.Time
	// Volatile omits every fsync: commits survive a crash of the process, but not of the
	// machine. For tests and temporary databases.
	Volatile bool
	// Committing, if not nil, is called before each COMMIT of a write transaction; its
	// error replaces COMMIT's own. Committed is called after each such COMMIT. They let
	// tests kill the process or fail at these points.
	Committing func() error
	Committed  func()
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect  dialect
	writer   *pool
	readers  *pool
	wall     func() time.Time
	before   func() error // a COMMIT of the writer; see Options
	after    func()
	guard    atomic.Pointer[func(context.Context, *Tx) error]
	last     atomic.Int64 // see Last
	rowsRead atomic.Int64
	closed   chan struct{}
	closing  sync.Once
}

// Open opens or creates the database, and applies the missing migrations. Several processes can open
// the same new file at once. A file that is not a database, is newer than the program, or cannot be
// written is a problem with a hint; Open then changes nothing.
func Open(ctx context.Context, o Options) (*DB, error) {
	writer, reader, err := openSQLite(o)
	if err != nil {
		return nil, err
	}
	if o.Readers < 1 {
		o.Readers = 4
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Committing == nil {
		o.Committing = func() error { return nil }
	}
	if o.Committed == nil {
		o.Committed = func() {}
	}
	closed := make(chan struct{})
	dialect := sqliteDialect()
	d := &DB{
		dialect: dialect,
		writer:  newPool(writer, dialect.beginWrite, 1, closed),
		readers: newPool(reader, dialect.beginRead, o.Readers, closed),
		wall:    o.Wall,
		before:  o.Committing,
		after:   o.Committed,
		closed:  closed,
	}
	if err := errors.Join(d.migrate(ctx, o.Schemas), d.readLast(ctx)); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Guard has check called at the end of every transaction that may write, from now
// on. Its error undoes the transaction. nil ends that.
func (d *DB) Guard(check func(ctx context.Context, tx *Tx) error) {
	if check == nil {
		d.guard.Store(nil)
		return
	}
	d.guard.Store(&check)
}

// Dialect returns the name of the engine: "sqlite".
func (d *DB) Dialect() string { return d.dialect.name }

// RowsRead returns the number of rows that all queries have read since Open. Tests use it to prove
// that a use case does not read rows in proportion to a suite.
func (d *DB) RowsRead() int64 { return d.rowsRead.Load() }

// Close refuses new transactions, waits for the running ones, moves the write-ahead log into the
// file and closes it. Further calls do nothing.
func (d *DB) Close() (err error) {
	d.closing.Do(func() {
		close(d.closed)
		err = errors.Join(d.readers.close(nil), d.writer.close(func(c *conn) error {
			_, err := c.raw.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
			return err
		}))
		if err != nil {
			err = fmt.Errorf("closing the database: %w", d.dialect.explain(err))
		}
	})
	return err
}

// Tx runs fn in a write transaction, and commits if fn returns nil.
//
// Writers run one after the other, in the order of their calls. fn can run more than once: if the
// engine reports a conflict of two transactions, the attempt is rolled back and fn called again. So
// fn must have no effects outside the transaction, except through [Tx.AfterCommit]. A failed
// statement fails the transaction, even if fn ignores the error.
//
// fn must not call Tx: the inner transaction would wait for the outer one until ctx ends.
func (d *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		hooks, err := d.once(ctx, d.writer, fn)
		switch {
		case err == nil:
			for _, hook := range hooks {
				hook()
			}
			return nil
		case attempt == maxAttempts || !d.dialect.busy(err):
			return err
		}
		if err := pause(ctx, time.Duration(attempt)*time.Millisecond); err != nil {
			return err
		}
	}
}

// maxAttempts is the largest number of runs of the function of one Tx.
const maxAttempts = 10

// Read runs fn on one consistent snapshot, from its first query on. Writing fails. Readers never
// wait for writers.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	_, err := d.once(ctx, d.readers, fn)
	return err
}

// once runs fn in one transaction, and returns the hooks to call after it.
func (d *DB) once(ctx context.Context, p *pool, fn func(*Tx) error) (hooks []func(), err error) {
	c, err := d.begin(ctx, p)
	if err != nil {
		return nil, err
	}
	tx := &Tx{db: d, conn: c, write: p == d.writer}
	broken := true // until it ended properly; so also if fn panics
	defer func() {
		tx.end()
		p.giveBack(c, broken)
	}()
	err = fn(tx)
	if check := d.guard.Load(); err == nil && tx.write && check != nil {
		err = (*check)(ctx, tx)
	}
	tx.end()
	if err == nil {
		err = tx.spoilt
	}
	if err == nil {
		err = ctx.Err()
	}
	// The end must not be cancelled: after a cancelled COMMIT it is unknown whether it
	// happened.
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		if err = d.commit(ctx, tx); err == nil {
			broken = false
			return tx.hooks, nil
		}
	}
	// After some errors SQLite has already rolled back. A connection that cannot roll back
	// is replaced, for any reason.
	_, failed := c.exec(ctx, "ROLLBACK")
	broken = failed != nil
	return nil, err
}

// commit commits a transaction durably.
func (d *DB) commit(ctx context.Context, tx *Tx) error {
	if tx.write {
		if err := d.before(); err != nil {
			return err
		}
	}
	if _, err := tx.conn.exec(ctx, "COMMIT"); err != nil {
		return d.dialect.explain(err)
	}
	if tx.write {
		d.saw(tx.now)
		d.after()
	}
	return nil
}

// patience is the time that a transaction waits for other processes.
const patience = 30 * time.Second

// begin starts a transaction, after other processes have ended theirs.
func (d *DB) begin(ctx context.Context, p *pool) (*conn, error) {
	for start := time.Now(); ; {
		c, err := p.lend(ctx)
		switch {
		case err == nil:
			return c, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !d.dialect.busy(err) || time.Since(start) > patience:
			return nil, d.dialect.explain(err)
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// pause sleeps, but not past the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
