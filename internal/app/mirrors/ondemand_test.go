package mirrors_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/notify"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/testkit"
	"golang.org/x/sync/errgroup"
)

// demand runs a test with a mirror "m" of the policy on-demand, of an archive with
// hello 1 and other 1, synced once.
func demand(t *testing.T, test func(*apptest.Follower)) {
	t.Helper()
	apptest.Run(t, func(h *apptest.House) {
		f := &apptest.Follower{House: h, Key: apptest.NewKey(h.TB)}
		f.Upstream = testkit.NewUpstream(f.Good().Whole(h.TB, f.Key))
		h.TB.Cleanup(f.Upstream.Close)
		f.Create("m", onDemand)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		test(f)
	})
}

func onDemand(c *mirrors.Config) { c.Policy = mirrors.PolicyOnDemand }

const poolHello, poolOther = "debian/pool/main/h/hello/hello_1_amd64.deb", "debian/pool/main/o/other/other_1_all.deb"

func TestAnOnDemandSyncLeavesPackagesUpstream(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.Unchanged()
		f.LeftUpstream("hello_1_amd64.deb", "other_1_all.deb")
		if n := f.Upstream.Count("/pool/"); n != 0 {
			f.TB.Errorf("%d packages were fetched", n)
		}
		report := apptest.Must(f.Garbage.Scrub(f.Ctx, func(int, int64) {}))(f.TB)
		if !report.Clean() || report.Deferred != 2 {
			f.TB.Errorf("scrub: %+v", report)
		}
		f.Upstream.Forget()
		a := f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if f.Upstream.Count("/") != 1 || !strings.Contains(string(a.Result), `"unchanged":true`) {
			f.TB.Errorf("nothing is new, but %+v were asked for", f.Upstream.Requests("/"))
		}
		f.Publish("mirror:m")
		if f.Read(poolHello) != string(apptest.Deb(f.TB, "hello", "1", "amd64", "hi").Data) {
			f.TB.Error("other bytes were served")
		}
		f.LeftUpstream("other_1_all.deb")
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{Force: true}))
		f.LeftUpstream("other_1_all.deb")
	})
}

// TestWhatOnlyThePastLists: a snapshot's files are asked for upstream too, for as
// long as the upstream has them.
func TestWhatOnlyThePastLists(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		apptest.Must(f.Collections.CreateSnapshot(f.Ctx, collections.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(f.TB)
		next := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		next.Files[apptest.HelloPath] = apptest.Deb(f.TB, "hello", "1", "amd64", "hi").Data // it is not listed any more
		f.Upstream.Switch(next.Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		f.LeftUpstream("-hello_1_amd64.deb", "hello_2_amd64.deb", "other_1_all.deb")
		if a := f.Prefetch(mirrors.Prefetch{}); !strings.Contains(string(a.Result), `"fetched":2`) {
			f.TB.Errorf("%s", a.Result)
		}
		f.LeftUpstream("-hello_1_amd64.deb")
		f.Publish("snapshot:s")
		if f.Read(poolHello) == "" {
			f.TB.Error("the snapshot's package did not come")
		}
		f.LeftUpstream()
	})
}

func TestFilesThatComeBackAreListedAgain(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.Upstream.Switch(apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "1", "amd64", "hi")).Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		f.LeftUpstream("hello_1_amd64.deb", "-other_1_all.deb")
		f.Upstream.Switch(f.Good().Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		f.LeftUpstream("hello_1_amd64.deb", "other_1_all.deb")
	})
}

func TestPrefetchMissingTakesThePastToo(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.Upstream.Switch(apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi")).Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		a := f.Wait(f.Mirrors.Prefetch(f.Ctx, "m", mirrors.Prefetch{Missing: true}))
		if a.Status != "failed" || a.Error.Kind != problem.Upstream || !strings.Contains(a.Error.Message, "2 of 3 files") {
			f.TB.Errorf("the upstream has dropped two, but the prefetch ended as %s: %+v", a.Status, a.Error)
		}
		f.LeftUpstream("-hello_1_amd64.deb", "-other_1_all.deb") // what there was came
	})
}

