// Package e2e checks the whole program from outside, with the machine's own apt
// as the client.
package e2e

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

// aptarium is a server on a data folder of its own.
type aptarium struct {
	*app.App
	tb  testing.TB
	ctx context.Context
	url string // of the archive
}

// start serves a data folder until the test ends.
func start(tb testing.TB, data string) *aptarium {
	tb.Helper()
	return startWith(tb, data, func(*server.Config) {})
}

// startWith is start with other settings.
func startWith(tb testing.TB, data string, adjust func(*server.Config), seams ...server.Seams) *aptarium {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	c := server.Defaults()
	c.Data, c.Listen, c.PublicURL = data, listener.Addr().String(), "http://"+listener.Addr().String()+"/archive"
	adjust(&c)
	s, err := server.OpenWith(tb.Context(), c, slog.New(slog.DiscardHandler), append(seams, server.Seams{})[0])
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	tb.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &aptarium{App: s.App(), tb: tb, ctx: usecase.AsProcess(context.Background()), url: c.PublicURL}
}

// done waits for an activity that must succeed.
func (a *aptarium) done(x usecase.Activity, err error) usecase.Activity {
	a.tb.Helper()
	for err == nil && !x.Finished() {
		x, err = a.Activities.Watch(a.ctx, x.ID, x.Version, 10*time.Second)
	}
	if err != nil {
		a.tb.Fatal(err)
	}
	if x.Status != "done" {
		a.tb.Fatalf("%s ended as %s: %+v", x.Type, x.Status, x.Error)
	}
	return x
}

// publish publishes sources as stable below debian.
func (a *aptarium) publish(sources ...string) {
	a.tb.Helper()
	_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: sources})
	a.done(x, err)
}

func (a *aptarium) update() {
	a.tb.Helper()
	a.done(a.Publications.Update(a.ctx, "debian", "stable", publications.PublicationEdit{}))
}

// add puts a package into a repo.
func (a *aptarium) add(repo string, p testkit.Package) {
	a.tb.Helper()
	data, err := p.Deb()
	if err != nil {
		a.tb.Fatal(err)
	}
	_, err = a.Repos.AddFiles(a.ctx, repo, func(yield func(repos.Upload, error) bool) {
		yield(repos.Upload{Name: p.FileName(), Body: bytes.NewReader(data)}, nil)
	}, repos.AddOptions{})
	if err != nil {
		a.tb.Fatal(err)
	}
}

// apt returns a client of debian stable, as `publish show` describes it.
func (a *aptarium) apt(architecture string) *testkit.Apt {
	a.tb.Helper()
	show, err := a.Publications.Get(a.ctx, "debian", "stable")
	if err != nil {
		a.tb.Fatal(err)
	}
	apt, err := testkit.NewApt(a.tb.TempDir(), testkit.AptOptions{Architecture: architecture, Sources: show.SourcesFile})
	if err != nil {
		a.tb.Fatal(err)
	}
	return apt
}

func newKey(tb testing.TB) *openpgp.SecretKey {
	tb.Helper()
	key, err := openpgp.Generate(openpgp.Params{Name: "Upstream", Created: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func armored(tb testing.TB, key *openpgp.SecretKey) string {
	tb.Helper()
	text, err := key.Public().Armored()
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func TestAptInstallsWhatWasMirroredAndPublished(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	dir := t.TempDir()
	archive := testkit.Archive{Suites: []testkit.Suite{{
		Codename: "stable", Keys: []*openpgp.SecretKey{key}, ByHash: testkit.WithByHash, All: testkit.AllApart,
		Packages: []testkit.Package{
			{Name: "hello", Version: "1:2.10-3", Architecture: "amd64", Depends: "hello-data (>= 2)"},
			{Name: "hello-data", Version: "2.10-3", Architecture: "all", Source: "hello"},
			{Name: "extra", Version: "1", Architecture: "amd64", Component: "contrib"},
		},
		Sources: []testkit.Source{{Name: "hello", Version: "1:2.10-3"}},
	}}}
	if err := archive.Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	upstream := testkit.NewUpstream(dir)
	defer upstream.Close()

	a := start(t, t.TempDir())
	_, err := a.Mirrors.Create(a.ctx, mirrors.NewMirror{Name: "stable", Config: mirrors.Config{
		URL: upstream.URL(), Suite: "stable", Sources: true, Keyring: armored(t, key),
	}})
	if err != nil {
		t.Fatal(err)
	}
	a.done(a.Mirrors.Sync(a.ctx, "stable", mirrors.SyncOptions{}))
	a.publish("mirror:stable")
	apt := a.apt("amd64")
	if out, err := apt.Update(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n, err := apt.CountPackages(t.Context()); err != nil || n != 3 {
		t.Errorf("apt sees %d packages, %v", n, err)
	}
	if out, err := apt.Install(t.Context(), "hello", "extra"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, want := range map[string]string{"hello": "1:2.10-3", "hello-data": "2.10-3", "extra": "1"} {
		if got, err := apt.InstalledVersion(t.Context(), name); got != want || err != nil {
			t.Errorf("%s is installed as %q, %v", name, got, err)
		}
	}
	if files, err := apt.DownloadSource(t.Context(), "hello"); err != nil || len(files) < 2 {
		t.Errorf("the source: %v, %v", files, err)
	}
}

// tempData returns a data folder that outlives one process of many.
func tempData(tb testing.TB) string { return filepath.Join(tb.TempDir(), "data") }
