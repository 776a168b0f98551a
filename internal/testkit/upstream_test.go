package testkit_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/testkit"
)

const indexText = "Package: hello\nVersion: 1.0\n"

// newUpstream serves a folder with one index and one package.
func newUpstream(t *testing.T) *testkit.Upstream {
	t.Helper()
	upstream := testkit.NewUpstream(newState(t, indexText))
	t.Cleanup(upstream.Close)
	return upstream
}

func newState(t *testing.T, index string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"dists/stable/Packages": index, "pool/hello.deb": strings.Repeat("deb", 1000)} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// answer is what a client got.
type answer struct {
	Status int
	Body   string
	Length int64
	Header http.Header
	Cut    bool // the connection broke within the body
}

// get asks once, following no redirects; headers are in pairs.
func get(t *testing.T, url string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return answer{response.StatusCode, string(body), response.ContentLength, response.Header, err != nil}
}

func TestUpstreamServesAFolder(t *testing.T) {
	t.Parallel()
	upstream := newUpstream(t)
	index := upstream.URL() + "/dists/stable/Packages"
	whole := get(t, index)
	if whole.Status != 200 || whole.Body != indexText || whole.Length != int64(len(indexText)) {
		t.Errorf("got %+v", whole)
	}
	tag, modified := whole.Header.Get("ETag"), whole.Header.Get("Last-Modified")
	for name, c := range map[string]struct {
		path   string
		header []string
		status int
		body   string
	}{
		"a part":                {"/dists/stable/Packages", []string{"Range", "bytes=9-13"}, 206, "hello"},
		"a part of this state":  {"/dists/stable/Packages", []string{"Range", "bytes=9-13", "If-Range", tag}, 206, "hello"},
		"a part of another":     {"/dists/stable/Packages", []string{"Range", "bytes=9-13", "If-Range", `"other"`}, 200, indexText},
		"unchanged by tag":      {"/dists/stable/Packages", []string{"If-None-Match", tag}, 304, ""},
		"unchanged by time":     {"/dists/stable/Packages", []string{"If-Modified-Since", modified}, 304, ""},
		"later, another state":  {"/dists/stable/Packages", []string{"If-Modified-Since", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}, 200, indexText},
		"a folder":              {"/dists/stable/", nil, 404, "404 page not found\n"},
		"a file that is not":    {"/dists/stable/Release", nil, 404, "404 page not found\n"},
		"a path that leads out": {"/dists/%2e%2e/%2e%2e/etc/passwd", nil, 404, "404 page not found\n"},
	} {
		if got := get(t, upstream.URL()+c.path, c.header...); got.Status != c.status || got.Body != c.body {
			t.Errorf("%s: got %d %q, want %d %q", name, got.Status, got.Body, c.status, c.body)
		}
	}
}

func TestUpstreamFaults(t *testing.T) {
	t.Parallel()
	endless := strings.Repeat("\x00", 1<<20) // as much as get reads
	flipped := []byte(indexText)
	for i := range flipped {
		flipped[i] ^= 1
	}
	n := int64(len(indexText))
	for name, c := range map[string]struct {
		fault testkit.Fault
		want  answer
	}{
		"a status":              {testkit.Status(500), answer{Status: 500, Body: "Internal Server Error\n", Length: 22}},
		"cut":                   {testkit.CutAfter(7), answer{Status: 200, Body: "Package", Length: n, Cut: true}},
		"cut before the body":   {testkit.CutAfter(0), answer{Status: 200, Length: n, Cut: true}},
		"a length too long":     {testkit.WrongLength(5), answer{Status: 200, Body: indexText, Length: n + 5, Cut: true}},
		"a length too short":    {testkit.WrongLength(-5), answer{Status: 200, Body: indexText[:n-5], Length: n - 5}},
		"other bytes":           {testkit.OtherBytes(), answer{Status: 200, Body: string(flipped), Length: n}},
		"another body":          {testkit.Body([]byte("sign in")), answer{Status: 200, Body: "sign in", Length: 7}},
		"endless":               {testkit.Endless(), answer{Status: 200, Body: endless, Length: -1}},
		"drip":                  {testkit.Drip(3, time.Millisecond), answer{Status: 200, Body: indexText, Length: n}},
		"redirect":              {testkit.RedirectTo("http://elsewhere.example/debian"), answer{Status: 302}},
		"neither range nor tag": {testkit.WithoutRanges(), answer{Status: 200, Body: indexText, Length: n}},
		"a password":            {testkit.RequireBasic("fred", "secret"), answer{Status: 401, Body: "who is there?\n", Length: 14}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := newUpstream(t)
			upstream.Inject("*", 1, c.fault)
			got := get(t, upstream.URL()+"/dists/stable/Packages", "Range", "bytes=0-")
			if got.Status == http.StatusPartialContent {
				got.Status = http.StatusOK
			}
			header := got.Header
			got.Header = nil
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if location := header.Get("Location"); name == "redirect" && location != "http://elsewhere.example/debian/dists/stable/Packages" {
				t.Errorf("redirected to %q", location)
			}
			if after := get(t, upstream.URL()+"/dists/stable/Packages"); after.Body != indexText {
				t.Errorf("the next request was answered with %d %q", after.Status, after.Body)
			}
		})
	}
}