func TestPrefetchByQuery(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		config := mirrors.Config{URL: u.URL(), Suite: "stable", Sources: true, Policy: mirrors.PolicyOnDemand}
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		fetched := func(in mirrors.Prefetch) (names []string) {
			u.Forget()
			h.Done(h.Mirrors.Prefetch(h.Ctx, "m", in))
			for _, r := range u.Requests("/") {
				names = append(names, filepath.Base(r.Path))
			}
			slices.Sort(names)
			return names
		}
		for _, step := range []struct {
			in   mirrors.Prefetch
			want []string
		}{
			{mirrors.Prefetch{Query: "blade (= 1)"}, []string{"blade_1_amd64.deb"}},
			{mirrors.Prefetch{Query: "blade"}, []string{"blade_2_amd64.deb"}},
			{mirrors.Prefetch{Query: "saw (= 1)", WithDependencies: true}, []string{"co2_1_amd64.deb", "handle_1_all.deb", "saw_1_amd64.deb"}},
			{mirrors.Prefetch{Query: "handle {source}"}, []string{"handle_1.dsc", "handle_1.tar.gz"}},
			{mirrors.Prefetch{Query: "saw {amd64}"}, []string{"saw_2_amd64.deb"}},
		} {
			if got := fetched(step.in); !slices.Equal(got, step.want) {
				h.TB.Errorf("%+v fetched %q, want %q", step.in, got, step.want)
			}
		}
		if a := h.Wait(h.Mirrors.Prefetch(h.Ctx, "m", mirrors.Prefetch{Query: "unknown"})); a.Error == nil || a.Error.Kind != problem.NotFound {
			h.TB.Errorf("a query that finds nothing: %s, %+v", a.Status, a.Error)
		}
	})
}

// TestTheUpstreamIsAskedOnceByAllWhoWant: a client that waits, a prefetch and a
// sync of another mirror.
func TestTheUpstreamIsAskedOnceByAllWhoWant(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.Publish("mirror:m")
		f.Create("full", nil)
		stall := testkit.NewStall(-1)
		f.Upstream.Inject("/"+apptest.HelloPath, 0, stall.Fault)
		waiting := make(chan string)
		go func() { waiting <- f.Read(poolHello) }()
		<-stall.Reached()
		prefetch, err := f.Mirrors.Prefetch(f.Ctx, "m", mirrors.Prefetch{})
		if err != nil {
			f.TB.Fatal(err)
		}
		sync, err := f.Mirrors.Sync(f.Ctx, "full", mirrors.SyncOptions{})
		if err != nil {
			f.TB.Fatal(err)
		}
		stall.Release()
		if <-waiting == "" {
			f.TB.Error("the client got nothing")
		}
		f.Done(prefetch, nil)
		f.Done(sync, nil)
		if n := f.Upstream.Count("/" + apptest.HelloPath); n != 1 {
			f.TB.Errorf("%d upstream requests", n)
		}
		f.LeftUpstream()
	})
}

func TestAMirrorThatBecomesFullFetchesWhatItLeft(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.Create("other", onDemand)
		f.Done(f.Mirrors.Sync(f.Ctx, "other", mirrors.SyncOptions{}))
		m := apptest.Must(f.Mirrors.Get(f.Ctx, "m"))(f.TB)
		m.Config.Policy = mirrors.PolicyFull
		apptest.Must(f.Mirrors.Edit(f.Ctx, "m", m.Config))(f.TB)
		a := f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if n := f.Upstream.Count("/pool/"); n != 2 || !strings.Contains(string(a.Result), `"downloaded":2`) {
			f.TB.Errorf("%d files were fetched: %s", n, a.Result)
		}
		f.LeftUpstream()
		if got := f.UpstreamFiles("other"); len(got) != 0 {
			f.TB.Errorf("the other mirror thinks that %q are upstream", got)
		}
		f.Unchanged()
	})
}

