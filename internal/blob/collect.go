package blob

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Garbage is removed while all other work goes on. Nothing is locked for longer
// than the removal of one blob takes. The rules:
//
//   - Work that relies on what is stored until it has committed the rows that name
//     it holds the store meanwhile: from before its first look to after its commit.
//     So does who read in the database which blobs to open.
//   - The collector finds the blobs that nothing needs and condemns them. From then
//     on whoever asks for one of them, opens it or puts it again saves it.
//   - It waits until all work has ended that held the store when it condemned them,
//     and that may have looked before: [Trial.Wait].
//   - It looks again at what is needed, and removes what still is condemned and
//     still not needed: [Trial.Remove]. Work that began later cannot rely on any of
//     these without asking for them, which saves them or tells that they are gone.
//
// A collection that is cut short, or a process that dies, loses the list and
// nothing else.

// Hold is work that relies on what is stored. Release it at its end.
type Hold struct {
	what     string
	patience time.Duration
	of       *Collector
	released chan struct{}
	once     sync.Once
}

// Release ends the hold. It may be called more than once.
func (h *Hold) Release() {
	h.once.Do(func() {
		h.of.mu.Lock()
		defer h.of.mu.Unlock()
		delete(h.of.holds, h)
		close(h.released)
	})
}

// Collector is what a [Store] needs to have its garbage collected. A store embeds
// one, and calls Touch before it looks for a blob on behalf of anybody, and before
// it makes one visible. The zero value is ready.
type Collector struct {
	mu    sync.Mutex
	holds map[*Hold]struct{}
	trial atomic.Pointer[Trial]
}

// Hold implements [Store].
func (c *Collector) Hold(what string, patience time.Duration) *Hold {
	h := &Hold{what: what, patience: patience, of: c, released: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holds == nil {
		c.holds = map[*Hold]struct{}{}
	}
	c.holds[h] = struct{}{}
	return h
}

// Touch saves a blob that is condemned. It waits while that very moment a blob is
// being removed: afterwards the blob is safe, or gone for good.
func (c *Collector) Touch(d digest.SHA256) {
	if t := c.trial.Load(); t != nil {
		t.save(d)
	}
}

// Condemn begins a collection of the blobs in a list. Remove is how the store
// removes one. While another collection is under way that is a conflict.
func (c *Collector) Condemn(list []digest.SHA256, remove func(context.Context, digest.SHA256) error) (*Trial, error) {
	t := &Trial{of: c, remove: remove, condemned: make(map[digest.SHA256]struct{}, len(list))}
	for _, d := range list {
		t.condemned[d] = struct{}{}
	}
	if !c.trial.CompareAndSwap(nil, t) {
		return nil, problem.New(problem.Conflict, "the pool is being cleaned already").WithHint("wait for that to end")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for h := range c.holds {
		t.before = append(t.before, h)
	}
	return t, nil
}

// Trial is one collection of garbage, from [Store.Condemn] to End.
type Trial struct {
	of     *Collector
	remove func(context.Context, digest.SHA256) error
	before []*Hold // those that there were when it began

	mu        sync.RWMutex
	condemned map[digest.SHA256]struct{}
}

// waitStep is how often those who wait are told for whom.
const waitStep = time.Second

// Wait returns when all holds have ended that there were when the trial began, or
// with the context's cause. Every now and then waiting is told of those that have
// not. It returns at once when nobody held the store.
func (t *Trial) Wait(ctx context.Context, waiting func(holders []string)) error {
	for _, h := range t.before {
		var end <-chan time.Time
		if h.patience > 0 {
			timer := time.NewTimer(h.patience)
			defer timer.Stop()
			end = timer.C
		}
		for ended := false; !ended; {
			select {
			case <-h.released:
				ended = true
				continue
			default:
			}
			waiting(t.holders())
			step := time.NewTimer(waitStep)
			select {
			case <-h.released:
			case <-end:
				ended = true
			case <-ctx.Done():
				step.Stop()
				return context.Cause(ctx)
			case <-step.C:
			}
			step.Stop()
		}
	}
	return nil
}

// holders names those that are waited for, each once.
func (t *Trial) holders() []string {
	var names []string
	for _, h := range t.before {
		select {
		case <-h.released:
		default:
			names = append(names, h.what)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// save takes a blob off the list.
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

// Condemned tells whether a blob is on the list still.
func (t *Trial) Condemned(d digest.SHA256) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, listed := t.condemned[d]
	return listed
}

// Remove removes a blob that is condemned still, and tells whether it was. Who
// opened it before reads it to the end.
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

// End ends the trial; what is left on its list stays stored. It may be called more
// than once.
func (t *Trial) End() { t.of.trial.CompareAndSwap(t, nil) }
