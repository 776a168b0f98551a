package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// TestBlobArrives has servers that behave badly for a while. The file arrives
// all the same; ranges are the Range headers of the requests it took.
func TestBlobArrives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		ranges  []string
	}{
		"at once":                         {good, []string{""}},
		"after 500":                       {inTurn(status(500), good), []string{"", ""}},
		"after 408, 429, 502 and 503":     {inTurn(status(408), status(429), status(502), status(503), good), []string{"", "", "", "", ""}},
		"after a cut before any byte":     {inTurn(cut(0), good), []string{"", ""}},
		"after a cut half way":            {inTurn(cut(20), good), []string{"", "bytes=20-"}},
		"after a cut before the last":     {inTurn(cut(len(content)-1), good), []string{"", fmt.Sprintf("bytes=%d-", len(content)-1)}},
		"after cuts and errors":           {inTurn(cut(7), status(500), good), []string{"", "bytes=7-", "bytes=7-"}},
		"after a stall":                   {inTurn(stall(11), good), []string{"", "bytes=11-"}},
		"after a slow drip":               {inTurn(drip, good), nil},
		"whole from a server of no range": {inTurn(cut(20), bodyOf(content)), []string{"", "bytes=20-"}},
		"after a range of other bytes": {
			inTurn(cut(20), partial("bytes 0-58/59", content), good), []string{"", "bytes=20-", ""},
		},
		"after a range of another file": {
			inTurn(cut(20), partial("bytes 20-69/70", content[20:]), good), []string{"", "bytes=20-", ""},
		},
		"after a range that says nothing":    {inTurn(cut(20), partial("", content[20:]), good), []string{"", "bytes=20-", ""}},
		"after 416":                          {inTurn(cut(20), status(416), good), []string{"", "bytes=20-", ""}},
		"in ranges shorter than asked":       {inTurn(cut(20), partial("bytes 20-29/59", content[20:30]), good), []string{"", "bytes=20-", "bytes=30-"}},
		"after an end that may be a cut":     {inTurn(unmarked(content[:9]), good), []string{"", "bytes=9-"}},
		"after a file that is too short":     {inTurn(bodyOf(content[:9]), good), []string{"", ""}},
		"after a length that is too long":    {inTurn(length(len(content)+1), good), []string{"", ""}},
		"after a length that is too short":   {inTurn(length(len(content)-1), good), []string{"", ""}},
		"after wrong bytes":                  {inTurn(bodyOf(strings.ToUpper(content)), good), []string{"", ""}},
		"after a body that is too long":      {inTurn(bodyOf(content+"!"), good), []string{"", ""}},
		"after a wrong first half":           {inTurn(wrongHalf, good), []string{"", "bytes=20-", ""}},
		"with an encoding claimed in vain":   {encoded("gzip", content), []string{""}},
		"after an encoding that was applied": {inTurn(encoded("gzip", "\x1f\x8b other bytes"), good), []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := plain()
			switch {
			case strings.Contains(name, "stall"):
				o = impatient()
			case strings.Contains(name, "drip"):
				o.MinRate, o.RateWindow = 1<<20, 20*time.Millisecond
			}
			b := setUp(t, o, c.handler)
			var progress int64
			request := b.request("/pool/x.deb")
			request.Progress = func(delta int64) { progress += delta }
			ref, err := b.Blob(t.Context(), b.store, request)
			if err != nil || ref != blobtest.RefOf(content) {
				t.Fatalf("got %v, %v", ref, err)
			}
			blobtest.CheckHolds(t, b.store, content)
			if progress != ref.Size {
				t.Errorf("progress adds up to %d of %d bytes", progress, ref.Size)
			}
			if diff := cmp.Diff(c.ranges, b.header("Range")); diff != "" && c.ranges != nil {
				t.Errorf("Range headers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBlobFails has servers that behave badly for good.
func TestBlobFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler  http.HandlerFunc
		kind     problem.Kind
		requests int
		says     []string
	}{
		"not found":           {status(404), problem.NotFound, 1, []string{"404 Not Found"}},
		"gone":                {status(410), problem.NotFound, 1, []string{"410 Gone"}},
		"unauthorized":        {status(401), problem.Denied, 1, []string{"401", "credentials"}},
		"forbidden":           {status(403), problem.Denied, 1, []string{"403", "credentials"}},
		"a request refused":   {status(400), problem.Upstream, 1, []string{"400 Bad Request"}},
		"501 Not Implemented": {status(501), problem.Upstream, 1, []string{"501"}},
		"a lone 304":          {status(304), problem.Upstream, 1, []string{"304"}},
		"always 503":          {status(503), problem.Upstream, 5, []string{"503 Service Unavailable", "after 5 attempts"}},
		"always cut":          {cut(0), problem.Upstream, 5, []string{"interrupted", "after 5 attempts"}},
		"always stalled":      {stall(0), problem.Upstream, 5, []string{"no data received for 200ms"}},
		"always ended early":  {unmarked(content[:9]), problem.Upstream, 5, []string{"after 9 of 59 bytes"}},
		"too short":           {bodyOf(content[:9]), problem.Untrusted, 2, []string{"expected 59 bytes", "got 9 bytes"}},
		"wrong bytes": {
			bodyOf(strings.ToUpper(content)), problem.Untrusted, 2,
			[]string{digest.Of([]byte(content)).String(), digest.Of([]byte(strings.ToUpper(content))).String()},
		},
		"endless":               {endless, problem.Untrusted, 2, []string{"expected 59 bytes"}},
		"a wrong length":        {length(70), problem.Untrusted, 2, []string{"expected 59 bytes", "got 70 bytes"}},
		"encoded":               {encoded("gzip", "\x1f\x8b other bytes"), problem.Untrusted, 2, []string{`"gzip"`, "turn this off"}},
		"a redirect loop":       {redirect("/again"), problem.Upstream, 11, []string{"more than 10"}},
		"a redirect to a file":  {redirect("file:///etc/passwd"), problem.Upstream, 1, []string{"redirect refused", `"file"`}},
		"a redirect to nowhere": {status(302), problem.Upstream, 1, []string{"302 Found"}},
		"too many headers":      {status(200, "X-Padding", strings.Repeat("x", 2*maxHeaderBytes)), problem.Upstream, 5, []string{"headers"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := plain()
			if name == "always stalled" {
				o = impatient()
			}
			b := setUp(t, o, c.handler)
			ref, err := b.Blob(t.Context(), b.store, b.request("/pool/x.deb?secret=1"))
			if !problem.Is(err, c.kind) || ref != (blob.Ref{}) {
				t.Fatalf("got %v, %v; want a problem of kind %s", ref, err, c.kind)
			}
			for _, part := range append(c.says, b.server.URL+"/pool/x.deb") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error %q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error %q tells the query", err)
			}
			if got := len(b.header("Range")); got != c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
			blobtest.CheckLacks(t, b.store, content)
		})
	}
}

func TestBlobNotFoundIsErrNotExist(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), status(404))
	if _, err := b.Blob(t.Context(), b.store, b.request("/x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestBlobOfUnknownSize(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler  http.HandlerFunc
		maxBytes int
		kind     problem.Kind // "": it arrives
		requests int
	}{
		"within the limit":            {good, len(content), "", 1},
		"no length announced":         {bodyOf(content), len(content), "", 1},
		"interrupted":                 {inTurn(cut(20), good), len(content), "", 2},
		"announced beyond the limit":  {good, len(content) - 1, problem.TooLarge, 1},
		"sent beyond the limit":       {bodyOf(content), len(content) - 1, problem.TooLarge, 1},
		"endless":                     {endless, len(content), problem.TooLarge, 1},
		"complete but for the ending": {inTurn(cutOpen, good), len(content), "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t, plain(), c.handler)
			request := b.request("/x")
			request.Expect.Size, request.MaxBytes = -1, int64(c.maxBytes)
			ref, err := b.Blob(t.Context(), b.store, request)
			if c.kind == "" {
				if err != nil || ref != blobtest.RefOf(content) {
					t.Errorf("got %v, %v", ref, err)
				}
			} else if !problem.Is(err, c.kind) {
				t.Errorf("got %v, want a problem of kind %s", err, c.kind)
			}
			if got := len(b.header("Range")); got != c.requests {
				t.Errorf("%d requests, want %d", got, c.requests)
			}
		})
	}
}

