package command

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// lines is progress for logs: a line now and then for long activities, and no line for short ones.
type lines struct {
	w     io.Writer
	stop  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	now  usecase.Activity
	rate rate
}

// The time until the first line, and between the others.
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
				l.write()
			case <-l.stop:
				timer.Stop()
				return
			}
		}
	})
	return l
}

func (l *lines) See(a usecase.Activity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = a
	l.rate.see(a.Progress.DoneBytes)
}

func (l *lines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.now.Status
	if l.now.Progress.Phase != "" {
		text = Describe(l.now.Progress, l.rate.value())
	}
	if text != "" {
		fmt.Fprintf(l.w, "%s: %s\n", l.now.Subject, text)
	}
}

func (l *lines) End() {
	close(l.stop)
	l.ended.Wait()
}

// Describe returns the progress of an activity: packages 12/345, 1.2 MB of 34 MB, 5.6
// MB/s.
func Describe(at usecase.ActivityProgress, perSecond int64) string {
	text := at.Phase
	switch {
	case at.Total > 0:
		text += fmt.Sprintf(" %d/%d", at.Done, at.Total)
	case at.Done > 0:
		text += fmt.Sprintf(" %d", at.Done)
	}
	switch {
	case at.TotalBytes > 0:
		text += fmt.Sprintf(", %s of %s", Size(at.DoneBytes), Size(at.TotalBytes))
	case at.DoneBytes > 0:
		text += ", " + Size(at.DoneBytes)
	}
	if perSecond > 0 {
		text += ", " + Size(perSecond) + "/s"
	}
	return text
}
