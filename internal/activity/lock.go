package activity

import (
	"context"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// The queue for a resource is the rows of activity_lock with its name, in the order of (place,
// activity_id); the rows of its holders are marked.

// wanted is a lock of a waiting activity. above means that an ancestor holds the resource.
type wanted struct {
	Lock
	above bool
}

// outside is the condition that the activity other is neither the one with the path $1 nor one of
// its ancestors.
const outside = `substr($1, 1, length(other.path)) <> other.path`

// blocker returns an activity that must end before c can start, or 0: one before c in the queue for
// a resource with a conflicting lock, or a conflicting holder. It searches the queue first, so that
// c is parked behind its predecessor: if all were parked behind the holder, its end would cause a
// check of the whole queue.
func (e *Engine) blocker(ctx context.Context, tx *db.Tx, c candidate) (int64, error) {
	locks, err := wantedBy(ctx, tx, c)
	if err != nil {
		return 0, err
	}
	for _, l := range locks {
		// Activities that queue for an ancestor's lock wait for the ancestor: waiting for
		// them would be a deadlock.
		if l.above {
			continue
		}
		if by, err := e.ahead(ctx, tx, c, l); err != nil || by != 0 {
			return by, err
		}
	}
	return first(ctx, tx, `SELECT other.id FROM activity_lock mine
		JOIN activity_lock theirs ON theirs.resource = mine.resource AND theirs.held = 1 AND (theirs.shared = 0 OR mine.shared = 0)
		JOIN activity other ON other.id = theirs.activity_id
		WHERE mine.activity_id = $2 AND other.id <> $2 AND `+outside+` LIMIT 1`, c.path, c.id)
}

// wantedBy returns the locks that a waiting activity wants.
func wantedBy(ctx context.Context, tx *db.Tx, c candidate) ([]wanted, error) {
	locks, err := db.All(ctx, tx, func(row db.Scanner) (l wanted, err error) {
		err = row.Scan(&l.Resource, &l.Shared, &l.above)
		return l, err
	}, `SELECT mine.resource, mine.shared, EXISTS (
			SELECT 1 FROM activity_lock theirs JOIN activity other ON other.id = theirs.activity_id
			WHERE theirs.resource = mine.resource AND theirs.held = 1 AND NOT (`+outside+`))
		FROM activity_lock mine WHERE mine.activity_id = $2`, c.path, c.id)
	return locks, problem.While(err, "reading the locks of activity %d", c.id)
}

// ahead returns the last due activity before c in a resource's queue with a conflicting lock, or 0.
func (e *Engine) ahead(ctx context.Context, tx *db.Tx, c candidate, l wanted) (int64, error) {
	conflicting := []bool{false, true} // exclusive and shared locks
	if l.Shared {
		conflicting = conflicting[:1]
	}
	for _, shared := range conflicting {
		by, err := first(ctx, tx, `SELECT other.id FROM activity_lock theirs JOIN activity other ON other.id = theirs.activity_id
			WHERE theirs.resource = $2 AND theirs.shared = $3 AND theirs.place <= $4
				AND (theirs.place < $4 OR theirs.activity_id < $5) AND other.run_at <= $6 AND `+outside+`
			ORDER BY theirs.place DESC, theirs.activity_id DESC LIMIT 1`,
			c.path, l.Resource, toInt(shared), c.place, c.id, e.db.Wall())
		if err != nil || by != 0 {
			return by, err
		}
	}
	return 0, nil
}

// first returns one id, or 0.
func first(ctx context.Context, tx *db.Tx, query string, args ...any) (int64, error) {
	id, err := db.One(ctx, tx, db.Value[int64], query, args...)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	return id, problem.While(err, "finding the blocker of an activity")
}

// unpark releases the parked activities that an activity blocked.
func unpark(ctx context.Context, tx *db.Tx, ids ...int64) error {
	_, err := db.ExecIn(ctx, tx, ids, `UPDATE activity SET blocked_by = 0 WHERE blocked_by > 0 AND blocked_by IN ()`)
	return problem.While(err, "unblocking activities")
}

// releaseLocks deletes the locks that finished activities held or waited for.
func releaseLocks(ctx context.Context, tx *db.Tx, ids ...int64) error {
	for list, args := range db.In(ids, 1) {
		if _, err := tx.Exec(ctx, `DELETE FROM activity_lock WHERE activity_id IN `+list, args...); err != nil {
			return fmt.Errorf("giving up locks: %w", err)
		}
	}
	return unpark(ctx, tx, ids...)
}

// requeue releases the locks that an activity held and puts it, for another
// attempt, where its place now is in their queues.
func requeue(ctx context.Context, tx *db.Tx, id int64) error {
	_, err := tx.Exec(ctx, `UPDATE activity_lock SET held = 0, place = (SELECT place FROM activity WHERE id = $1) WHERE activity_id = $1`, id)
	if err != nil {
		return fmt.Errorf("giving up locks: %w", err)
	}
	return unpark(ctx, tx, id)
}
