package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/digest"
)

// TestMain fails when a test leaves a goroutine of a download or a connection
// behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := leftGoroutines(); left != "" {
			fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

// leftGoroutines returns the stacks of goroutines in this package or in net/http,
// after giving closed connections a moment to end.
func leftGoroutines() string {
	var left []string
	for range 200 {
		left = nil
		buffer := make([]byte, 1<<20)
		for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n")[1:] {
			if strings.Contains(stack, "internal/fetch.") || strings.Contains(stack, "net/http.") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return strings.Join(left, "\n\n")
}

const content = "the bytes of a package, long enough to be cut in the middle"

// bench is a server, a store and a client that does not really sleep.
type bench struct {
	*Client
	server *httptest.Server
	store  *file.Store

	mu       sync.Mutex
	requests []*http.Request
	pauses   []time.Duration
}

// plain are the options of a test that needs none: the limits on time are those
// of production, so that a busy machine does not change the answers.
func plain() Options { return Options{Version: "1.2"} }

// impatient are limits that let a test of a silent server end soon.
func impatient() Options { return Options{StallTimeout: 200 * time.Millisecond} }

// setUp starts a server on handler. Each request is recorded.
func setUp(t *testing.T, o Options, handler http.HandlerFunc) *bench {
	t.Helper()
	b := &bench{store: openStore(t)}
	b.server = httptest.NewServer(b.recorded(handler))
	t.Cleanup(b.server.Close)
	b.Client = b.client(t, o)
	return b
}

func openStore(t *testing.T) *file.Store {
	t.Helper()
	store, err := file.Open(t.TempDir(), file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func (b *bench) recorded(handler http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.requests = append(b.requests, r)
		b.mu.Unlock()
		handler(w, r)
	})
}

func (b *bench) client(t *testing.T, o Options) *Client {
	t.Helper()
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.pauses = append(b.pauses, d)
		return context.Cause(ctx)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// header returns the values that a header had in each request so far.
func (b *bench) header(name string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var values []string
	for _, r := range b.requests {
		values = append(values, r.Header.Get(name))
	}
	return values
}

// request asks for content under path.
func (b *bench) request(path string) Request {
	return Request{
		URLs:   []string{b.server.URL + path},
		Expect: blob.Expect{SHA256: digest.Of([]byte(content)), Size: int64(len(content))},
	}
}
