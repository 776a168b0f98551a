package site_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/site"
	"github.com/aptarium/aptarium/internal/testkit"
)

// The packages of the upstream: one of a few bytes, and one too large to be held
// in memory while it comes.
const (
	smallPath = "pool/main/h/hello/hello_1_amd64.deb"
	largePath = "pool/main/l/large/large_1_amd64.deb"
)

// lazy is a published mirror with the policy on-demand behind a server, synced
// before anybody asked for a package.
type lazy struct {
	shop
	upstream     *testkit.Upstream
	dir          string // the upstream's
	small, large []byte
	entered      atomic.Int64 // requests so far
	arrived      chan int64   // receives their number, when not nil
}

func runLazy(t *testing.T, test func(*lazy)) {
	t.Helper()
	apptest.Run(t, func(h *apptest.House) {
		noise := make([]byte, 1<<20)
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		dir := h.TB.TempDir()
		suite := testkit.Suite{Codename: "stable", Packages: []testkit.Package{
			{Name: "hello", Version: "1", Architecture: "amd64"},
			{Name: "large", Version: "1", Architecture: "amd64", Files: []debfile.File{{Name: "usr/share/noise", Body: noise}}},
		}}
		if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(h.TB.Context(), dir); err != nil {
			h.TB.Fatal(err)
		}
		l := &lazy{upstream: testkit.NewUpstream(dir), dir: dir}
		h.TB.Cleanup(l.upstream.Close)
		l.small, l.large = read(h.TB, dir, smallPath), read(h.TB, dir, largePath)
		pages := site.New(h.App.Publications, "/archive", slog.New(slog.DiscardHandler))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n := l.entered.Add(1); l.arrived != nil {
				l.arrived <- n
			}
			pages.ServeHTTP(w, r)
		}))
		h.TB.Cleanup(server.Close)
		l.shop = shop{h, server.URL + "/archive/"}
		l.mirror(l.upstream.URL())
		h.Publish("mirror:m")
		if n := l.upstream.Count("*.deb"); n != 0 {
			h.TB.Fatalf("the sync asked for %d packages", n)
		}
		test(l)
	})
}

// mirror makes the mirror of an upstream, and syncs it.
func (l *lazy) mirror(url string) {
	l.TB.Helper()
	apptest.Must(l.Mirrors.Create(l.Ctx, mirrors.NewMirror{Name: "m", Config: mirrors.Config{URL: url, Suite: "stable", Policy: mirrors.PolicyOnDemand}}))(l.TB)
	l.Done(l.Mirrors.Sync(l.Ctx, "m", mirrors.SyncOptions{}))
}

func read(tb testing.TB, dir, name string) []byte {
	tb.Helper()
	return apptest.Must(os.ReadFile(filepath.Join(dir, name)))(tb)
}

// asked is how often the upstream was asked for a file.
func (l *lazy) asked(path string) int { return l.upstream.Count("/" + path) }

// served wants a file.
func (l *lazy) served(path string, want []byte) {
	l.TB.Helper()
	r, body := l.get("debian/" + path)
	if r.StatusCode != http.StatusOK || !bytes.Equal(body, want) {
		l.TB.Errorf("%s: %s with %d bytes: %.200s", path, r.Status, len(body), body)
	}
}

// refused wants an error for a file that the upstream did not send: with these words,
// kept by no cache, and with the time to wait.
func (l *lazy) refused(path string, says ...string) {
	l.TB.Helper()
	r, body := l.get("debian/" + path)
	for _, text := range says {
		if !strings.Contains(string(body), text) {
			l.TB.Errorf("%s: the error does not say %q: %s", path, text, body)
		}
	}
	wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if r.StatusCode != http.StatusBadGateway || r.Header.Get("Cache-Control") != "no-store" || err != nil || wait < 1 || wait > 60 {
		l.TB.Errorf("%s: %s, %v", path, r.Status, r.Header)
	}
}

