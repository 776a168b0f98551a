package dput

import (
	"sync"
	"time"
)

// strangersRefused is how many refused uploads of strangers become activities in an
// hour. Each is a row in the database that anybody can have written.
const strangersRefused = 100

// refusals count them.
type refusals struct {
	mu    sync.Mutex
	since time.Time
	count int
}

// note counts one more, unless there were too many.
func (r *refusals) note(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.since) >= time.Hour {
		r.since, r.count = now, 0
	}
	if r.count == strangersRefused {
		return false
	}
	r.count++
	return true
}