// TestAMirrorThatIsDroppedStillDelivers: what it listed is needed by snapshots.
func TestAMirrorThatIsDroppedStillDelivers(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		apptest.Must(f.Collections.CreateSnapshot(f.Ctx, collections.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(f.TB)
		f.Publish("snapshot:s")
		if err := f.Collections.Drop(f.Ctx, collections.Mirror, "m"); err != nil {
			f.TB.Fatal(err)
		}
		if f.Read(poolHello) == "" {
			f.TB.Error("nothing came")
		}
	})
}

// TestGarbageLeavesWhatIsUpstreamToThoseWhoNeedIt, and forgets the rest.
func TestGarbageLeavesWhatIsUpstreamToThoseWhoNeedIt(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.Prefetch(mirrors.Prefetch{Query: "hello"})
		apptest.Must(f.Collections.CreateSnapshot(f.Ctx, collections.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(f.TB)
		if err := f.Collections.Drop(f.Ctx, collections.Mirror, "m"); err != nil {
			f.TB.Fatal(err)
		}
		f.Advance(2 * time.Hour)
		if r := apptest.Collect(f.House, garbage.GC{}); r.Deferred != 0 {
			f.TB.Errorf("a snapshot needs both packages, but went %+v", r)
		}
		apptest.Pristine(f.House)
		f.Publish("snapshot:s")
		if f.Read(poolOther) == "" || f.Read(poolHello) == "" {
			f.TB.Error("nothing came")
		}
	})
	demand(t, func(f *apptest.Follower) {
		f.Prefetch(mirrors.Prefetch{Query: "hello"})
		if err := f.Collections.Drop(f.Ctx, collections.Mirror, "m"); err != nil {
			f.TB.Fatal(err)
		}
		f.Advance(2 * time.Hour)
		if r := apptest.Collect(f.House, garbage.GC{}); r.Deferred != 1 || r.Packages != 2 {
			f.TB.Errorf("of a dropped mirror went %+v", r)
		}
		apptest.Pristine(f.House)
	})
}

func TestAnyMirrorThatLeftAFileMayDeliverIt(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		first := f.Upstream
		f.Upstream = testkit.NewUpstream(f.Good().Whole(f.TB, f.Key))
		f.TB.Cleanup(f.Upstream.Close)
		f.Create("second", onDemand)
		f.Done(f.Mirrors.Sync(f.Ctx, "second", mirrors.SyncOptions{}))
		f.Publish("mirror:m")
		first.Inject("/pool/", 0, testkit.Status(404))
		if f.Read(poolHello) == "" || f.Upstream.Count("/"+apptest.HelloPath) != 1 {
			f.TB.Error("the second upstream did not deliver")
		}
	})
}

// TestASilentUpstreamHoldsUpNoOther, however many files are wanted of it.
func TestASilentUpstreamHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		good, many := f.Upstream, apptest.NewArchive(f.TB)
		for n := range 50 {
			many.Add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("p%d", n), "1", "all", ""))
		}
		f.Upstream = testkit.NewUpstream(many.Whole(f.TB, f.Key))
		f.TB.Cleanup(f.Upstream.Close)
		f.Create("silent", onDemand)
		f.Done(f.Mirrors.Sync(f.Ctx, "silent", mirrors.SyncOptions{}))
		f.Publish("mirror:m", "mirror:silent")
		stall := testkit.NewStall(-1)
		f.Upstream.Inject("*.deb", 0, stall.Fault)
		var waiting errgroup.Group
		for n := range 50 {
			waiting.Go(func() error {
				_, err := open(f.App, fmt.Sprintf("debian/pool/main/p/p%d/p%d_1_all.deb", n, n))
				return err
			})
		}
		for range 8 {
			<-stall.Reached()
		}
		if f.Read(poolHello) == "" || good.Count("/"+apptest.HelloPath) != 1 {
			f.TB.Error("nothing came")
		}
		if n := f.Upstream.Count("*.deb"); n != 8 {
			f.TB.Errorf("%d files are fetched at once from one upstream", n)
		}
		stall.Release()
		if err := waiting.Wait(); err != nil {
			f.TB.Error(err)
		}
	})
}