// TestAThousandFirstRequestsAskTheUpstreamOnce: the upstream answers when all of
// them wait.
func TestAThousandFirstRequestsAskTheUpstreamOnce(t *testing.T) {
	t.Parallel()
	const clients = 1000
	runLazy(t, func(l *lazy) {
		stall := testkit.NewStall(-1)
		l.upstream.Inject("/"+smallPath, 0, stall.Fault)
		l.arrived = make(chan int64, clients)
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		var all errgroup.Group
		var wrong atomic.Int64
		for range clients {
			all.Go(func() error {
				r, err := (&http.Client{Transport: transport}).Get(l.url + "debian/" + smallPath)
				if err != nil {
					return err
				}
				defer r.Body.Close()
				body, err := io.ReadAll(r.Body)
				if r.StatusCode != http.StatusOK || !bytes.Equal(body, l.small) {
					wrong.Add(1)
				}
				return err
			})
		}
		for range clients {
			<-l.arrived
		}
		stall.Release()
		if err := all.Wait(); err != nil {
			l.TB.Error(err)
		}
		if n := l.asked(smallPath); n != 1 || wrong.Load() != 0 {
			l.TB.Errorf("%d upstream requests; %d of %d clients did not get the file", n, wrong.Load(), clients)
		}
	})
}

func TestWhoAsksForNoBytesMakesNoUpstreamRequest(t *testing.T) {
	t.Parallel()
	runLazy(t, func(l *lazy) {
		head, err := http.Head(l.url + "debian/" + largePath)
		if err != nil {
			l.TB.Fatal(err)
		}
		head.Body.Close()
		etag := `"` + digest.Of(l.large).String() + `"`
		if head.StatusCode != http.StatusOK || head.ContentLength != int64(len(l.large)) || head.Header.Get("ETag") != etag {
			l.TB.Errorf("HEAD: %s, %v", head.Status, head.Header)
		}
		for _, validators := range [][]string{{"If-None-Match", etag}, {"If-Modified-Since", head.Header.Get("Last-Modified")}} {
			if r, _ := l.get("debian/"+largePath, validators...); r.StatusCode != http.StatusNotModified {
				l.TB.Errorf("GET with %q: %s", validators, r.Status)
			}
		}
		if n := l.asked(largePath); n != 0 {
			l.TB.Errorf("%d upstream requests", n)
		}
		if r, _ := l.get("debian/"+largePath, "If-None-Match", `"other"`); r.StatusCode != http.StatusOK || l.asked(largePath) != 1 {
			l.TB.Errorf("GET with another ETag: %s after %d upstream requests", r.Status, l.asked(largePath))
		}
	})
}

func TestAPartOfAFileIsServedOfTheWholeThatWasChecked(t *testing.T) {
	t.Parallel()
	runLazy(t, func(l *lazy) {
		r, body := l.get("debian/"+largePath, "Range", "bytes=1000-1999")
		if r.StatusCode != http.StatusPartialContent || !bytes.Equal(body, l.large[1000:2000]) {
			l.TB.Errorf("%s with %d bytes", r.Status, len(body))
		}
		if asked := l.upstream.Requests("/" + largePath); len(asked) != 1 || asked[0].Header.Get("Range") != "" {
			l.TB.Errorf("the upstream was asked: %+v", asked)
		}
		l.served(largePath, l.large)
		if n := l.asked(largePath); n != 1 {
			l.TB.Errorf("%d upstream requests for a file that is here", n)
		}
	})
}

// TestUpstreamsThatMakeItHard: the file comes all the same, and what was got is
// not asked for again.
func TestUpstreamsThatMakeItHard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault testkit.Fault
		times int
	}{
		{"a connection cut in the midst", testkit.CutAfter(600_000), 1},
		{"cut twice", testkit.CutAfter(400_000), 2},
		{"slow", testkit.Drip(100_000, time.Millisecond), 0},
		{"without ranges, cut before", testkit.WithoutRanges(), 0},
		{"busy for a moment", testkit.Status(503), 1},
		{"wrong bytes from a cache on the way", testkit.OtherBytes(), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runLazy(t, func(l *lazy) {
				l.upstream.Inject("*.deb", c.times, c.fault)
				l.served(largePath, l.large)
				if c.name == "a connection cut in the midst" {
					asked := l.upstream.Requests("/" + largePath)
					if len(asked) != 2 || !strings.HasPrefix(asked[1].Header.Get("Range"), "bytes=") || asked[1].Header.Get("Range") == "bytes=0-" {
						l.TB.Errorf("it was not gone on with: %+v", asked)
					}
				}
			})
		})
	}
}

