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

// Run is one attempt at an activity, for its handler. Its methods are safe for concurrent use until
// the handler returns.
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

// newRun returns the run of a claimed activity, and registers it as live. Its context ends with ctx,
// or with a cause of its own.
func (e *Engine) newRun(ctx context.Context, a Activity) *Run {
	r := &Run{engine: e, activity: a}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	r.report.init(a.Version)
	e.mu.Lock()
	e.live[a.ID] = r
	e.mu.Unlock()
	return r
}

// Activity returns the activity as at the start of this attempt.
func (r *Run) Activity() Activity { return r.activity }

// Payload decodes the submitted payload into v.
func (r *Run) Payload(v any) error {
	if err := json.Unmarshal(r.activity.Payload, v); err != nil {
		return problem.New(problem.Invalid, "the payload of %s is invalid: %w", r.activity.Type, err).In("payload")
	}
	return nil
}

// Commit ends the activity as done. In one transaction it checks that this run still holds the lease
// and was not cancelled ([ErrLeaseLost], [ErrCancelled]), runs fn, and stores the result; it encodes
// the result after fn, so fn can still change it. As with [db.DB.Tx], fn can run more than once. An
// error changes nothing.
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

// check returns an error if this run must have no more effects.
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

// settle writes the outcome of this run, with the rest of its report.
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

// execute runs the handler, renews the lease meanwhile, and settles the activity. It returns the
// handler's error.
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

// leave ends the run's context, and unregisters the run.
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

// finish writes the outcome of the run, unless Commit did, or another process has the lease. If the
// database fails, the lease ends by itself, and a later sweep settles the activity.
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

// outcome returns the outcome for the handler's return values. write is false if the lease is lost:
// then the run must not write anything.
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
