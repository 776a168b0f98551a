package command

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// at is an activity under way.
func at(p usecase.ActivityProgress) usecase.Activity {
	return usecase.Activity{ID: 1, Subject: "mirror:up", Status: "running", Progress: p}
}

func TestProgressIsDescribedByWhatIsKnown(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		progress usecase.ActivityProgress
		rate     int64
	}{
		"release":     {usecase.ActivityProgress{Phase: "release"}, 0},
		"indexes 1/2": {usecase.ActivityProgress{Phase: "indexes", Done: 1, Total: 2}, 0},
		"compare 7":   {usecase.ActivityProgress{Phase: "compare", Done: 7}, 0},
		"download 1/2, 1.2 kB of 34 MB, 5.0 MB/s": {usecase.ActivityProgress{Phase: "download", Done: 1, Total: 2, DoneBytes: 1200, TotalBytes: 34e6}, 5e6},
		"read 3, 12 MB": {usecase.ActivityProgress{Phase: "read", Done: 3, DoneBytes: 12e6}, 0},
	} {
		if got := Describe(c.progress, c.rate); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTheRateIsThatOfTheLastSeconds(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	r := rate{now: func() time.Time { return now }}
	if r.see(0); r.value() != 0 {
		t.Errorf("of one count: %d", r.value())
	}
	for range 10 {
		now = now.Add(time.Second)
		r.see(now.Unix() * 1000)
	}
	if got := r.value(); got != 1000 {
		t.Errorf("steady: %d", got)
	}
	for range 10 {
		now = now.Add(time.Second)
		r.see(10_000)
	}
	if got := r.value(); got != 0 {
		t.Errorf("after a standstill: %d", got)
	}
	now = now.Add(time.Second)
	if r.see(10); r.value() != 0 {
		t.Errorf("after a new start: %d", r.value())
	}
}

// shared is a buffer that goroutines share.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestLogsGetALineNowAndThen(t *testing.T) {
	t.Parallel()
	var out shared
	l := newLines(&out, time.Millisecond, time.Millisecond)
	l.See(at(usecase.ActivityProgress{Phase: "indexes", Total: 2}))
	waitFor(t, func() bool { return strings.Contains(out.String(), "\n") })
	l.End()
	first, _, _ := strings.Cut(out.String(), "\n")
	if first != "mirror:up: indexes 0/2" {
		t.Error(out.String())
	}
}

func TestLogsGetNoLineOfWhatIsShort(t *testing.T) {
	t.Parallel()
	var out shared
	l := newLines(&out, time.Hour, time.Hour)
	l.See(at(usecase.ActivityProgress{Phase: "indexes", Total: 2}))
	l.End()
	if got := out.String(); got != "" {
		t.Error(got)
	}
}

func TestTheBarShowsHowFarAnActivityIs(t *testing.T) {
	t.Parallel()
	var out shared
	b := newBar(&out)
	if b.See(usecase.Activity{Subject: "mirror:up", Status: "waiting"}); b.text() != "waiting" {
		t.Errorf("before it runs: %q", b.text())
	}
	b.See(at(usecase.ActivityProgress{Phase: "download", Done: 1, Total: 4, DoneBytes: 500, TotalBytes: 1000}))
	if got := b.text(); got != "download 1/4, 500 B of 1.0 kB" {
		t.Errorf("%q", got)
	}
	waitFor(t, func() bool { return strings.Contains(out.String(), "mirror:up ") })
	b.See(at(usecase.ActivityProgress{Phase: "commit", Done: 5, Total: 4})) // more than all is no end
	b.End()
}

// waitFor waits for what another goroutine does soon.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing happens")
		}
	}
}

func TestTheOutcomeOfAnActivityIsItsError(t *testing.T) {
	t.Parallel()
	failure := &usecase.ActivityError{Kind: problem.Untrusted, Field: "InRelease", Message: "is not signed", Hint: "name its keys"}
	for status, want := range map[string]string{
		"done": "", "cancelled": "activity 1 was cancelled", "failed": "InRelease: is not signed (name its keys)",
	} {
		err := outcome(usecase.Activity{ID: 1, Status: status, Error: failure})
		if got := text(err); got != want {
			t.Errorf("%s: %q", status, got)
		}
	}
	if err := outcome(usecase.Activity{Status: "failed"}); err == nil {
		t.Error("a failure without an error is none")
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
