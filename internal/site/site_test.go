package site_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/site"
)

// shop is a published repo behind a server.
type shop struct {
	*apptest.House
	url string
}

func run(t *testing.T, test func(shop)) {
	t.Helper()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "amd64", strings.Repeat("content ", 1000)))
		h.Publish("repo:tools")
		server := httptest.NewServer(site.New(h.App.Publications, "/archive", slog.New(slog.DiscardHandler)))
		h.TB.Cleanup(server.Close)
		test(shop{h, server.URL + "/archive/"})
	})
}

// get asks for a path with some headers, given as pairs.
func (s shop) get(path string, headers ...string) (*http.Response, []byte) {
	s.TB.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		s.TB.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		s.TB.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.TB.Fatal(err)
	}
	return response, body
}

const (
	index = "debian/dists/stable/main/binary-amd64/Packages"
	deb   = "debian/pool/main/h/hello/hello_1_amd64.deb"
)

func TestEveryFileHasStrongValidators(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		for _, path := range []string{"debian/dists/stable/InRelease", index, index + ".gz", index + ".zst", deb} {
			first, body := s.get(path)
			etag := first.Header.Get("ETag")
			if first.StatusCode != 200 || etag != `"`+digest.Of(body).String()+`"` {
				s.TB.Errorf("%s: %s, ETag %s", path, first.Status, etag)
			}
			if same, none := s.get(path, "If-None-Match", etag); same.StatusCode != http.StatusNotModified || len(none) != 0 {
				s.TB.Errorf("%s with its ETag: %s, %d bytes", path, same.Status, len(none))
			}
			if other, again := s.get(path, "If-None-Match", `"x"`); other.StatusCode != 200 || !bytes.Equal(again, body) {
				s.TB.Errorf("%s with another ETag: %s", path, other.Status)
			}
			part, tail := s.get(path, "Range", "bytes=10-")
			if part.StatusCode != http.StatusPartialContent || !bytes.Equal(tail, body[10:]) {
				s.TB.Errorf("%s from byte 10: %s", path, part.Status)
			}
			if beyond, _ := s.get(path, "Range", "bytes=100000000-"); beyond.StatusCode != http.StatusRequestedRangeNotSatisfiable {
				s.TB.Errorf("%s past its end: %s", path, beyond.Status)
			}
		}
	})
}

func TestOnlyTheExactTimeIsNotModified(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		first, _ := s.get(deb)
		modified, err := http.ParseTime(first.Header.Get("Last-Modified"))
		if err != nil {
			s.TB.Fatal(err)
		}
		for offset, want := range map[time.Duration]int{0: http.StatusNotModified, time.Second: 200, -time.Second: 200, time.Hour: 200} {
			since := modified.Add(offset).UTC().Format(http.TimeFormat)
			if got, _ := s.get(deb, "If-Modified-Since", since); got.StatusCode != want {
				s.TB.Errorf("since %s %+v: %s", since, offset, got.Status)
			}
		}
	})
}

func TestAReleaseOfTheSameSecondIsSeen(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		const path = "debian/dists/stable/InRelease"
		first, before := s.get(path)
		for i := range 5 {
			apptest.Must(s.Add("tools", apptest.Deb(s.TB, "more", string(rune('1'+i)), "amd64", "")))(s.TB)
			s.Update()
			since := first.Header.Get("Last-Modified")
			if since == "" { // then a client has only its own clock
				since = time.Now().UTC().Format(http.TimeFormat)
			}
			next, after := s.get(path, "If-Modified-Since", since)
			if next.StatusCode != 200 || bytes.Equal(before, after) {
				s.TB.Fatalf("release %d, asked with %s: %s", i+2, since, next.Status)
			}
			first, before = next, after
		}
	})
}

func TestCachesKeepWhatNeverChangesAndAskForTheRest(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		_, packages := s.get(index + ".gz")
		for path, want := range map[string]string{
			"debian/dists/stable/InRelease": "public, no-cache",
			index + ".gz":                   "public, no-cache",
			"debian/dists/stable/main/binary-amd64/by-hash/SHA256/" + digest.Of(packages).String(): "public, max-age=31536000, immutable",
			deb:                    "public, max-age=1800",
			"debian/":              "public, no-cache",
			"debian/dists/nothing": "no-store",
			"debian/29990101T000000Z/dists/stable/InRelease": "no-store",
		} {
			if got, _ := s.get(path); got.Header.Get("Cache-Control") != want {
				s.TB.Errorf("%s: %q, want %q", path, got.Header.Get("Cache-Control"), want)
			}
		}
		release := apptest.Must(s.Publications.Releases(s.Ctx, "debian", "stable", usecase.Page{}))(s.TB).Items[0]
		time.Sleep(time.Until(release.At.Truncate(time.Second).Add(time.Second))) // its second must be over
		past, _ := s.get("debian/" + release.Snapshot + "/dists/stable/InRelease")
		if past.StatusCode != 200 || past.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			s.TB.Errorf("a past time: %s, %q", past.Status, past.Header.Get("Cache-Control"))
		}
	})
}