// TestVerbatimPublicationsFetchOnDemandToo, wherever the upstream has its packages.
func TestVerbatimPublicationsFetchOnDemandToo(t *testing.T) {
	t.Parallel()
	apptest.Originally(t, func(o *apptest.Original) {
		o.Write("2") // what the mirror of before does not have
		o.Upstream.Forget()
		o.Mirror("lazy", func(c *mirrors.Config) { c.Policy = mirrors.PolicyOnDemand })
		if x := o.Publish("debian", "mirror:lazy"); x.Status != "done" {
			o.TB.Fatalf("%+v", x.Error)
		}
		if n := o.Upstream.Count("/pool/"); n != 0 {
			o.TB.Errorf("%d packages were fetched", n)
		}
		o.Same("debian", "dists/stable/InRelease", "dists/stable/main/binary-amd64/Packages.gz", "pool/main/s/saw/saw_2_amd64.deb", "pool/main/s/saw/saw_2.dsc")
		if n := o.Upstream.Count("/pool/"); n != 2 {
			o.TB.Errorf("%d packages were fetched when two were asked for", n)
		}
	})
}

// TestAnArchiveThatMovesIsAskedWhereItIs: also for what was listed before.
func TestAnArchiveThatMovesIsAskedWhereItIs(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.Publish("mirror:m")
		moved := f.Good()
		moved.Packages = strings.ReplaceAll(moved.Packages, "Filename: pool/", "Filename: elsewhere/")
		for path, data := range moved.Files {
			moved.Files[strings.Replace(path, "pool/", "elsewhere/", 1)] = data
		}
		delete(moved.Files, apptest.HelloPath)
		f.Upstream = testkit.NewUpstream(moved.Whole(f.TB, f.Key))
		f.TB.Cleanup(f.Upstream.Close)
		m := apptest.Must(f.Mirrors.Get(f.Ctx, "m"))(f.TB)
		m.Config.URL = f.Upstream.URL()
		apptest.Must(f.Mirrors.Edit(f.Ctx, "m", m.Config))(f.TB)
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if f.Read(poolHello) == "" {
			f.TB.Error("nothing came")
		}
		f.LeftUpstream("other_1_all.deb")
	})
}

func TestPackagesThatAreUpstreamCanBeListedInRepos(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		f.MakeRepo("picked")
		ref := apptest.Must(collections.ParseRef("", "mirror:m"))(f.TB)
		apptest.Must(f.Repos.CopyPackages(f.Ctx, repos.CopyPackages{Repo: "picked", From: ref, Query: "hello"}))(f.TB)
		f.Publish("repo:picked")
		if n := f.Upstream.Count("/pool/"); n != 0 {
			f.TB.Errorf("%d packages were fetched to be listed", n)
		}
		if f.Read(poolHello) == "" {
			f.TB.Error("nothing came")
		}
	})
}

// TestPlacesOfOtherServersGetEveryFile: a release is deployed with all that it
// lists, or not at all.
func TestPlacesOfOtherServersGetEveryFile(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		www := f.TB.TempDir()
		apptest.Must(f.Publications.CreateEndpoint(f.Ctx, "www", publications.EndpointSettings{Kind: "filesystem", Directory: www}))(f.TB)
		f.Upstream.Inject("/"+apptest.HelloPath, 0, testkit.Status(404))
		_, a, err := f.Publications.Create(f.Ctx, publications.NewPublication{Endpoint: "www", Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:m"}})
		if a = f.Wait(a, err); a.Status != "failed" || !strings.Contains(a.Error.Message, "404") {
			f.TB.Errorf("without a package the publish ended as %s: %+v", a.Status, a.Error)
		}
		if _, err := os.Stat(filepath.Join(www, "debian/dists")); err == nil {
			f.TB.Error("indexes are there that list what is not")
		}
		f.Upstream.Heal()
		f.Done(f.Publications.Update(f.Ctx, "www:debian", "stable", publications.PublicationEdit{}))
		for _, path := range []string{poolHello, poolOther, "debian/dists/stable/InRelease"} {
			if _, err := os.Stat(filepath.Join(www, path)); err != nil {
				f.TB.Error(err)
			}
		}
		f.LeftUpstream()
	})
}

