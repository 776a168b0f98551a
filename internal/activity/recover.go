package activity

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// sweepSize is the largest number of activities that one transaction recovers.
const sweepSize = 200

// recoverLeases recovers, at Start, the activities of former processes. With Exclusive it does not
// wait for their leases to end.
func (e *Engine) recoverLeases(ctx context.Context) error {
	if e.exclusive {
		err := e.db.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE activity SET lease_until = 1 WHERE lease_until > 0 AND lease_owner <> $1`, e.owner)
			return err
		})
		if err != nil {
			return err
		}
	}
	// The caller holds e.mu, so the live runs are read without locking.
	return e.sweep(ctx, slices.Collect(maps.Keys(e.live)))
}

// liveRuns returns the activities that this process is running.
func (e *Engine) liveRuns() []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Collect(maps.Keys(e.live))
}

// sweep settles activities whose lease has ended, except those that this process is running: their
// heartbeat is only late, and handles it itself.
func (e *Engine) sweep(ctx context.Context, alive []int64) error {
	for {
		var found int
		err := e.db.Tx(ctx, func(tx *db.Tx) error {
			expired, err := db.All(ctx, tx, scan, `SELECT `+columns+` FROM activity a
				WHERE a.lease_until > 0 AND a.lease_until < $1 ORDER BY a.lease_until LIMIT $2`, e.db.Wall(), sweepSize+len(alive))
			if err != nil {
				return err
			}
			found = 0
			for _, a := range expired {
				if slices.Contains(alive, a.ID) {
					continue
				}
				found++
				if _, err := e.settle(ctx, tx, a, interrupted(a)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("settling interrupted activities: %w", err)
		}
		if found < sweepSize {
			return nil
		}
	}
}

// interrupted is the outcome of an activity whose process ended.
func interrupted(a Activity) outcome {
	failure := &Failure{Kind: problem.Unavailable, Message: "interrupted: the process that ran it ended", Hint: "start it again"}
	switch {
	case a.CancelledBy != "":
		return outcome{status: Cancelled}
	case a.inline || a.Attempt >= a.MaxAttempts:
		return outcome{status: Failed, failure: failure}
	}
	return outcome{status: Waiting, failure: failure}
}
