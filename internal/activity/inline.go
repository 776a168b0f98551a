package activity

import (
	"context"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Run runs an activity in the caller's goroutine: it submits the spec, waits for the locks, runs h,
// and returns the finished activity with h's error. It needs no Start and no registered handler.
//
// If ctx ends, the activity is cancelled and Run returns ctx's error; if somebody else cancels it,
// [ErrCancelled]. A spec with RunAt, Every, UniqueKey or several attempts is an Invalid problem,
// because the caller may be gone when they apply.
func (e *Engine) Run(ctx context.Context, spec Spec, h Handler) (Activity, error) {
	begun, err := e.Begin(ctx, spec)
	if err != nil {
		return Activity{}, err
	}
	return begun.Run(ctx, h)
}

// Begun is a submitted activity that the caller must run.
type Begun struct {
	Activity Activity // as submitted
	engine   *Engine
}

// Begin is the first half of [Engine.Run]: it submits the activity, which then has its position in
// the queues. The caller must call Run before the lease ends, possibly in another goroutine.
func (e *Engine) Begin(ctx context.Context, spec Spec) (*Begun, error) {
	if !spec.RunAt.IsZero() || spec.Every != 0 || spec.UniqueKey != "" || spec.MaxAttempts > 1 {
		return nil, problem.New(problem.Invalid, "work in the caller's goroutine runs once and at once").In("spec")
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	b := &Begun{engine: e}
	err := e.db.Tx(ctx, func(tx *db.Tx) (err error) {
		b.Activity, err = e.insert(ctx, tx, &spec, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Run is the second half of [Engine.Run].
func (b *Begun) Run(ctx context.Context, h Handler) (Activity, error) {
	e := b.engine
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	wake := e.hub.Subscribe(watching, topicQueue)
	a, err := e.await(ctx, b.Activity.ID, wake)
	if err != nil {
		return a, err
	}
	if err = e.newRun(ctx, a).execute(h); errors.Is(err, context.Canceled) {
		err = e.whyEnded(ctx, a.ID, err)
	}
	a, failed := e.Get(context.WithoutCancel(ctx), a.ID)
	return a, errors.Join(err, failed)
}

// whyEnded returns ErrCancelled for a cancellation by somebody else, or ctx's error.
func (e *Engine) whyEnded(ctx context.Context, id int64, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if a, failed := e.Get(ctx, id); failed == nil && a.Status == Cancelled {
		return ErrCancelled
	}
	return err
}

// await waits until the inline activity is claimed.
func (e *Engine) await(ctx context.Context, id int64, wake <-chan struct{}) (Activity, error) {
	for {
		a, err := e.claimOne(ctx, id)
		switch {
		case err == nil && a.Status == Running:
			return a, nil
		case err == nil && a.Status.Finished():
			if a.Status == Failed {
				return a, a.Error.Problem()
			}
			return a, ErrCancelled
		case err == nil:
			err = e.look(ctx, wake)
		}
		if err != nil {
			return e.giveUp(ctx, id, err)
		}
	}
}

// giveUp cancels an activity whose caller has stopped waiting.
func (e *Engine) giveUp(ctx context.Context, id int64, why error) (Activity, error) {
	a, err := e.Cancel(context.WithoutCancel(ctx), id, "its caller, who stopped waiting")
	if err != nil {
		return a, errors.Join(why, err)
	}
	return a, fmt.Errorf("waiting for the locks of %s: %w", a.Type, why)
}