// TestWhatTheUpstreamDoesWrongIsTold: nothing wrong is served or kept, the
// upstream is left alone for a while, and then the file comes.
func TestWhatTheUpstreamDoesWrongIsTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault testkit.Fault
		says  string
	}{
		{"other bytes", testkit.OtherBytes(), "SHA-256"},
		{"fewer bytes", testkit.WrongLength(-10), "bytes"},
		{"more bytes", testkit.WrongLength(10), "bytes"},
		{"a page of a hotel", testkit.Body([]byte("<html>")), "bytes"},
		{"bytes without an end", testkit.Endless(), "bytes"},
		{"gone", testkit.Status(404), "404"},
		{"forbidden", testkit.Status(403), "403"},
		{"not for strangers", testkit.RequireBasic("mirror", "secret"), "401"},
		{"down", testkit.Status(503), "503"},
		{"silent", testkit.NewStall(100).Fault, "no data received"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runLazy(t, func(l *lazy) {
				l.upstream.Inject("*.deb", 0, c.fault)
				l.refused(smallPath, "hello_1_amd64.deb is not here yet", c.says)
				asked := l.asked(smallPath)
				l.refused(smallPath, c.says)
				if n := l.asked(smallPath); n != asked {
					l.TB.Errorf("the upstream was asked again at once: %d requests, %d before", n, asked)
				}
				if _, err := l.Pool.Stat(l.Ctx, digest.Of(l.small)); !problem.Is(err, problem.NotFound) {
					l.TB.Errorf("the pool has the file: %v", err)
				}
				if n := l.kept(); n != 0 {
					l.TB.Errorf("the pool has %d blobs that are not metadata", n)
				}
				l.served("dists/stable/main/binary-amd64/Packages", []byte(l.Read("debian/dists/stable/main/binary-amd64/Packages")))
				l.upstream.Heal()
				l.Advance(11 * time.Second)
				l.served(smallPath, l.small)
			})
		})
	}
}

// kept counts the packages in the pool, and the answers that replaced packages.
func (l *lazy) kept() (n int) {
	l.TB.Helper()
	for ref, err := range l.Pool.Each(l.Ctx) {
		if err != nil {
			l.TB.Fatal(err)
		}
		data := apptest.Must(blobtest.ReadAll(l.Ctx, l.Pool, ref.SHA256, 8<<20))(l.TB)
		if bytes.HasPrefix(data, []byte("!<arch>")) || bytes.HasPrefix(data, []byte("<html>")) || len(data) == len(l.small) {
			n++
		}
	}
	return n
}

func TestAnUpstreamOutageServesWhatIsHere(t *testing.T) {
	t.Parallel()
	runLazy(t, func(l *lazy) {
		l.served(smallPath, l.small)
		l.upstream.Close()
		l.served(smallPath, l.small)
		l.refused(largePath, "large_1_amd64.deb is not here yet", l.upstream.URL())
		if r, _ := l.get("debian/dists/stable/InRelease"); r.StatusCode != http.StatusOK {
			l.TB.Errorf("InRelease: %s", r.Status)
		}
		m := apptest.Must(l.Mirrors.Get(l.Ctx, "m"))(l.TB)
		if m.Here.Files != 1 || m.Upstream.Files != 1 || m.Upstream.Bytes != int64(len(l.large)) {
			l.TB.Errorf("the mirror reports %+v here and %+v upstream", *m.Here, *m.Upstream)
		}
		missing := apptest.Must(l.Mirrors.UpstreamFiles(l.Ctx, "m", usecase.Page{}))(l.TB)
		if len(missing.Items) != 1 || missing.Items[0].Path != largePath {
			l.TB.Errorf("what is not here: %+v", missing.Items)
		}
		if a := l.Wait(l.Mirrors.Sync(l.Ctx, "m", mirrors.SyncOptions{})); a.Status != "failed" {
			l.TB.Errorf("a sync with nobody ended as %s", a.Status)
		}
		l.served(smallPath, l.small)
	})
}

