package dput

import (
	"sync"
	"time"
)

// strangersRefused limits the refused uploads of strangers that become activities, per hour. Each is
// a row in the database that anybody can cause.
const strangersRefused = 100

// refusals counts the refused uploads of strangers.
type refusals struct {
	mu    sync.Mutex
	since time.Time
	count int
}

// note counts a refusal, and reports whether it is within the limit.
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
