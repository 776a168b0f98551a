package activity

import (
	"context"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/db"
)

// pruneSize is how many trees one transaction deletes, so that other writers
// need not wait long.
const pruneSize = 200

// Prune deletes the trees of activities that were finished as a whole before
// the given time, and gives the number of trees.
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
