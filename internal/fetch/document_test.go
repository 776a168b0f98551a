package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestDocumentIsReadOnceAndThenAskedForChanges(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), good)
	url := b.server.URL + "/dists/InRelease"
	first, err := b.Document(t.Context(), url, Conditions{}, 1000)
	want := Document{
		Body:       []byte(content),
		Conditions: Conditions{ETag: `"v1"`, LastModified: "Tue, 14 Nov 2023 22:13:20 GMT"},
		URL:        url,
	}
	if diff := cmp.Diff(want, first); diff != "" || err != nil {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	for name, conditions := range map[string]Conditions{
		"both": first.Conditions, "ETag": {ETag: first.ETag}, "date": {LastModified: first.LastModified},
	} {
		second, err := b.Document(t.Context(), url, conditions, 1000)
		if err != nil || !second.NotModified || second.Body != nil || second.Conditions != conditions {
			t.Errorf("unchanged by %s: got %+v, %v", name, second, err)
		}
	}
	changed, err := b.Document(t.Context(), url, Conditions{ETag: `"v0"`}, 1000)
	if err != nil || changed.NotModified || string(changed.Body) != content {
		t.Errorf("changed: got %+v, %v", changed, err)
	}
}

func TestDocumentAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler  http.HandlerFunc
		kind     problem.Kind // "": it arrives
		requests int
	}{
		"sound":                      {good, "", 1},
		"of no announced length":     {bodyOf(content), "", 1},
		"after 503":                  {inTurn(status(503), good), "", 2},
		"after a cut":                {inTurn(cut(5), good), "", 2},
		"after a stall":              {inTurn(stall(5), good), "", 2},
		"after a length too long":    {inTurn(length(len(content)+1), good), "", 2},
		"always cut":                 {cut(5), problem.Upstream, 5},
		"missing":                    {status(404), problem.NotFound, 1},
		"not for us":                 {status(403), problem.Denied, 1},
		"304 to a request without":   {status(304), problem.Upstream, 1},
		"a part that was not asked":  {partial("bytes 0-9/59", content[:10]), problem.Upstream, 1},
		"encoded":                    {encoded("gzip", content), problem.Upstream, 1},
		"plain and says so":          {encoded("identity", content), "", 1},
		"announced as too large":     {length(61), problem.TooLarge, 1},
		"too large without a length": {bodyOf(content + "!!"), problem.TooLarge, 1},
		"endless":                    {endless, problem.TooLarge, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := int64(len(content) + 1)
			if name == "after a length too long" {
				limit++
			}
			o := plain()
			if name == "after a stall" {
				o = impatient()
			}
			b := setUp(t, o, c.handler)
			got, err := b.Document(t.Context(), b.server.URL+"/InRelease", Conditions{}, limit)
			if c.kind == "" && (err != nil || string(got.Body) != content) || c.kind != "" && !problem.Is(err, c.kind) {
				t.Errorf("got %q, %v; want %q", got.Body, err, c.kind)
			}
			if n := len(b.header("Range")); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

func TestDocumentTellsWhereItWasFound(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			redirect("/new?signature=secret")(w, r)
			return
		}
		good(w, r)
	})
	withUser := strings.Replace(b.server.URL, "://", "://user:secret@", 1)
	got, err := b.Document(t.Context(), withUser+"/old", Conditions{}, 1000)
	if want := b.server.URL + "/new"; err != nil || got.URL != want {
		t.Errorf("found at %q, %v; want %q", got.URL, err, want)
	}
}

func TestRequestsSayWhoAsksAndForWhat(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), good)
	if _, err := b.Document(t.Context(), b.server.URL, Conditions{}, 1000); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"User-Agent":      "Aptarium/1.2 (+apt mirror)",
		"Accept-Encoding": "identity",
		"Cache-Control":   "max-age=0",
		"Authorization":   "",
	} {
		if got := b.header(name)[0]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAMeagreLimitIsKept(t *testing.T) {
	t.Parallel()
	for size := range 4 {
		b := setUp(t, plain(), bodyOf(strings.Repeat("x", size)))
		for limit := range 4 {
			got, err := b.Document(t.Context(), b.server.URL, Conditions{}, int64(limit))
			if fits := size <= limit; fits != (err == nil) || fits && len(got.Body) != size {
				t.Errorf("%d bytes with a limit of %d: got %q, %v", size, limit, fmt.Sprint(got.Body), err)
			}
		}
	}
}
