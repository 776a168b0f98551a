package access

import (
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// The bound on guessing: after freeAttempts wrong ones, each further one must wait
// twice as long as the one before, up to longestWait. Nobody is locked out for longer,
// also not by others who guess in his name. What is quiet for forgetAfter is forgotten.
const (
	freeAttempts = 5
	firstWait    = time.Second
	longestWait  = 30 * time.Second
	forgetAfter  = 15 * time.Minute
	maxTracked   = 10_000 // mail addresses and network addresses; the oldest is forgotten
)

// attempts counts wrong guesses by who is guessed at and by who guesses.
type attempts struct {
	mu    sync.Mutex
	wrong map[string]*streak
}

// streak is a row of wrong guesses.
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

// check refuses a guess that comes too early for any of the keys.
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

// makeRoom forgets what is over, or else the oldest.
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
