package activity

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Cancel cancels an activity and its descendants in the name of who. Waiting activities are
// cancelled at once. The context of a running one ends with [ErrCancelled]; it is cancelled when
// its handler returns, or done if the handler has committed. Cancelling again changes nothing; a
// done or failed activity is a Conflict.
func (e *Engine) Cancel(ctx context.Context, id int64, who string) (a Activity, err error) {
	if who == "" {
		return Activity{}, problem.New(problem.Invalid, "the name of who cancels is missing").In("who")
	}
	err = e.db.Tx(ctx, func(tx *db.Tx) error {
		if a, err = load(ctx, tx, id); err != nil {
			return err
		}
		switch a.Status {
		case Done, Failed:
			return problem.New(problem.Conflict, "activity %d already is %s", id, a.Status)
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
	return a, problem.While(err, "cancelling")
}

func (e *Engine) cancelDescendants(ctx context.Context, tx *db.Tx, a Activity, by string) error {
	low, high := a.subtree()
	ended, err := db.All(ctx, tx, db.Value[int64], `UPDATE activity SET `+bump+`, status = 'cancelled', cancelled_by = $2, finished_at = $1,
		lease_owner = '', lease_until = 0 WHERE path > $3 AND path < $4 AND status = 'waiting' RETURNING id`,
		e.db.Wall(), by, low, high)
	if err != nil {
		return fmt.Errorf("cancelling the descendants: %w", err)
	}
	if err := releaseLocks(ctx, tx, ended...); err != nil {
		return err
	}
	e.changed(tx, ended...)
	return e.askToStop(ctx, tx, `path > $3 AND path < $4`, by, low, high)
}

// askToStop marks running activities as cancelled, and wakes their runs to read the mark.
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