func TestAPlainIndexIsServedThoughOnlyPiecesAreKept(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		_, plain := s.get(index)
		_, packed := s.get(index + ".zst")
		r, err := compress.NewReader(bytes.NewReader(packed), compress.Zstd, compress.Limits{MaxOutput: 1 << 20})
		if err != nil {
			s.TB.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || !bytes.Equal(text, plain) {
			s.TB.Errorf("they differ: %v", err)
		}
	})
}

func TestPeopleSeeDirectoriesAndAptSeesText(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		for path, entry := range map[string]string{
			"": "debian/", "debian/": "dists/", "debian/dists/": "stable/", "debian/dists/stable/": "InRelease", "debian/dists/stable/main/": "binary-amd64/",
			"debian/pool/": "main/", "debian/pool/main/": "h/", "debian/pool/main/h/": "hello/", "debian/pool/main/h/hello/": "hello_1_amd64.deb",
		} {
			page, body := s.get(path, "Accept", "text/html")
			if page.StatusCode != 200 || !strings.Contains(string(body), ">"+entry+"</a>") {
				s.TB.Errorf("/%s does not lead to %s: %s\n%s", path, entry, page.Status, body)
			}
		}
		if got, _ := s.get("debian/dists", "Accept", "text/html"); got.StatusCode != http.StatusFound || got.Header.Get("Location") != "/archive/debian/dists/" {
			s.TB.Errorf("a directory without its slash: %s %s", got.Status, got.Header.Get("Location"))
		}
		lost, body := s.get("debian/<script>", "Accept", "text/html")
		if lost.StatusCode != 404 || strings.Contains(string(body), "<script>") || lost.Header.Get("Content-Security-Policy") == "" {
			s.TB.Errorf("%s\n%s", lost.Status, body)
		}
		if got, body := s.get("debian/nothing"); got.StatusCode != 404 || got.Header.Get("Content-Type") != "text/plain; charset=utf-8" || len(body) == 0 {
			s.TB.Errorf("apt gets %s %s", got.Status, got.Header.Get("Content-Type"))
		}
	})
}

func TestOddRequestsFindNothing(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		for _, path := range []string{
			"debian/dists/stable/../stable/InRelease", "debian/dists/stable/%2e%2e/stable/InRelease", "debian//dists/stable/InRelease", "../../etc/passwd",
			"debian/dists/stable/InRelease%00", `debian\dists\stable\InRelease`, "debian/dists/stable/InRelease/", "debian/20261340T000000Z/dists/stable/InRelease",
			"debian/pool/main/h/hello/hello_1_amd64.deb/", strings.Repeat("a/", 2000), "%ff%fe",
		} {
			got, _ := s.get(path)
			if got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusMovedPermanently {
				s.TB.Errorf("%q: %s", path, got.Status)
			}
		}
		r, err := http.Post(s.url+"debian/dists/stable/InRelease", "text/plain", strings.NewReader("x"))
		if err != nil {
			s.TB.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			s.TB.Errorf("POST: %s", r.Status)
		}
	})
}

func TestALostBlobIsOurFault(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		_, body := s.get(deb)
		if err := s.Pool.Remove(s.Ctx, digest.Of(body)); err != nil {
			s.TB.Fatal(err)
		}
		if got, text := s.get(deb); got.StatusCode != http.StatusInternalServerError || got.Header.Get("Cache-Control") != "no-store" {
			s.TB.Errorf("%s %s", got.Status, text)
		}
	})
}

func TestARequestForVeryManyRangesGetsTheWholeFile(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		_, body := s.get(index)
		got, whole := s.get(index, "Range", "bytes=0-0"+strings.Repeat(",0-0", 1000))
		if got.StatusCode != http.StatusOK || !bytes.Equal(whole, body) {
			s.TB.Errorf("%s, %d bytes", got.Status, len(whole))
		}
	})
}
