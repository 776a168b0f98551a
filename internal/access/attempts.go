package access

import (
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// The limits on guessing: after freeAttempts wrong guesses, each further one must wait twice
// as long, up to longestWait. So guesses by others cannot lock a person out for longer. A
// streak ends after forgetAfter without a guess.
const (
	freeAttempts = 5
	firstWait    = time.Second
	longestWait  = 30 * time.Second
	forgetAfter  = 15 * time.Minute
	maxTracked   = 10_000 // mail and network addresses; the oldest streak ends
)

// attempts counts wrong guesses by person and by network address.
type attempts struct {
	mu    sync.Mutex
	wrong map[string]*streak
}

// streak is a sequence of wrong guesses.
type streak struct {
	count int
	last  time.Time
}

func newAttempts() *attempts { return &attempts{wrong: map[string]*streak{}} }

// wait returns how long the next guess after a streak must wait.
func (s streak) wait() time.Duration {
	if s.count < freeAttempts {
		return 0
	}
	return min(firstWait<<min(s.count-freeAttempts, 10), longestWait)
}

// check refuses a guess that is too early for any of the keys.
func (a *attempts) check(now time.Time, keys ...string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		if s := a.wrong[key]; s != nil {
			if left := s.last.Add(s.wait()).Sub(now); left > 0 {
				return problem.New(problem.Unavailable, "there were %d wrong attempts", s.count).
					WithHint("try again in %s", max(left.Round(time.Second), time.Second))
			}
		}
	}
	return nil
}

// failed counts a wrong guess.
func (a *attempts) failed(now time.Time, keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		s := a.wrong[key]
		if s == nil || now.Sub(s.last) > forgetAfter {
			a.makeRoom(now)
			s = &streak{}
			a.wrong[key] = s
		}
		s.count, s.last = s.count+1, now
	}
}

// succeeded ends the streaks.
func (a *attempts) succeeded(keys ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		delete(a.wrong, key)
	}
}

// makeRoom deletes old streaks, or else the oldest.
func (a *attempts) makeRoom(now time.Time) {
	if len(a.wrong) < maxTracked {
		return
	}
	oldest := ""
	for key, s := range a.wrong {
		if now.Sub(s.last) > forgetAfter {
			delete(a.wrong, key)
		} else if oldest == "" || s.last.Before(a.wrong[oldest].last) {
			oldest = key
		}
	}
	if len(a.wrong) >= maxTracked {
		delete(a.wrong, oldest)
	}
}
