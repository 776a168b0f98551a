package activity

import (
	"context"
	"time"
)

// dispatch is the goroutine that starts activities. It checks the queue after each change, when
// the next activity is due, and periodically.
func (e *Engine) dispatch(ctx context.Context) {
	wake := e.hub.Subscribe(ctx, topicQueue)
	poll := e.lease / 3
	lastSweep := time.Now() // Start has swept
	for ctx.Err() == nil {
		due := e.fill(ctx)
		wait := poll
		if due > 0 {
			wait = min(wait, max(0, time.Duration(due-e.db.Wall())*time.Microsecond))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
		if time.Since(lastSweep) >= poll && ctx.Err() == nil {
			lastSweep = time.Now()
			if err := e.sweep(ctx, e.liveRuns()); err != nil && ctx.Err() == nil {
				e.log.Error("the activities' leases could not be checked", "error", err)
			}
		}
	}
}

// fill claims activities until no worker or no activity is left, and returns the time at which the
// next one is due (0: unknown).
func (e *Engine) fill(ctx context.Context) (due int64) {
	for e.takeWorker() {
		a, due, err := e.claimNext(ctx)
		if err != nil || a.ID == 0 {
			e.giveWorker()
			if err != nil && ctx.Err() == nil {
				e.log.Error("the queue of activities could not be read", "error", err)
			}
			return due
		}
		e.mu.Lock()
		handler := e.handlers[a.Type]
		e.mu.Unlock()
		run := e.newRun(ctx, a)
		e.running.Go(func() {
			_ = run.execute(handler) // the activity has the error
			e.giveWorker()
			e.hub.Publish(topicQueue)
		})
	}
	return 0
}

// takeWorker occupies a worker if one is free.
func (e *Engine) takeWorker() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.busy >= e.workers {
		return false
	}
	e.busy++
	return true
}

func (e *Engine) giveWorker() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy--
}