// TestClientsThatGoAwayEndNothing: neither for those who still wait, nor when
// nobody does.
func TestClientsThatGoAwayEndNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		stays bool
	}{{"one of two goes", true}, {"all go", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runLazy(t, func(l *lazy) {
				stall := testkit.NewStall(-1)
				l.upstream.Inject("/"+largePath, 0, stall.Fault)
				l.arrived = make(chan int64, 9)
				ctx, leave := context.WithCancel(l.Ctx)
				var waiting errgroup.Group
				waiting.Go(func() error {
					r, err := http.DefaultClient.Do(apptest.Must(http.NewRequestWithContext(ctx, http.MethodGet, l.url+"debian/"+largePath, nil))(l.TB))
					if err == nil {
						r.Body.Close()
					}
					return nil // it goes away
				})
				<-l.arrived
				<-stall.Reached()
				if c.stays {
					waiting.Go(func() error { l.served(largePath, l.large); return nil })
					<-l.arrived
				}
				leave()
				stall.Release()
				_ = waiting.Wait()
				l.served(largePath, l.large)
				if n := l.asked(largePath); n != 1 {
					l.TB.Errorf("%d upstream requests", n)
				}
			})
		})
	}
}

func TestCredentialsAndRedirectsAreThoseOfASync(t *testing.T) {
	t.Parallel()
	runLazy(t, func(l *lazy) {
		m := apptest.Must(l.Mirrors.Get(l.Ctx, "m"))(l.TB)
		m.Config.URL = strings.Replace(l.upstream.URL(), "http://", "http://mirror:secret@", 1)
		apptest.Must(l.Mirrors.Edit(l.Ctx, "m", m.Config))(l.TB)
		l.upstream.Inject("/"+smallPath, 0, testkit.RequireBasic("mirror", "secret"))
		l.served(smallPath, l.small)
		other := testkit.NewUpstream(l.dir)
		defer other.Close()
		l.upstream.Inject("/"+largePath, 0, testkit.RedirectTo(other.URL()))
		l.served(largePath, l.large)
		if n := other.Count("/" + largePath); n != 1 {
			l.TB.Errorf("%d requests where the redirect leads", n)
		}
	})
}

// TestTheStatusLineTellsTheReason, for apt shows nothing else of an error, in one
// line, and to clients that send further requests at once too.
func TestTheStatusLineTellsTheReason(t *testing.T) {
	t.Parallel()
	runLazy(t, func(l *lazy) {
		l.upstream.Inject("*.deb", 0, testkit.Status(404))
		host := strings.TrimPrefix(strings.TrimSuffix(l.url, "/archive/"), "http://")
		for _, requests := range []int{1, 20} {
			conn := apptest.Must(net.Dial("tcp", host))(l.TB)
			request := strings.Repeat("GET /archive/debian/"+smallPath+" HTTP/1.1\r\nHost: x\r\n\r\n", requests)
			if _, err := io.WriteString(conn, request); err != nil {
				l.TB.Fatal(err)
			}
			answer := string(apptest.Must(io.ReadAll(conn))(l.TB))
			conn.Close()
			line, rest, _ := strings.Cut(answer, "\r\n")
			if !strings.HasPrefix(line, "HTTP/1.1 502 hello_1_amd64.deb is not here yet") || !strings.Contains(line, "404") || len(line) > 359 {
				l.TB.Errorf("status line %q", line)
			}
			if !strings.Contains(rest, "\r\nConnection: close\r\n") || strings.Contains(rest, "HTTP/1.1") {
				l.TB.Errorf("after the status line: %q", rest)
			}
		}
		page, body := l.get("debian/"+smallPath, "Accept", "text/html")
		if page.StatusCode != http.StatusBadGateway || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || !strings.Contains(string(body), "is not here yet") {
			l.TB.Errorf("a browser gets %s: %s", page.Status, body)
		}
	})
}
