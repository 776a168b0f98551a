package app

import (
	"math"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/publish"
)

// works are those under way that rely on what is stored, while nothing names it
// yet: blobs of the pool, members that no revision lists, and the states that were
// the newest when they began.
type works struct {
	mu    sync.Mutex
	began map[*blob.Hold]int64 // microseconds since 1970, by the database's clock
}

// hold says that work begins which relies on what is stored until it has committed
// what it does. It comes before the work looks at anything, and release after its
// last commit. What names the work for people.
func (a *App) hold(what string) (release func()) {
	h := a.Pool.Hold(what, 0)
	a.works.mu.Lock()
	defer a.works.mu.Unlock()
	if a.works.began == nil {
		a.works.began = map[*blob.Hold]int64{}
	}
	a.works.began[h] = a.DB.Wall()
	return func() {
		a.works.mu.Lock()
		delete(a.works.began, h)
		a.works.mu.Unlock()
		h.Release()
	}
}

// inUseSince tells when the oldest work under way began. States that were the
// newest at any time since then may be what it builds upon.
func (a *App) inUseSince() int64 {
	a.works.mu.Lock()
	defer a.works.mu.Unlock()
	oldest := int64(math.MaxInt64)
	for _, began := range a.works.began {
		oldest = min(oldest, began)
	}
	return oldest
}

// grace is for how long what releases left out is served on.
func (a *App) grace() publish.Grace {
	g := publish.DefaultGrace(a.Now())
	if a.Settings.Grace != 0 {
		g.Since = a.Now().Add(-a.Settings.Grace).UnixMicro()
	}
	return g
}

// readerPatience is how long a collection of garbage waits for one who reads a file
// that is joined from pieces, and who may be as slow as the network. Readers of the
// newest release, and of all others that are kept, may take as long as they like.
const readerPatience = 10 * time.Minute
