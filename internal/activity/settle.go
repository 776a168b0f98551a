package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/db"
)

// outcome is the outcome of an attempt.
type outcome struct {
	status  Status // final, or Waiting for another attempt
	result  string // JSON, when done
	failure *Failure
	delay   time.Duration // before the next attempt
	refund  bool          // the attempt does not count
	by      string        // who cancelled the activity
}

// settle writes the outcome of an activity, with the effects on its locks, its schedule and its
// descendants. It returns false if the activity is no longer in the state in which it was read:
// another process has settled it.
func (e *Engine) settle(ctx context.Context, tx *db.Tx, a Activity, o outcome) (bool, error) {
	failure := ""
	if o.failure != nil {
		text, err := json.Marshal(o.failure)
		if err != nil {
			return false, fmt.Errorf("storing a failure: %w", err)
		}
		failure = string(text)
	}
	n, err := e.settleRow(ctx, tx, a, o, failure)
	if err != nil || n == 0 {
		return false, err
	}
	e.changed(tx, a.ID, a.Parent)
	e.wakeQueue(tx)
	if o.status == Waiting {
		if err := requeue(ctx, tx, a.ID); err != nil {
			return false, err
		}
	} else if err := e.release(ctx, tx, a, o); err != nil {
		return false, err
	}
	if o.status == Done {
		return true, nil
	}
	by := o.by
	if by == "" {
		by = fmt.Sprintf("activity %d", a.ID)
	}
	return true, e.cancelDescendants(ctx, tx, a, by)
}

func (e *Engine) settleRow(ctx context.Context, tx *db.Tx, a Activity, o outcome, failure string) (int64, error) {
	wall := e.db.Wall()
	var runAt, place, finished int64
	if o.status == Waiting {
		now, err := tx.Now(ctx)
		if err != nil {
			return 0, err
		}
		if o.delay > 0 {
			runAt = wall + o.delay.Microseconds()
		}
		place = max(now, runAt)
	} else {
		finished = wall
	}
	return tx.Exec(ctx, `UPDATE activity SET `+bump+`, status = $2, result = $3, error = $4, finished_at = $5,
			lease_owner = '', lease_until = 0, attempt = attempt - $6,
			cancelled_by = CASE WHEN $7 <> '' THEN $7 ELSE cancelled_by END,
			run_at = CASE WHEN $2 = 'waiting' THEN $8 ELSE run_at END,
			place = CASE WHEN $2 = 'waiting' AND parent_id IS NULL THEN $9 ELSE place END
		WHERE id = $10 AND status = $11 AND fence = $12`,
		wall, o.status, o.result, failure, finished, toInt(o.refund), o.by, runAt, place, a.ID, a.Status, a.fence)
}

// release releases the locks of an activity that has ended, and submits the
// next occurrence of a repeated one, unless it was cancelled while waiting.
func (e *Engine) release(ctx context.Context, tx *db.Tx, a Activity, o outcome) error {
	if a.Every > 0 && (a.Status != Waiting || o.status != Cancelled) {
		if err := e.repeat(ctx, tx, a); err != nil {
			return err
		}
	}
	return releaseLocks(ctx, tx, a.ID)
}

// repeat submits the next occurrence. It skips intervals that have passed meanwhile.
func (e *Engine) repeat(ctx context.Context, tx *db.Tx, a Activity) error {
	locks, err := db.All(ctx, tx, scanLock, `SELECT resource, shared FROM activity_lock WHERE activity_id = $1`, a.ID)
	if err != nil {
		return err
	}
	first := a.RunAt
	if first.IsZero() {
		first = a.CreatedAt
	}
	late := max(0, toTime(e.db.Wall()).Sub(first))
	_, _, err = e.Submit(ctx, tx, Spec{
		Type: a.Type, Subject: a.Subject, Summary: a.Summary, Payload: a.Payload, Locks: locks,
		RunAt: first.Add((late/a.Every + 1) * a.Every), Every: a.Every,
		UniqueKey: a.UniqueKey, MaxAttempts: a.MaxAttempts, CreatedBy: a.CreatedBy,
	})
	return err
}

func scanLock(row db.Scanner) (l Lock, err error) {
	err = row.Scan(&l.Resource, &l.Shared)
	return l, err
}

// retryError marks an error after which another attempt can succeed.
type retryError struct{ error }

func (e retryError) Unwrap() error { return e.error }

// Retry marks a handler's error as temporary: the activity waits and runs again if it has attempts
// left. The waits double from 5 seconds to 10 minutes.
func Retry(err error) error { return retryError{err} }

const (
	firstDelay = 5 * time.Second
	lastDelay  = 10 * time.Minute
)

// backoff returns the wait after an attempt, counted from 1.
func backoff(attempt int) time.Duration {
	return min(firstDelay<<min(attempt-1, 10), lastDelay)
}

func isRetry(err error) bool {
	_, ok := errors.AsType[retryError](err)
	return ok
}