func TestBlobRefusesIncompleteRequests(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), good)
	for name, spoil := range map[string]func(*Request){
		"no URL":             func(r *Request) { r.URLs = nil },
		"no digest":          func(r *Request) { r.Expect.SHA256 = digest.SHA256{} },
		"no size, no limit":  func(r *Request) { r.Expect.Size = -1 },
		"no scheme":          func(r *Request) { r.URLs = []string{"//host/x"} },
		"another scheme":     func(r *Request) { r.URLs = []string{"ftp://host/x"} },
		"no server":          func(r *Request) { r.URLs = []string{"http:///x"} },
		"a file elsewhere":   func(r *Request) { r.URLs = []string{"file://host/x"} },
		"not a URL at all":   func(r *Request) { r.URLs = []string{"http://user:secret@host/%zz"} },
		"control characters": func(r *Request) { r.URLs = []string{"http://user:secret@host/\n"} },
	} {
		request := b.request("/x")
		spoil(&request)
		_, err := b.Blob(t.Context(), b.store, request)
		if !problem.Is(err, problem.Invalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := b.header("Range"); len(got) > 0 {
		t.Errorf("%d requests were sent", len(got))
	}
}

func TestBlobContinuesInANewProcess(t *testing.T) {
	t.Parallel()
	b := setUp(t, Options{Retries: -1}, inTurn(cut(20), good))
	if _, err := b.Blob(t.Context(), b.store, b.request("/x")); !problem.Is(err, problem.Upstream) {
		t.Fatalf("the first try gives %v", err)
	}
	again := b.client(t, Options{})
	if _, err := again.Blob(t.Context(), b.store, b.request("/x")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "bytes=20-"}, b.header("Range")); diff != "" {
		t.Errorf("Range headers (-want +got):\n%s", diff)
	}
}

