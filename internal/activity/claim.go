package activity

import (
	"context"
	"errors"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// parkSize is the largest number of activities that one transaction parks.
const parkSize = 100

// claimNext claims the first activity of the queue that a worker of this engine can run. It parks
// blocked ones: these are not checked again until the activity that blocks them has ended, so a
// long queue for one resource costs no more than a short one. Without an activity, due is the
// time at which to try again, or 0.
func (e *Engine) claimNext(ctx context.Context) (a Activity, due int64, err error) {
	types := e.types()
	err = e.db.Tx(ctx, func(tx *db.Tx) error {
		a, due = Activity{}, 0
		for range parkSize {
			next, err := e.firstDue(ctx, tx, types)
			if errors.Is(err, db.ErrNoRows) {
				due, err = e.nextDue(ctx, tx, types)
				return err
			}
			if err != nil {
				return err
			}
			by, err := e.blocker(ctx, tx, next)
			if err != nil {
				return err
			}
			if by == 0 {
				a, err = e.claim(ctx, tx, next.id)
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE activity SET blocked_by = $1 WHERE id = $2`, by, next.id); err != nil {
				return err
			}
		}
		due = e.db.Wall() // there may be more: try again at once
		return nil
	})
	if err != nil {
		return Activity{}, 0, problem.While(err, "claiming an activity")
	}
	return a, due, nil
}

// candidate is a waiting activity, as far as the decision to start it needs it.
type candidate struct {
	id, place int64
	path      string
}

func scanCandidate(row db.Scanner) (c candidate, err error) {
	err = row.Scan(&c.id, &c.place, &c.path)
	return c, err
}

// firstDue returns the first waiting activity that is due, not parked, and of a type that this
// engine can run.
func (e *Engine) firstDue(ctx context.Context, tx *db.Tx, types []string) (first candidate, err error) {
	err = db.ErrNoRows
	for list, args := range db.In(types, 2) {
		c, failed := db.One(ctx, tx, scanCandidate, `SELECT id, place, path FROM activity
			WHERE status = 'waiting' AND blocked_by = 0 AND inline = 0 AND run_at <= $1 AND type IN `+list+`
			ORDER BY place, id LIMIT 1`, append([]any{e.db.Wall()}, args...)...)
		switch {
		case errors.Is(failed, db.ErrNoRows):
		case failed != nil:
			return candidate{}, failed
		case err != nil || c.place < first.place:
			first, err = c, nil
		}
	}
	return first, err
}

// nextDue returns the time of the first delayed activity, or 0.
func (e *Engine) nextDue(ctx context.Context, tx *db.Tx, types []string) (due int64, err error) {
	for list, args := range db.In(types, 2) {
		next, err := db.One(ctx, tx, db.Value[int64], `SELECT coalesce(min(run_at), 0) FROM activity
			WHERE status = 'waiting' AND run_at > 0 AND run_at > $1 AND inline = 0 AND type IN `+list, append([]any{e.db.Wall()}, args...)...)
		if err != nil {
			return 0, err
		}
		if due == 0 || next != 0 && next < due {
			due = next
		}
	}
	return due, nil
}

// claim claims an activity that is not blocked, with its locks.
func (e *Engine) claim(ctx context.Context, tx *db.Tx, id int64) (Activity, error) {
	now := e.db.Wall()
	_, err := tx.Exec(ctx, `UPDATE activity SET `+bump+`, status = 'running', started_at = $1, progress = '',
		lease_owner = $2, lease_until = $3, fence = fence + 1, attempt = attempt + 1 WHERE id = $4`,
		now, e.owner, now+e.lease.Microseconds(), id)
	if err != nil {
		return Activity{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE activity_lock SET held = 1 WHERE activity_id = $1`, id); err != nil {
		return Activity{}, err
	}
	e.changed(tx, id)
	return load(ctx, tx, id)
}

// claimOne claims an inline activity if nothing blocks it, or else renews the lease with which it
// waits. It returns the updated activity.
func (e *Engine) claimOne(ctx context.Context, id int64) (a Activity, err error) {
	err = e.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := db.One(ctx, tx, scanCandidate, `SELECT id, place, path FROM activity WHERE id = $1 AND status = 'waiting'`, id)
		if errors.Is(err, db.ErrNoRows) { // cancelled
			a, err = load(ctx, tx, id)
			return err
		}
		if err != nil {
			return err
		}
		by, err := e.blocker(ctx, tx, c)
		if err != nil {
			return err
		}
		if by == 0 {
			a, err = e.claim(ctx, tx, id)
			return err
		}
		until := e.db.Wall() + e.lease.Microseconds()
		if _, err := tx.Exec(ctx, `UPDATE activity SET lease_until = $1 WHERE id = $2 AND lease_until < $3`,
			until, id, until-e.lease.Microseconds()/4); err != nil {
			return err
		}
		a, err = load(ctx, tx, id)
		return err
	})
	return a, problem.While(err, "claiming activity %d", id)
}
