package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Run is one attempt at an activity, as its handler sees it. Its methods may
// be called from several goroutines until the handler returns.
type Run struct {
	engine   *Engine
	activity Activity // as claimed
	ctx      context.Context
	cancel   context.CancelCauseFunc
	report   report

	mu         sync.Mutex
	committing bool
	committed  bool
}

// newRun makes the run of a claimed activity and counts it as alive. Its
// context ends with ctx, or with a cause of its own.
func (e *Engine) newRun(ctx context.Context, a Activity) *Run {
	r := &Run{engine: e, activity: a}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	r.report.init(a.Version)
	e.mu.Lock()
	e.live[a.ID] = r
	e.mu.Unlock()
	return r
}

// Activity returns the activity as it was when this attempt began.
func (r *Run) Activity() Activity { return r.activity }

// Payload decodes what was submitted into v.
func (r *Run) Payload(v any) error {
	if err := json.Unmarshal(r.activity.Payload, v); err != nil {
		return problem.New(problem.Invalid, "the payload of %s does not fit: %w", r.activity.Type, err).In("payload")
	}
	return nil
}

// Commit ends the activity as done. In one transaction it checks that this
// run still holds the lease and was not cancelled ([ErrLeaseLost],
// [ErrCancelled]), runs fn, and stores the result; result is encoded after
// fn, which may still fill in what it points to. Like that of [db.DB.Tx], fn
// may run more than once. After an error nothing has happened.
func (r *Run) Commit(ctx context.Context, result any, fn func(*db.Tx) error) error {
	r.setCommit(true, false)
	err := r.engine.db.Tx(ctx, func(tx *db.Tx) error {
		if err := r.check(ctx, tx); err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		text, err := encode("result", result)
		if err != nil {
			return err
		}
		return r.settle(ctx, tx, outcome{status: Done, result: text})
	})
	r.setCommit(false, err == nil)
	return err
}

func (r *Run) setCommit(committing, committed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.committing, r.committed = committing, r.committed || committed
}

// check reports whether this run may still have an effect.
func (r *Run) check(ctx context.Context, tx *db.Tx) error {
	by, err := db.One(ctx, tx, db.Value[string], `SELECT cancelled_by FROM activity WHERE id = $1 AND status = 'running' AND fence = $2`,
		r.activity.ID, r.activity.fence)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return ErrLeaseLost
	case err != nil:
		return fmt.Errorf("checking the lease of activity %d: %w", r.activity.ID, err)
	case by != "":
		return ErrCancelled
	}
	return nil
}

// settle writes the end of this run with the last of its report.
func (r *Run) settle(ctx context.Context, tx *db.Tx, o outcome) error {
	if err := r.store(ctx, tx); err != nil {
		return err
	}
	ours, err := r.engine.settle(ctx, tx, r.activity, o)
	if err == nil && !ours {
		err = ErrLeaseLost
	}
	return err
}

// execute runs the handler, keeps the lease alive meanwhile, and settles the
// activity. It returns the handler's error.
func (r *Run) execute(h Handler) error {
	defer r.leave()
	beating, rest := context.WithCancel(context.WithoutCancel(r.ctx))
	var heart sync.WaitGroup
	heart.Go(func() { r.beat(beating) })
	result, err := r.call(h)
	rest()
	heart.Wait()
	r.finish(result, err)
	return err
}

// leave ends the run's context and counts it as no longer alive.
func (r *Run) leave() {
	r.cancel(nil)
	e := r.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.live, r.activity.ID)
}

// call turns a handler's panic into an error.
func (r *Run) call(h Handler) (result any, err error) {
	defer func() {
		if v := recover(); v != nil {
			r.engine.log.Error("an activity's handler panicked", "type", r.activity.Type,
				"id", r.activity.ID, "panic", v, "stack", string(debug.Stack()))
			err = problem.New(problem.Internal, "the handler of %s panicked: %v", r.activity.Type, v).
				WithHint("this is a fault in aptarium; its log has the details")
		}
	}()
	return h(r.ctx, r)
}

// finish writes what became of the run, unless Commit did or another has the
// lease. A database that cannot take it now is no reason to lose it: the lease
// ends by itself, and whoever finds that settles the activity.
func (r *Run) finish(result any, err error) {
	r.mu.Lock()
	committed := r.committed
	r.mu.Unlock()
	if committed {
		return
	}
	o, write := r.outcome(result, err)
	if write {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), r.engine.lease)
		defer cancel()
		failed := r.engine.db.Tx(ctx, func(tx *db.Tx) error { return r.settle(ctx, tx, o) })
		if failed == nil {
			return
		}
		err = failed
	}
	r.engine.log.Warn("an activity ended without a record", "type", r.activity.Type, "id", r.activity.ID, "error", err)
}

// outcome judges what the handler returned. write is false when the lease is
// lost, and with it the right to say anything.
func (r *Run) outcome(result any, err error) (o outcome, write bool) {
	a, cause := r.activity, context.Cause(r.ctx)
	switch {
	case errors.Is(cause, ErrLeaseLost), errors.Is(err, ErrLeaseLost):
		return outcome{}, false
	case err == nil:
		text, err := encode("result", result)
		if err != nil {
			return outcome{status: Failed, failure: failureOf(err)}, true
		}
		return outcome{status: Done, result: text}, true
	case errors.Is(cause, ErrCancelled), errors.Is(err, ErrCancelled):
		return outcome{status: Cancelled}, true
	case cause != nil && a.inline:
		return outcome{status: Cancelled, by: "its caller, who stopped waiting"}, true
	case cause != nil && a.MaxAttempts > 1:
		return outcome{status: Waiting, refund: true}, true
	case cause != nil:
		return outcome{status: Failed, failure: &Failure{Kind: problem.Unavailable,
			Message: "interrupted: " + ErrShutdown.Error(), Hint: "start it again"}}, true
	case isRetry(err) && a.Attempt < a.MaxAttempts:
		return outcome{status: Waiting, failure: failureOf(err), delay: backoff(a.Attempt)}, true
	}
	return outcome{status: Failed, failure: failureOf(err)}, true
}
