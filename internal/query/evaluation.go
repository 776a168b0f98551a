package query

import (
	"context"
	"fmt"
)

// evaluation is one run of a plan, over one package or over the values of an
// index. It counts work so that even a run over one package looks at its
// context in time.
type evaluation struct {
	ctx  context.Context
	work int
	err  error // why it stopped; what was found since means nothing
}

// How much work goes by between looks at the context: some hundred
// microseconds.
const workBetweenLooks = 1 << 14

// spend counts work, about a nanosecond or a few each, and reports whether to go
// on.
func (e *evaluation) spend(work int) bool {
	if e.work += work; e.work >= workBetweenLooks {
		e.work = 0
		e.look()
	}
	return e.err == nil
}

// look reports whether the context is still good.
func (e *evaluation) look() bool {
	if e.err == nil && e.ctx.Err() != nil {
		e.err = fmt.Errorf("evaluating the query: %w", context.Cause(e.ctx))
	}
	return e.err == nil
}
