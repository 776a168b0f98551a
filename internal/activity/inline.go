package activity

import (
	"context"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Run does the work of an activity in the caller's own goroutine: it submits
// the spec, waits for its locks in turn, runs h and gives the finished
// activity with h's error. It needs neither Start nor a registered handler.
//
// When ctx ends the activity is cancelled and ctx's error returned; when
// somebody else cancels it, [ErrCancelled]. A spec with RunAt, Every,
// UniqueKey or several attempts is an Invalid problem, for these are promises
// about a time at which the caller may be gone.
func (e *Engine) Run(ctx context.Context, spec Spec, h Handler) (Activity, error) {
	begun, err := e.Begin(ctx, spec)
	if err != nil {
		return Activity{}, err
	}
	return begun.Run(ctx, h)
}

// Begun is an activity that its submitter is going to run.
type Begun struct {
	Activity Activity // as submitted
	engine   *Engine
}

// Begin is the first half of [Engine.Run]: it submits the activity, which has its
// place in the queues from now on. The caller goes on with Run soon, perhaps in
// another goroutine: an activity of which nobody hears for the time of a lease is
// taken for dead.
func (e *Engine) Begin(ctx context.Context, spec Spec) (*Begun, error) {
	if !spec.RunAt.IsZero() || spec.Every != 0 || spec.UniqueKey != "" || spec.MaxAttempts > 1 {
		return nil, problem.New(problem.Invalid, "work that is waited for runs once and now").In("spec")
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

// whyEnded tells a cancellation by somebody else from the end of ctx.
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

// giveUp cancels an activity whose caller does not wait any more.
func (e *Engine) giveUp(ctx context.Context, id int64, why error) (Activity, error) {
	a, err := e.Cancel(context.WithoutCancel(ctx), id, "its caller, who stopped waiting")
	if err != nil {
		return a, errors.Join(why, err)
	}
	return a, fmt.Errorf("waiting for the locks of %s: %w", a.Type, why)
}
