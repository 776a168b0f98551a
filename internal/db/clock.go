package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// Wall returns the time of day in microseconds since 1970 in UTC, for leases, schedules and log
// lines. For times in the order of commits use [Tx.Now].
func (d *DB) Wall() int64 { return d.wall().UnixMicro() }

// Now returns the instant of this transaction in microseconds since 1970 in UTC,
// the same at each call. It is later than the instant of every earlier commit, even if the clock
// was set back, so instants are in commit order and unique. Only write transactions have one.
func (tx *Tx) Now(ctx context.Context) (int64, error) {
	if !tx.write {
		return 0, errors.New("only a transaction that writes has an instant")
	}
	if tx.now != 0 {
		return tx.now, nil
	}
	// The same transaction writes the row's new value, so two commits cannot have the same
	// instant.
	err := tx.QueryRow(ctx, `UPDATE clock SET at = CASE WHEN at >= $1 THEN at + 1 ELSE $1 END RETURNING at`,
		tx.db.Wall()).Scan(&tx.now)
	if err != nil {
		return 0, fmt.Errorf("taking the transaction's instant: %w", err)
	}
	return tx.now, nil
}

// Last returns the instant of the newest commit that this process knows: one of its
// own, or the newest there was at Open. What is read after this call is at least as
// new, and every later commit, of any process, has a later instant. It costs nothing.
func (d *DB) Last() int64 { return d.last.Load() }

// saw records the instant of a commit.
func (d *DB) saw(at int64) {
	for known := d.last.Load(); at > known && !d.last.CompareAndSwap(known, at); known = d.last.Load() {
	}
}

// readLast records the instant of the newest commit.
func (d *DB) readLast(ctx context.Context) error {
	var last int64
	err := d.Read(ctx, func(tx *Tx) error {
		return tx.QueryRow(ctx, `SELECT at FROM clock`).Scan(&last)
	})
	if err != nil {
		return fmt.Errorf("reading the last commit's instant: %w", err)
	}
	d.saw(last)
	return nil
}

// Seal fixes the past up to at (microseconds since 1970 in UTC): when it returns, every commit
// with an instant ≤ at is visible to later reads, and no later commit can have such an instant. So
// the state at that moment never changes.
//
// It writes only if nothing was committed since then. An instant in the future is an Invalid
// problem.
func (d *DB) Seal(ctx context.Context, at int64) error {
	if err := d.readLast(ctx); err != nil {
		return err
	}
	if d.Last() >= at {
		return nil
	}
	if at > d.Wall() {
		return problem.New(problem.Invalid, "%s is in the future", time.UnixMicro(at).UTC().Format(time.RFC3339)).
			WithHint("use a time in the past")
	}
	return d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `UPDATE clock SET at = $1 WHERE at < $1`, at)
		return problem.While(err, "sealing the past")
	})
}
