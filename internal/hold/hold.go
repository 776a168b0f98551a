package hold

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Hold protects the stored data that some work relies on. Release it at the end of the work.
type Hold struct {
	node     *Node
	what     string
	patience time.Duration // 0: no end
	began    int64         // by the database's clock
	released chan struct{}
	once     sync.Once
}

// Hold returns a hold on all stored data and the newest states. Call it before the work reads
// anything, and Release after its last commit. what names the work for people.
func (n *Node) Hold(what string) *Hold { return n.take(&Hold{what: what}) }

// HoldForReader is Hold for a reader of stored bytes, which may be as slow as the network: a
// collector waits at most patience, and past states are not protected.
func (n *Node) HoldForReader(what string, patience time.Duration) *Hold {
	return n.take(&Hold{what: what, patience: patience})
}

func (n *Node) take(h *Hold) *Hold {
	h.node, h.released = n, make(chan struct{})
	n.mu.Lock()
	defer n.mu.Unlock()
	h.began = n.db.Last() // within the lock, so that oldest covers the hold
	n.holds[h] = struct{}{}
	return h
}

// Release ends the hold. It may be called more than once.
func (h *Hold) Release() {
	h.once.Do(func() {
		h.node.mu.Lock()
		defer h.node.mu.Unlock()
		delete(h.node.holds, h)
		close(h.released)
	})
}

// ended reports whether a wait that started at an instant can ignore the hold.
func (h *Hold) ended(since time.Time) bool {
	select {
	case <-h.released:
		return true
	default:
		return h.patience > 0 && time.Since(since) >= h.patience
	}
}

// oldest returns an instant of the database's clock before which no current or later hold started.
func (n *Node) oldest() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	oldest := n.db.Last()
	for h := range n.holds {
		if h.patience == 0 {
			oldest = min(oldest, h.began)
		}
	}
	return oldest
}

// before is a round with this process's holds that were taken before it.
type before struct {
	number int64
	since  time.Time
	holds  []*Hold
}

// learn records the start of a round, and returns the newest one.
func (n *Node) learn(number int64) before {
	n.mu.Lock()
	defer n.mu.Unlock()
	if number > n.newest.number {
		n.newest = before{number, time.Now(), slices.Collect(maps.Keys(n.holds))}
		n.round.Store(number)
	}
	return n.newest
}

// waitStep is the interval of reports during a wait.
const waitStep = time.Second

// wait returns when all holds have ended, or with the context's cause.
func (b before) wait(ctx context.Context, waiting func(holders []string)) error {
	for _, h := range b.holds {
		for !h.ended(b.since) {
			waiting(b.holders())
			step := waitStep
			if h.patience > 0 {
				step = min(step, h.patience-time.Since(b.since))
			}
			if err := pause(ctx, h.released, step); err != nil {
				return err
			}
		}
	}
	return nil
}

// holders returns the names of the awaited holds, each once.
func (b before) holders() (names []string) {
	for _, h := range b.holds {
		if !h.ended(b.since) {
			names = append(names, h.what)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// pause returns after a while, at a change, or with the context's cause.
func pause(ctx context.Context, happened <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-happened:
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}