func TestBlobResumesOnlyTheSameVersion(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), inTurn(cut(20), cut(30), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `W/"weak"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		fmt.Fprint(w, content[:40])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}, good))
	if _, err := b.Blob(t.Context(), b.store, b.request("/x")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", `"v1"`, `"v1"`, ""}, b.header("If-Range")); diff != "" {
		t.Errorf("If-Range headers (-want +got):\n%s", diff)
	}
}

func TestBlobAsksPastCachesAfterWrongBytes(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), inTurn(bodyOf("stale"), good))
	if _, err := b.Blob(t.Context(), b.store, b.request("/x")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "no-cache"}, b.header("Cache-Control")); diff != "" {
		t.Errorf("Cache-Control headers (-want +got):\n%s", diff)
	}
}

func TestBlobTriesOtherPlaces(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good":
			good(w, r)
		case "/wrong":
			bodyOf("other bytes")(w, r)
		case "/broken":
			w.WriteHeader(500)
		default:
			w.WriteHeader(404)
		}
	})
	for name, c := range map[string]struct {
		paths []string
		kind  problem.Kind // "": it arrives
	}{
		"missing, good":            {[]string{"/missing", "/good"}, ""},
		"wrong, broken, good":      {[]string{"/wrong", "/broken", "/good"}, ""},
		"missing, missing":         {[]string{"/missing", "/missing too"}, problem.NotFound},
		"missing, broken":          {[]string{"/missing", "/broken"}, problem.Upstream},
		"broken, missing":          {[]string{"/broken", "/missing"}, problem.Upstream},
		"missing, wrong, broken":   {[]string{"/missing", "/wrong", "/broken"}, problem.Untrusted},
		"no server there, missing": {[]string{"", "/missing"}, problem.Upstream},
	} {
		store := openStore(t)
		request := b.request("")
		request.URLs = nil
		for _, path := range c.paths {
			url := b.server.URL + path
			if path == "" {
				url = refusedURL(t)
			}
			request.URLs = append(request.URLs, strings.ReplaceAll(url, " ", "%20"))
		}
		_, err := b.Blob(t.Context(), store, request)
		if c.kind == "" && err != nil || c.kind != "" && !problem.Is(err, c.kind) {
			t.Errorf("%s: got %v, want %q", name, err, c.kind)
		}
	}
}

// refusedURL is one where nobody listens.
func refusedURL(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	return s.URL
}

func TestBlobAsksNothingForWhatIsStored(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), good)
	blobtest.Put(t, b.store, content)
	request := b.request("/x")
	var progress int64
	request.Progress = func(delta int64) { progress += delta }
	if ref, err := b.Blob(t.Context(), b.store, request); err != nil || ref != blobtest.RefOf(content) {
		t.Errorf("got %v, %v", ref, err)
	}
	if got := b.header("Range"); len(got) > 0 || progress != int64(len(content)) {
		t.Errorf("%d requests, progress %d", len(got), progress)
	}
	request.Expect.Size++
	if _, err := b.Blob(t.Context(), b.store, request); !problem.Is(err, problem.Untrusted) {
		t.Errorf("a stored blob of another size than listed gives %v", err)
	}
}

func TestBlobAskedTwiceAtOnceIsSentOnce(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	b := setUp(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-finish
		good(w, r)
	})
	results := make(chan error)
	get := func() {
		_, err := b.Blob(t.Context(), b.store, b.request("/x"))
		results <- err
	}
	go get()
	<-begun
	go get()
	close(finish)
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestBlobEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("the operator cancelled it")
	ctx, cancel := context.WithCancelCause(t.Context())
	b := setUp(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		cancel(reason)
		<-r.Context().Done()
	})
	if _, err := b.Blob(ctx, b.store, b.request("/x")); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
	if _, err := b.Blob(ctx, b.store, b.request("/x")); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
}

func TestBlobForgivesMoreWhileItAdvances(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("0123456789abcdef"), 8*worthwhile/16)
	b := setUp(t, Options{Retries: 1}, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(&limited{w, worthwhile + 1}, r, "", time.Time{}, bytes.NewReader(large))
	})
	request := b.request("/x")
	request.Expect = blob.Expect{SHA256: digest.Of(large), Size: int64(len(large))}
	if _, err := b.Blob(t.Context(), b.store, request); err != nil {
		t.Fatal(err)
	}
	if got := len(b.header("Range")); got != 8 {
		t.Errorf("the server was asked %d times, not for 8 pieces", got)
	}
}
