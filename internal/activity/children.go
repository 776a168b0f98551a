package activity

import (
	"context"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Child submits an activity below this one, in a transaction of its own.
func (r *Run) Child(ctx context.Context, spec Spec) (a Activity, err error) {
	spec.Parent = r.activity.ID
	err = r.engine.db.Tx(ctx, func(tx *db.Tx) error {
		if err := r.check(ctx, tx); err != nil {
			return err
		}
		a, _, err = r.engine.Submit(ctx, tx, spec)
		return err
	})
	return a, err
}

// WaitChildren waits until every child of this activity is finished, and returns them in the
// order of their ids, including those of earlier attempts. Meanwhile the run releases its
// worker, so that children can run even if there are few workers.
func (r *Run) WaitChildren(ctx context.Context) ([]Activity, error) {
	e, id := r.engine, r.activity.ID
	if !r.activity.inline {
		e.giveWorker()
		e.hub.Publish(topicQueue)
		defer e.returnWorker()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wake := e.hub.Subscribe(ctx, topicOf(id)) // a finished child wakes its parent
	for {
		open, err := e.openChildren(ctx, id)
		if err != nil {
			return nil, err
		}
		if open == 0 {
			return e.children(ctx, id)
		}
		if err := e.look(ctx, wake); err != nil {
			return nil, err
		}
	}
}

// returnWorker occupies a worker again, at once, although this can exceed their number for a
// moment: waiting for a free one could take for ever.
func (e *Engine) returnWorker() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy++
}

func (e *Engine) openChildren(ctx context.Context, id int64) (n int, err error) {
	err = e.db.Read(ctx, func(tx *db.Tx) error {
		n, err = db.One(ctx, tx, db.Value[int], `SELECT count(*) FROM activity WHERE parent_id = $1 AND status IN ('waiting', 'running')`, id)
		return err
	})
	return n, problem.While(err, "counting the children of activity %d", id)
}

func (e *Engine) children(ctx context.Context, id int64) (all []Activity, err error) {
	err = e.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, scan, `SELECT `+columns+` FROM activity a WHERE a.parent_id = $1 ORDER BY a.id`, id)
		return err
	})
	return all, problem.While(err, "reading the children of activity %d", id)
}
