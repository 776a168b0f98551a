package query

import (
	"context"
	"fmt"
)

// evaluation is one run of a plan, over one package or over the values of an index. It
// counts work, so that even a run over one package checks its context in time.
type evaluation struct {
	ctx  context.Context
	work int
	err  error // why it stopped; later results are meaningless
}

// workBetweenChecks is the work between two checks of the context: some hundred
// microseconds.
const workBetweenChecks = 1 << 14

// spend counts work, in units of a few nanoseconds, and reports whether to continue.
func (e *evaluation) spend(work int) bool {
	if e.work += work; e.work >= workBetweenChecks {
		e.work = 0
		e.check()
	}
	return e.err == nil
}

// check reports whether the context has not ended.
func (e *evaluation) check() bool {
	if e.err == nil && e.ctx.Err() != nil {
		e.err = fmt.Errorf("evaluating the query: %w", context.Cause(e.ctx))
	}
	return e.err == nil
}
