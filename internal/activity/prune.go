package activity

import (
	"context"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// pruneSize is the number of trees that one transaction deletes, so that other writers wait
// only briefly.
const pruneSize = 200

// Prune deletes the trees of activities that were completely finished before a time, and returns
// their number.
func (e *Engine) Prune(ctx context.Context, before time.Time) (trees int64, err error) {
	for {
		var n int64
		err := e.db.Tx(ctx, func(tx *db.Tx) error {
			n, err = tx.Exec(ctx, `DELETE FROM activity WHERE id IN (
				SELECT root.id FROM activity root
				WHERE root.parent_id IS NULL AND root.finished_at > 0 AND root.finished_at < $1 AND NOT EXISTS (
					SELECT 1 FROM activity below
					WHERE below.status IN ('waiting', 'running', 'done', 'failed', 'cancelled') AND below.path > root.path AND below.path < substr(root.path, 1, length(root.path) - 1) || '0'
						AND (below.finished_at = 0 OR below.finished_at >= $1))
				ORDER BY root.id LIMIT $2)`, before.UnixMicro(), pruneSize)
			return err
		})
		if err != nil {
			return trees, fmt.Errorf("deleting old activities: %w", err)
		}
		trees += n
		if n < pruneSize {
			return trees, nil
		}
	}
}

// Forget deletes a finished activity and its descendants. An unfinished one is a Conflict, an
// unknown one NotFound.
func (e *Engine) Forget(ctx context.Context, id int64) (a Activity, err error) {
	err = e.db.Tx(ctx, func(tx *db.Tx) error {
		if a, err = load(ctx, tx, id); err != nil {
			return err
		}
		open, err := db.One(ctx, tx, db.Value[int], `SELECT count(*) FROM activity WHERE path >= $1 AND path < $2 AND finished_at = 0`,
			a.path, a.path[:len(a.path)-1]+"0")
		if err != nil {
			return fmt.Errorf("reading the state of activity %d: %w", id, err)
		}
		if open > 0 {
			return problem.New(problem.Conflict, "activity %d still is %s", id, a.Status).WithHint("wait until it ends, or cancel it")
		}
		_, err = tx.Exec(ctx, "DELETE FROM activity WHERE id = $1", id)
		return err
	})
	return a, err
}
