package activity

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Cancel ends an activity and its descendants on behalf of who. What waits is
// cancelled at once; the context of what runs ends with [ErrCancelled], and
// the activity is cancelled when its handler returns, or done if that had
// committed before. Cancelling twice does no more; an activity that is done
// or failed is a Conflict.
func (e *Engine) Cancel(ctx context.Context, id int64, who string) (a Activity, err error) {
	if who == "" {
		return Activity{}, problem.New(problem.Invalid, "nobody is named who cancels").In("who")
	}
	err = e.db.Tx(ctx, func(tx *db.Tx) error {
		if a, err = load(ctx, tx, id); err != nil {
			return err
		}
		switch a.Status {
		case Done, Failed:
			return problem.New(problem.Conflict, "activity %d is %s already", id, a.Status)
		case Waiting:
			_, err = e.settle(ctx, tx, a, outcome{status: Cancelled, by: who})
		case Running:
			if err = e.askToStop(ctx, tx, `id = $3`, who, id); err == nil {
				err = e.cancelDescendants(ctx, tx, a, who)
			}
		}
		if err != nil {
			return err
		}
		a, err = load(ctx, tx, id)
		return err
	})
	if err != nil {
		return Activity{}, fmt.Errorf("cancelling: %w", err)
	}
	return a, nil
}

// cancelDescendants cancels all below an activity, but not itself.
func (e *Engine) cancelDescendants(ctx context.Context, tx *db.Tx, a Activity, by string) error {
	low, high := a.subtree()
	ended, err := db.All(ctx, tx, db.Value[int64], `UPDATE activity SET `+bump+`, status = 'cancelled', cancelled_by = $2, finished_at = $1,
		lease_owner = '', lease_until = 0 WHERE path > $3 AND path < $4 AND status = 'waiting' RETURNING id`,
		e.db.Wall(), by, low, high)
	if err != nil {
		return fmt.Errorf("cancelling what waits below: %w", err)
	}
	if err := releaseLocks(ctx, tx, ended...); err != nil {
		return err
	}
	e.changed(tx, ended...)
	return e.askToStop(ctx, tx, `path > $3 AND path < $4`, by, low, high)
}

// askToStop notes on running activities that they should end, and wakes their
// runs to read the note.
func (e *Engine) askToStop(ctx context.Context, tx *db.Tx, which, by string, args ...any) error {
	ids, err := db.All(ctx, tx, db.Value[int64], `UPDATE activity SET `+bump+`, cancelled_by = $2
		WHERE status = 'running' AND cancelled_by = '' AND `+which+` RETURNING id`, append([]any{e.db.Wall(), by}, args...)...)
	if err != nil {
		return fmt.Errorf("asking runs to stop: %w", err)
	}
	e.changed(tx, ids...)
	tx.AfterCommit(func() {
		for _, id := range ids {
			e.hub.Publish(topicCancel(id))
		}
	})
	return nil
}