// TestContentsIndexesWantThePackages: those of files that nobody has read would
// lie.
func TestContentsIndexesWantThePackages(t *testing.T) {
	t.Parallel()
	demand(t, func(f *apptest.Follower) {
		_, a, err := f.Publications.Create(f.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:m"},
			Options: publications.PublishOptions{Contents: publish.ContentsByComponent}})
		if a = f.Wait(a, err); a.Status != "failed" || a.Error.Kind != problem.Conflict || !strings.Contains(a.Error.Hint, "prefetch") {
			f.TB.Errorf("the publish ended as %s: %+v", a.Status, a.Error)
		}
		f.Prefetch(mirrors.Prefetch{})
		f.Update()
		if text := f.Read(apptest.ContentsPath); !strings.Contains(text, "usr/share/hello/content") {
			f.TB.Errorf("Contents:\n%s", text)
		}
	})
}

// TestAServerThatStopsInTheMidstGoesOnAfterwards: who waits is told, and the next
// one who asks gets the file, of which nothing is asked for twice.
func TestAServerThatStopsInTheMidstGoesOnAfterwards(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		f := &apptest.Follower{House: h, Key: apptest.NewKey(h.TB)}
		large := apptest.Deb(h.TB, "large", "1", "amd64", noise(1<<20))
		f.Upstream = testkit.NewUpstream(apptest.NewArchive(h.TB, large).Whole(h.TB, f.Key))
		h.TB.Cleanup(f.Upstream.Close)
		f.Create("m", onDemand)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		h.Publish("mirror:m")
		const path = "debian/pool/main/l/large/large_1_amd64.deb"
		stall := testkit.NewStall(400_000)
		f.Upstream.Inject("*.deb", 0, stall.Fault)
		ended := make(chan error, 1)
		go func() { _, err := open(f.App, path); ended <- err }()
		<-stall.Reached()
		<-stall.Reached() // so the first of these bytes were read
		if err := f.EndJobs(f.Ctx); err != nil {
			f.TB.Fatal(err)
		}
		if err := <-ended; !problem.Is(err, problem.Unavailable) {
			f.TB.Errorf("who waited was told %v", err)
		}
		stall.Release()
		parts := f.Parts
		parts.Engine = activity.New(f.DB, new(notify.Hub), activity.Options{Exclusive: true})
		data, err := open(app.New(parts), path)
		if err != nil || string(data) != string(large.Data) {
			f.TB.Errorf("after the restart: %d bytes, %v", len(data), err)
		}
		asked := f.Upstream.Requests("*.deb")
		if got := asked[len(asked)-1].Header.Get("Range"); !strings.HasPrefix(got, "bytes=") || got == "bytes=0-" {
			f.TB.Errorf("it was not gone on with: %+v", asked)
		}
	})
}

// open reads a published file.
func open(a *app.App, path string) ([]byte, error) {
	f, err := a.Publications.File(context.Background(), path)
	if err != nil {
		return nil, err
	}
	r, err := f.Open(context.Background())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// noise gives text that does not get smaller by compression.
func noise(n int) string {
	var b strings.Builder
	for sum := digest.Of(nil); b.Len() < n; sum = digest.Of(sum[:]) {
		b.Write(sum[:])
	}
	return b.String()
}

func TestAnUnknownPolicyIsRefused(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		_, err := h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: mirrors.Config{URL: "http://127.0.0.1:1", Suite: "stable", Policy: "lazy"}})
		if !problem.Is(err, problem.Invalid) || !strings.HasPrefix(err.Error(), "policy: ") {
			h.TB.Error(err)
		}
	})
}