func TestUpstreamFailsWhatAPatternFits(t *testing.T) {
	t.Parallel()
	for pattern, fitting := range map[string][2]bool{ // the index, the package
		"/":                      {true, true},
		"/dists/":                {true, false},
		"*.deb":                  {false, true},
		"Packages":               {true, false},
		"/dists/*/Packages":      {true, false},
		"/*/Packages":            {false, false},
		"/pool/hello.deb":        {false, true},
		"[":                      {false, false},
		"/dists/stable/Packages": {true, false},
	} {
		upstream := newUpstream(t)
		upstream.Inject(pattern, 0, testkit.Status(503))
		for i, path := range []string{"/dists/stable/Packages", "/pool/hello.deb"} {
			for range 2 {
				if got := get(t, upstream.URL()+path); (got.Status == 503) != fitting[i] {
					t.Errorf("pattern %q, %s: got %d", pattern, path, got.Status)
				}
			}
			if want := map[bool]int{true: 2}[fitting[i]]; len(upstream.Requests(pattern)) != upstream.Count(pattern) || i == 0 && upstream.Count(pattern) != want {
				t.Errorf("pattern %q: counted %d, remembered %d", pattern, upstream.Count(pattern), len(upstream.Requests(pattern)))
			}
		}
		upstream.Heal()
		if got := get(t, upstream.URL()+"/pool/hello.deb"); got.Status != 200 {
			t.Errorf("after healing: %d", got.Status)
		}
	}
}

func TestUpstreamRemembersRequests(t *testing.T) {
	t.Parallel()
	upstream := newUpstream(t)
	get(t, upstream.URL()+"/dists/stable/Packages", "User-Agent", "first")
	get(t, upstream.URL()+"/pool/a%2Bb.deb")
	got := upstream.Requests("/")
	if len(got) != 2 || got[0].Header.Get("User-Agent") != "first" || got[1].Path != "/pool/a+b.deb" || got[1].Method != "GET" {
		t.Errorf("got %+v", got)
	}
	upstream.Forget()
	if upstream.Count("/") != 0 || len(upstream.Requests("/")) != 0 {
		t.Error("it has not forgotten")
	}
}

// States that are written within one second have the same times; a client that
// asks "modified since?" must see the change all the same.
func TestUpstreamSwitchesBetweenStates(t *testing.T) {
	t.Parallel()
	first, second := newState(t, indexText), newState(t, strings.Replace(indexText, "1.0", "1.1", 1))
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, dir := range []string{first, second} {
		if err := os.Chtimes(filepath.Join(dir, "dists/stable/Packages"), at, at); err != nil {
			t.Fatal(err)
		}
	}
	upstream := testkit.NewUpstream(first)
	defer upstream.Close()
	index := upstream.URL() + "/dists/stable/Packages"
	got := get(t, index)
	for i, dir := range []string{second, first, second} {
		upstream.Switch(dir)
		since := got.Header.Get("Last-Modified")
		if got = get(t, index, "If-Modified-Since", since); got.Status != 200 {
			t.Fatalf("switch %d: got %d", i, got.Status)
		}
		if again := get(t, index, "If-Modified-Since", got.Header.Get("Last-Modified")); again.Status != 304 {
			t.Errorf("switch %d: unchanged gave %d", i, again.Status)
		}
	}
	same := newState(t, strings.Replace(indexText, "1.0", "1.1", 1))
	upstream.Switch(same)
	if again := get(t, index, "If-Modified-Since", got.Header.Get("Last-Modified")); again.Status != 304 {
		t.Errorf("another folder with the same content gave %d", again.Status)
	}
}

func TestUpstreamStalls(t *testing.T) {
	t.Parallel()
	for _, after := range []int64{-1, 0, 7} {
		upstream := newUpstream(t)
		stall := testkit.NewStall(after)
		upstream.Inject("/dists/", 0, stall.Fault)
		answered := make(chan answer, 1)
		go func() { answered <- get(t, upstream.URL()+"/dists/stable/Packages") }()
		<-stall.Reached()
		select {
		case got := <-answered:
			t.Errorf("after %d bytes it did not stall: %+v", after, got)
		default:
		}
		stall.Release()
		stall.Release()
		if got := <-answered; got.Body != indexText {
			t.Errorf("after %d bytes it went on with %+v", after, got)
		}
	}
}

func TestUpstreamClosesWhileItStalls(t *testing.T) {
	t.Parallel()
	upstream := newUpstream(t)
	stall := testkit.NewStall(0)
	upstream.Inject("/", 0, stall.Fault)
	cut := make(chan bool, 1)
	go func() { cut <- get(t, upstream.URL()+"/dists/stable/Packages").Cut }()
	<-stall.Reached()
	upstream.Close()
	if !<-cut {
		t.Error("the client got an answer")
	}
}
