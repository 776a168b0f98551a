package fetch

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

func contextWithReason(t *testing.T) (context.Context, context.CancelCauseFunc) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	return ctx, cancel
}

// setUpTLS is setUp with an https server, whose certificate authority it gives.
func setUpTLS(t *testing.T, handler http.HandlerFunc) (b *bench, authority []byte) {
	t.Helper()
	b = &bench{store: openStore(t)}
	b.server = httptest.NewUnstartedServer(b.recorded(handler))
	b.server.EnableHTTP2 = true
	b.server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the point
	b.server.StartTLS()
	t.Cleanup(b.server.Close)
	return b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.server.Certificate().Raw})
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	b, authority := setUpTLS(t, good)
	trusting := b.client(t, Options{ExtraCA: authority})
	if _, err := trusting.Blob(t.Context(), b.store, b.request("/x")); err != nil {
		t.Fatal(err)
	}
	if got := b.requests[0].Proto; got != "HTTP/2.0" {
		t.Errorf("spoke %s", got)
	}
	_, err := b.client(t, Options{}).Document(t.Context(), b.server.URL, Conditions{}, 100)
	if !problem.Is(err, problem.Upstream) || !strings.Contains(err.Error(), "authority") || len(b.pauses) > 0 {
		t.Errorf("an unknown authority gives %v after %d pauses", err, len(b.pauses))
	}
	_, err = New(Options{ExtraCA: []byte("not PEM")})
	if !problem.Is(err, problem.Invalid) {
		t.Errorf("an authority that is not PEM gives %v", err)
	}
}

func TestHTTP2DownloadsAreResumed(t *testing.T) {
	t.Parallel()
	b, authority := setUpTLS(t, inTurn(cut(20), stall(10), good))
	c := b.client(t, Options{ExtraCA: authority, StallTimeout: impatient().StallTimeout})
	if _, err := c.Blob(t.Context(), b.store, b.request("/x")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "bytes=20-", "bytes=10-"}, b.header("Range")); diff != "" {
		t.Errorf("Range headers (-want +got):\n%s", diff)
	}
}

func TestPlainServerAskedForHTTPS(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), good)
	_, err := b.Document(t.Context(), strings.Replace(b.server.URL, "http:", "https:", 1), Conditions{}, 100)
	if !problem.Is(err, problem.Upstream) || len(b.pauses) > 0 {
		t.Errorf("got %v after %d pauses", err, len(b.pauses))
	}
}

func TestRedirectsNeverLeaveHTTPS(t *testing.T) {
	t.Parallel()
	insecure := setUp(t, plain(), good)
	b, authority := setUpTLS(t, redirect(insecure.server.URL))
	c := b.client(t, Options{ExtraCA: authority})
	_, err := c.Document(t.Context(), b.server.URL, Conditions{}, 100)
	if !problem.Is(err, problem.Upstream) || !strings.Contains(err.Error(), "from https to http") || len(b.pauses) > 0 {
		t.Errorf("got %v after %d pauses", err, len(b.pauses))
	}
	if n := len(insecure.header("Range")); n > 0 {
		t.Errorf("the plain server got %d requests", n)
	}
	up := setUp(t, plain(), redirect(b.server.URL+"/x"))
	b.server.Config.Handler = http.HandlerFunc(good)
	got, err := up.client(t, Options{ExtraCA: authority}).Document(t.Context(), up.server.URL, Conditions{}, 100)
	if err != nil || string(got.Body) != content {
		t.Errorf("from http to https: got %q, %v", got.Body, err)
	}
}

func TestTenRedirectsAreFollowed(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path) > maxRedirects {
			good(w, r)
			return
		}
		redirect(r.URL.Path+"r")(w, r)
	})
	if _, err := b.Document(t.Context(), b.server.URL+"/", Conditions{}, 100); err != nil {
		t.Error(err)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	elsewhere := setUp(t, plain(), good)
	b := setUp(t, plain(), func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user+":"+password != "apt:s3cret" {
			w.WriteHeader(401)
		} else if r.URL.Path == "/away" {
			// By another name, as a content network would be.
			redirect(strings.Replace(elsewhere.server.URL, "127.0.0.1", "localhost", 1))(w, r)
		} else {
			good(w, r)
		}
	})
	c := b.client(t, Options{Credentials: func(u *url.URL) (string, string, bool) {
		return "apt", "s3cret", u.Path != "/public"
	}})
	own := strings.Replace(b.server.URL, "://", "://other:wrong@", 1)
	for rawURL, kind := range map[string]problem.Kind{
		b.server.URL + "/x":      "",
		b.server.URL + "/away":   "",
		b.server.URL + "/public": problem.Denied,
		own + "/x":               problem.Denied, // those in the URL come first
	} {
		_, err := c.Document(t.Context(), rawURL, Conditions{}, 100)
		if kind == "" && err != nil || kind != "" && !problem.Is(err, kind) {
			t.Errorf("%s: got %v, want %q", rawURL, err, kind)
		}
		if err != nil && (strings.Contains(err.Error(), "wrong") || strings.Contains(err.Error(), "other")) {
			t.Errorf("the error %q tells the credentials", err)
		}
	}
	if got := elsewhere.header("Authorization"); len(got) != 1 || got[0] != "" {
		t.Errorf("the other host got the credentials: %q", got)
	}
}

