package hold

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Hold is work that relies on what is stored. Release it at its end.
type Hold struct {
	node     *Node
	what     string
	patience time.Duration // 0: no end
	began    int64         // by the database's clock
	released chan struct{}
	once     sync.Once
}

// Hold says that work begins which relies on what is stored and on the states that
// are the newest now. Call it before the work looks at anything, and Release after
// its last commit. what names the work for people.
func (n *Node) Hold(what string) *Hold { return n.take(&Hold{what: what, began: n.db.Last()}) }

// HoldForReader is Hold for somebody who only reads stored bytes, and may be as slow as
// the network: a collector waits for patience and no longer, and past states go.
func (n *Node) HoldForReader(what string, patience time.Duration) *Hold {
	return n.take(&Hold{what: what, patience: patience})
}

func (n *Node) take(h *Hold) *Hold {
	h.node, h.released = n, make(chan struct{})
	n.mu.Lock()
	defer n.mu.Unlock()
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

// ended reports whether nobody waits for the hold any more who began to at an instant.
func (h *Hold) ended(since time.Time) bool {
	select {
	case <-h.released:
		return true
	default:
		return h.patience > 0 && time.Since(since) >= h.patience
	}
}

// oldest returns an instant of the database's clock before which no work under way
// began. None that begins later will have begun before it either.
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

// before is what a process knows of a round: the holds that were taken before it.
type before struct {
	number int64
	since  time.Time
	holds  []*Hold
}

// learn notes that a round has begun, and returns the newest one.
func (n *Node) learn(number int64) before {
	n.mu.Lock()
	defer n.mu.Unlock()
	if number > n.newest.number {
		n.newest = before{number, time.Now(), slices.Collect(maps.Keys(n.holds))}
		n.round.Store(number)
	}
	return n.newest
}

// waitStep is how often those who wait are told for whom.
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

// holders names those that are waited for, each once.
func (b before) holders() (names []string) {
	for _, h := range b.holds {
		if !h.ended(b.since) {
			names = append(names, h.what)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// pause returns after a while, or when something has happened, or with the context's
// cause.
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
