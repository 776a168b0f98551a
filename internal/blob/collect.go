package blob

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Collector is what a [Store] that one process uses needs to have its garbage collected.
// A store embeds one, and calls Touch before it looks for a blob on behalf of anybody, and
// before it makes one visible. The zero value is ready.
type Collector struct{ trial atomic.Pointer[Trial] }

// Touch saves a condemned blob. It waits while a blob is being removed: afterwards the touched blob is safe,
// or deleted for good.
func (c *Collector) Touch(d digest.SHA256) {
	if t := c.trial.Load(); t != nil {
		t.save(d)
	}
}

// Condemn starts a collection of the listed blobs. The store deletes one with remove. During another
// collection it is a conflict.
func (c *Collector) Condemn(list []digest.SHA256, remove func(context.Context, digest.SHA256) error) (*Trial, error) {
	t := &Trial{of: c, remove: remove, condemned: make(map[digest.SHA256]struct{}, len(list))}
	for _, d := range list {
		t.condemned[d] = struct{}{}
	}
	if !c.trial.CompareAndSwap(nil, t) {
		return nil, problem.New(problem.Conflict, "another collection of the pool is running").WithHint("wait until it ends")
	}
	return t, nil
}

// Trial is one collection of garbage, from [Store.Condemn] to End. Between the two the
// collector waits for all that was under way before (package hold), and looks again at
// what is needed. Nothing is locked for longer than the removal of one blob takes. A
// collection that is cut short, or a process that dies, loses the list and nothing else.
type Trial struct {
	of     *Collector
	remove func(context.Context, digest.SHA256) error

	mu        sync.RWMutex
	condemned map[digest.SHA256]struct{}
}

// save removes a blob from the list.
func (t *Trial) save(d digest.SHA256) {
	t.mu.RLock()
	_, listed := t.condemned[d]
	t.mu.RUnlock()
	if listed {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.condemned, d)
	}
}

// Condemned reports whether a blob still is on the list.
func (t *Trial) Condemned(d digest.SHA256) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, listed := t.condemned[d]
	return listed
}

// Remove deletes a blob if it still is condemned, and reports whether it was. Readers that opened it before are
// not disturbed.
func (t *Trial) Remove(ctx context.Context, d digest.SHA256) (removed bool, err error) {
	if err := context.Cause(ctx); err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, listed := t.condemned[d]; !listed {
		return false, nil
	}
	if err := t.remove(ctx, d); err != nil {
		return false, fmt.Errorf("removing blob %s: %w", d, err)
	}
	delete(t.condemned, d)
	return true, nil
}

// End ends the trial. Blobs that are left on the list stay. It can be called more than once.
func (t *Trial) End() { t.of.trial.CompareAndSwap(t, nil) }
