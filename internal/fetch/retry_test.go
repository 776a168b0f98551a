package fetch

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), status(500))
	_, err := b.Document(t.Context(), b.server.URL, Conditions{}, 100)
	if !problem.Is(err, problem.Upstream) {
		t.Fatal(err)
	}
	if len(b.pauses) != 4 {
		t.Fatalf("paused %d times, want 4: %v", len(b.pauses), b.pauses)
	}
	for i, got := range b.pauses {
		most := firstPause << i
		if got < most/2 || got >= most {
			t.Errorf("pause %d is %v, want from %v to %v", i+1, got, most/2, most)
		}
	}
}

// TestNobodyIsKeptWaiting: a file that somebody waits for is tried for less long.
func TestNobodyIsKeptWaiting(t *testing.T) {
	t.Parallel()
	busy := func(after string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	for _, c := range []struct {
		after   string
		hurried bool
		pauses  int
	}{{"1", false, 4}, {"60", false, 4}, {"1", true, 2}, {"6", true, 0}} {
		b := setUp(t, plain(), busy(c.after))
		request := b.request("/p.deb")
		request.Hurried = c.hurried
		if _, err := b.Blob(t.Context(), b.store, request); !problem.Is(err, problem.Upstream) || len(b.pauses) != c.pauses {
			t.Errorf("%+v: %d pauses, %v", c, len(b.pauses), err)
		}
	}
}

func TestPauseIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.IntRange(1, 1<<30).Draw(t, "row")
		if p := pause(row); p < firstPause/2 || p >= maxPause {
			t.Errorf("pause %v", p)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		"4000000000":                    maxRetryAfter,
		"99999999999999999999":          0,
		"-7":                            0,
		"soon":                          0,
		"Fri, 20 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Fri, 20 Nov 2026 11:00:00 GMT": 0,
		"Sat, 20 Nov 2027 12:00:00 GMT": maxRetryAfter,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("Retry-After: %s means %v, want %v", value, got, want)
		}
	}
}

func TestServersSayHowLongToWait(t *testing.T) {
	t.Parallel()
	for _, code := range []int{429, 503} {
		b := setUp(t, plain(), inTurn(status(code, "Retry-After", "90"), good))
		if _, err := b.Document(t.Context(), b.server.URL, Conditions{}, 100); err != nil {
			t.Fatal(err)
		}
		if len(b.pauses) != 1 || b.pauses[0] != 90*time.Second {
			t.Errorf("%d: paused %v, want 90 s", code, b.pauses)
		}
	}
}

func TestRetriesCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	b := setUp(t, Options{Retries: -1}, status(500))
	_, err := b.Document(t.Context(), b.server.URL, Conditions{}, 100)
	if !problem.Is(err, problem.Upstream) || strings.Contains(err.Error(), "attempts") {
		t.Errorf("got %v", err)
	}
	if len(b.pauses) != 0 || len(b.header("Range")) != 1 {
		t.Errorf("%d requests, pauses %v", len(b.header("Range")), b.pauses)
	}
}

func TestAServerThatIsDownIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), good)
	_, err := b.Document(t.Context(), refusedURL(t), Conditions{}, 100)
	if !problem.Is(err, problem.Upstream) || len(b.pauses) != 4 {
		t.Errorf("got %v after %d pauses", err, len(b.pauses))
	}
}

func TestHeadersThatNeverComeTimeOut(t *testing.T) {
	t.Parallel()
	o := plain()
	o.HeaderTimeout = 50 * time.Millisecond
	b := setUp(t, o, inTurn(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, good))
	got, err := b.Document(t.Context(), b.server.URL, Conditions{}, 100)
	if err != nil || string(got.Body) != content {
		t.Errorf("got %q, %v", got.Body, err)
	}
}

func TestWaitingForTheNextTryEndsWithTheContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("shutting down")
	ctx, cancel := contextWithReason(t)
	b := setUp(t, plain(), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(503)
	})
	c, err := New(Options{}) // with real sleep
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	time.AfterFunc(20*time.Millisecond, func() { cancel(reason) })
	if _, err := c.Document(ctx, b.server.URL, Conditions{}, 100); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
}
