package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
)

// progress shows how far an activity is.
type progress interface {
	// see is called with each of its states.
	see(usecase.Activity)
	// end is called once, when nothing more is to be seen.
	end()
}

// newProgress draws on terminals and writes lines elsewhere.
func (p *program) newProgress() progress {
	if f, ok := p.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) && p.getenv("TERM") != "dumb" {
		return newBar(f)
	}
	return newLines(p.err, firstLine, everyLine)
}

// follow waits for an activity and shows its progress. An activity that fails is
// an error. When the command is interrupted, an activity of this process is
// cancelled, and one of a server goes on.
func (p *program) follow(ctx context.Context, s *session, id int64) (usecase.Activity, error) {
	if err := s.work(ctx); err != nil {
		return usecase.Activity{}, err
	}
	show := p.newProgress()
	a, err := s.Follow(ctx, id, show.see)
	show.end()
	if err != nil && ctx.Err() != nil {
		return a, p.interrupted(ctx, s, id)
	}
	if err != nil {
		return a, err
	}
	return a, outcome(a)
}

// interrupted ends what this process does.
func (p *program) interrupted(ctx context.Context, s *session, id int64) error {
	if s.local == nil {
		return fmt.Errorf("activity %d goes on; `aptarium activity follow %d` shows it, `aptarium activity cancel %d` ends it", id, id, id)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := client.Call(ctx, s.Client, routes.CancelActivity, routes.ActivityID{ID: id}); err != nil && !problem.Is(err, problem.Conflict) {
		return err
	}
	a, err := s.Follow(ctx, id, func(usecase.Activity) {})
	if err != nil {
		return err
	}
	return outcome(a)
}

// outcome is the error of an activity that did not get done.
func outcome(a usecase.Activity) error {
	switch {
	case a.Status == "cancelled":
		return fmt.Errorf("activity %d was cancelled", a.ID)
	case a.Status == "failed" && a.Error != nil:
		return a.Error.Problem()
	case a.Status == "failed":
		return errors.New("the activity failed")
	}
	return nil
}

// lines is progress for logs: a line now and then of what takes long, and none of
// what does not.
type lines struct {
	w     io.Writer
	stop  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	now  usecase.Activity
	rate rate
}

// When lines writes its first line, and how often the others.
const (
	firstLine = time.Second
	everyLine = 5 * time.Second
)

func newLines(w io.Writer, first, every time.Duration) *lines {
	l := &lines{w: w, stop: make(chan struct{})}
	l.ended.Go(func() {
		for wait := first; ; wait = every {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
				l.tell()
			case <-l.stop:
				timer.Stop()
				return
			}
		}
	})
	return l
}

func (l *lines) see(a usecase.Activity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = a
	l.rate.see(a.Progress.DoneBytes)
}

func (l *lines) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.now.Status
	if l.now.Progress.Phase != "" {
		text = describe(l.now.Progress, l.rate.value())
	}
	if text != "" {
		fmt.Fprintf(l.w, "%s: %s\n", l.now.Subject, text)
	}
}

func (l *lines) end() {
	close(l.stop)
	l.ended.Wait()
}

// describe tells how far an activity is: packages 12/345, 1.2 MB of 34 MB, 5.6
// MB/s.
func describe(at usecase.ActivityProgress, perSecond int64) string {
	text := at.Phase
	switch {
	case at.Total > 0:
		text += fmt.Sprintf(" %d/%d", at.Done, at.Total)
	case at.Done > 0:
		text += fmt.Sprintf(" %d", at.Done)
	}
	switch {
	case at.TotalBytes > 0:
		text += fmt.Sprintf(", %s of %s", size(at.DoneBytes), size(at.TotalBytes))
	case at.DoneBytes > 0:
		text += ", " + size(at.DoneBytes)
	}
	if perSecond > 0 {
		text += ", " + size(perSecond) + "/s"
	}
	return text
}

// rate measures bytes a second over the last few seconds.
type rate struct {
	seen []sample
	now  func() time.Time // nil: the clock's
}

type sample struct {
	at    time.Time
	bytes int64
}

// rateWindow is how far back a rate looks.
const rateWindow = 5 * time.Second

// see takes a count; one that is less than the one before starts anew.
func (r *rate) see(bytes int64) {
	now := time.Now
	if r.now != nil {
		now = r.now
	}
	if n := len(r.seen); n > 0 && bytes < r.seen[n-1].bytes {
		r.seen = nil
	}
	r.seen = append(r.seen, sample{now(), bytes})
	for len(r.seen) > 2 && now().Sub(r.seen[1].at) > rateWindow {
		r.seen = r.seen[1:]
	}
}

// value gives the rate; 0 when it is not known.
func (r *rate) value() int64 {
	if len(r.seen) < 2 {
		return 0
	}
	first, last := r.seen[0], r.seen[len(r.seen)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds < 0.5 {
		return 0 // it would be chance
	}
	return int64(float64(last.bytes-first.bytes) / seconds)
}
