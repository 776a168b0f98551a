package activity

import (
	"context"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
)

// ready is the condition under which activity a may start at time $1: it is
// due, and for each lock it wants nobody else holds the resource in a
// conflicting way, nor stands before it in the resource's queue. Ancestors
// count as itself; and where an ancestor holds the resource, those who queue
// for it wait for the ancestor, so to wait for them would never end.
const ready = `a.status = 'waiting' AND a.run_at <= $1 AND NOT EXISTS (
	SELECT 1 FROM activity_lock mine
	JOIN activity_lock theirs ON theirs.resource = mine.resource AND theirs.activity_id <> mine.activity_id
		AND (theirs.shared = 0 OR mine.shared = 0)
	JOIN activity other ON other.id = theirs.activity_id
	WHERE mine.activity_id = a.id
		AND substr(a.path, 1, length(other.path)) <> other.path
		AND (theirs.held = 1 OR other.run_at <= $1
			AND (other.place < a.place OR other.place = a.place AND other.id < a.id)
			AND NOT EXISTS (
				SELECT 1 FROM activity_lock above JOIN activity ancestor ON ancestor.id = above.activity_id
				WHERE above.resource = mine.resource AND above.held = 1
					AND substr(a.path, 1, length(ancestor.path)) = ancestor.path)))`

// claimNext takes the first ready activity that a worker of this engine can
// run. It gives no activity when there is none, and then the time at which
// the next one is due, or 0.
func (e *Engine) claimNext(ctx context.Context) (a Activity, due int64, err error) {
	types := e.types()
	err = e.db.Tx(ctx, func(tx *db.Tx) error {
		a, due = Activity{}, 0
		now := e.db.Wall()
		for list, args := range db.In(types, 2) {
			args = append([]any{now}, args...)
			id, err := db.One(ctx, tx, db.Value[int64], `SELECT a.id FROM activity a WHERE a.inline = 0 AND a.type IN `+list+
				` AND `+ready+` ORDER BY a.place, a.id LIMIT 1`, args...)
			if err == nil {
				a, err = e.claim(ctx, tx, id)
				return err
			}
			if !errors.Is(err, db.ErrNoRows) {
				return err
			}
			next, err := db.One(ctx, tx, db.Value[int64], `SELECT coalesce(min(a.run_at), 0) FROM activity a
				WHERE a.status = 'waiting' AND a.run_at > $1 AND a.inline = 0 AND a.type IN `+list, args...)
			if err != nil {
				return err
			}
			if due == 0 || next != 0 && next < due {
				due = next
			}
		}
		return nil
	})
	if err != nil {
		return Activity{}, 0, fmt.Errorf("claiming an activity: %w", err)
	}
	return a, due, nil
}

// claim makes an activity that is ready ours: its locks with it.
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

// claimOne takes an inline activity if it is ready, and renews the lease with
// which it waits if it is not. It gives the activity as it then is.
func (e *Engine) claimOne(ctx context.Context, id int64) (a Activity, err error) {
	err = e.db.Tx(ctx, func(tx *db.Tx) error {
		now := e.db.Wall()
		_, err := db.One(ctx, tx, db.Value[int64], `SELECT a.id FROM activity a WHERE a.id = $2 AND `+ready, now, id)
		switch {
		case err == nil:
			a, err = e.claim(ctx, tx, id)
			return err
		case !errors.Is(err, db.ErrNoRows):
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE activity SET lease_until = $1 WHERE id = $2 AND status = 'waiting' AND lease_until < $3`,
			now+e.lease.Microseconds(), id, now+e.lease.Microseconds()*3/4)
		if err != nil {
			return err
		}
		a, err = load(ctx, tx, id)
		return err
	})
	if err != nil {
		return Activity{}, fmt.Errorf("claiming activity %d: %w", id, err)
	}
	return a, nil
}