func TestRequestsUnderWayAreLimited(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"to each server": {PerHost: 3, Total: 100},
		"altogether":     {PerHost: 100, Total: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now, most atomic.Int64
			full := make(chan struct{})
			b := setUp(t, o, func(w http.ResponseWriter, r *http.Request) {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				if n == 3 {
					select {
					case <-full:
					default:
						close(full)
					}
				}
				<-full // so that three are there at once, whatever the scheduler does
				now.Add(-1)
				good(w, r)
			})
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if _, err := b.Document(t.Context(), b.server.URL, Conditions{}, 100); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if most.Load() != 3 {
				t.Errorf("%d requests at once, want 3", most.Load())
			}
			if len(b.gate.hosts) != 0 {
				t.Errorf("the gate remembers %d servers that nobody uses", len(b.gate.hosts))
			}
		})
	}
}

func TestWaitingAtTheGateEndsWithTheContext(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]*gate{"server": newGate(1, 9), "total": newGate(9, 1)} {
		leave, err := g.enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.enter(ended, "a"); err == nil {
			t.Errorf("%s: a full gate lets one in", name)
		}
		leave()
		if leave, err = g.enter(t.Context(), "a"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		leave()
		if len(g.hosts) != 0 {
			t.Errorf("%s: %d servers left", name, len(g.hosts))
		}
	}
}

// TestSpeedIsLimited: that of one long body, and of many short ones, together.
func TestSpeedIsLimited(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ bodies, size int }{
		"a long body":  {1, 13 * readSize},
		"short bodies": {13, readSize},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t, Options{BytesPerSecond: 10 * readSize}, bodyOf(strings.Repeat("x", c.size)))
			begin := time.Now()
			for range c.bodies {
				if _, err := b.Document(t.Context(), b.server.URL, Conditions{}, 1<<20); err != nil {
					t.Fatal(err)
				}
			}
			// The first second's worth is free; the other three tenths are not.
			if took := time.Since(begin); took < 290*time.Millisecond {
				t.Errorf("took %v: too fast", took)
			}
		})
	}
}

func TestDisplayHidesSecrets(t *testing.T) {
	t.Parallel()
	u, err := url.Parse("https://user:pass@host:8443/a%2fb/c%20d?sig=1#frag")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := display(u), "https://host:8443/a%2fb/c%20d"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if u.User == nil {
		t.Error("the URL itself was changed")
	}
}

func FuzzContentRange(f *testing.F) {
	for _, seed := range []string{"bytes 0-9/10", "bytes 5-9/*", "bytes */10", "bytes */*", "bytes 9-5/10", "bytes -1-5/6", "bytes 0-10/10", "items 0-9/10", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		first, total, ok := parseContentRange(value)
		if !ok {
			if first != 0 || total != 0 {
				t.Errorf("%q is refused but gives %d, %d", value, first, total)
			}
			return
		}
		if first < -1 || total < -1 || total >= 0 && first >= total {
			t.Errorf("%q gives first %d of %d", value, first, total)
		}
	})
}

func TestContentRange(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"bytes 0-9/10":                  "0 10 true",
		"bytes 5-9/10":                  "5 10 true",
		"bytes 5-9/*":                   "5 -1 true",
		"bytes */10":                    "-1 10 true",
		"bytes 9-5/10":                  "0 0 false",
		"bytes 0-10/10":                 "0 0 false",
		"bytes +0-9/10":                 "0 0 false",
		"bytes 0-9":                     "0 0 false",
		"bytes 0/10":                    "0 0 false",
		"bytes=0-9/10":                  "0 0 false",
		"bytes 0-9223372036854775808/*": "0 0 false",
	} {
		first, total, ok := parseContentRange(value)
		if got := fmt.Sprint(first, total, ok); got != want {
			t.Errorf("%q gives %s, want %s", value, got, want)
		}
	}
}
