package app_test

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

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/notify"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/testkit"
)

// demand runs a test with a mirror "m" of the policy on-demand, of an archive with
// hello 1 and other 1, synced once.
func demand(t *testing.T, test func(*follower)) {
	t.Helper()
	apptest.Run(t, func(h *apptest.House) {
		f := &follower{House: h, key: newKey(h.TB)}
		f.upstream = testkit.NewUpstream(f.good().whole(h.TB, f.key))
		h.TB.Cleanup(f.upstream.Close)
		f.create("m", onDemand)
		h.Done(h.SyncMirror(h.Ctx, "m", app.SyncOptions{}))
		test(f)
	})
}

func onDemand(c *app.MirrorConfig) { c.Policy = app.PolicyOnDemand }

// upstreamFiles lists what is upstream still, with a minus before what only past
// states list, and wants the count of the rest to be right.
func (f *follower) upstreamFiles(mirror string) (paths []string) {
	f.TB.Helper()
	listed := 0
	for _, file := range apptest.Must(f.UpstreamFiles(f.Ctx, mirror, app.Page{}))(f.TB).Items {
		path := filepath.Base(file.Path)
		if file.Listed {
			listed++
		} else {
			path = "-" + path
		}
		paths = append(paths, path)
	}
	m := apptest.Must(f.Mirror(f.Ctx, mirror))(f.TB)
	if m.Upstream.Files != listed || m.Here.Files != m.Packages-listed || m.Here.Bytes < 0 {
		f.TB.Errorf("%d of %d packages are upstream, but the mirror tells %+v upstream and %+v here", listed, m.Packages, *m.Upstream, *m.Here)
	}
	return paths
}

// leftUpstream wants certain files to be upstream still.
func (f *follower) leftUpstream(want ...string) {
	f.TB.Helper()
	if got := f.upstreamFiles("m"); !slices.Equal(got, want) {
		f.TB.Errorf("upstream are %q, want %q", got, want)
	}
}

// prefetch fetches files, which must go well.
func (f *follower) prefetch(in app.Prefetch) app.Activity {
	f.TB.Helper()
	return f.Done(f.PrefetchMirror(f.Ctx, "m", in))
}

const poolHello, poolOther = "debian/pool/main/h/hello/hello_1_amd64.deb", "debian/pool/main/o/other/other_1_all.deb"

func TestAnOnDemandSyncLeavesPackagesUpstream(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		f.unchanged()
		f.leftUpstream("hello_1_amd64.deb", "other_1_all.deb")
		if n := f.upstream.Count("/pool/"); n != 0 {
			f.TB.Errorf("%d packages were fetched", n)
		}
		report := apptest.Must(f.Scrub(f.Ctx, func(int, int64) {}))(f.TB)
		if !report.Clean() || report.Deferred != 2 {
			f.TB.Errorf("scrub: %+v", report)
		}
		f.upstream.Forget()
		a := f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		if f.upstream.Count("/") != 1 || !strings.Contains(string(a.Result), `"unchanged":true`) {
			f.TB.Errorf("nothing is new, but %+v were asked for", f.upstream.Requests("/"))
		}
		f.Publish("mirror:m")
		if f.Read(poolHello) != string(apptest.Deb(f.TB, "hello", "1", "amd64", "hi").Data) {
			f.TB.Error("other bytes were served")
		}
		f.leftUpstream("other_1_all.deb")
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{Force: true}))
		f.leftUpstream("other_1_all.deb")
	})
}

// TestWhatOnlyThePastLists: a snapshot's files are asked for upstream too, for as
// long as the upstream has them.
func TestWhatOnlyThePastLists(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		apptest.Must(f.CreateSnapshot(f.Ctx, app.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(f.TB)
		next := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		next.files[helloPath] = apptest.Deb(f.TB, "hello", "1", "amd64", "hi").Data // it is not listed any more
		f.upstream.Switch(next.whole(f.TB, f.key))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		f.leftUpstream("-hello_1_amd64.deb", "hello_2_amd64.deb", "other_1_all.deb")
		if a := f.prefetch(app.Prefetch{}); !strings.Contains(string(a.Result), `"fetched":2`) {
			f.TB.Errorf("%s", a.Result)
		}
		f.leftUpstream("-hello_1_amd64.deb")
		f.Publish("snapshot:s")
		if f.Read(poolHello) == "" {
			f.TB.Error("the snapshot's package did not come")
		}
		f.leftUpstream()
	})
}

func TestFilesThatComeBackAreListedAgain(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		f.upstream.Switch(newArchive(f.TB, apptest.Deb(f.TB, "hello", "1", "amd64", "hi")).whole(f.TB, f.key))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		f.leftUpstream("hello_1_amd64.deb", "-other_1_all.deb")
		f.upstream.Switch(f.good().whole(f.TB, f.key))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		f.leftUpstream("hello_1_amd64.deb", "other_1_all.deb")
	})
}

func TestPrefetchMissingTakesThePastToo(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		f.upstream.Switch(newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi")).whole(f.TB, f.key))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		a := f.Wait(f.PrefetchMirror(f.Ctx, "m", app.Prefetch{Missing: true}))
		if a.Status != "failed" || a.Error.Kind != problem.Upstream || !strings.Contains(a.Error.Message, "2 of 3 files") {
			f.TB.Errorf("the upstream has dropped two, but the prefetch ended as %s: %+v", a.Status, a.Error)
		}
		f.leftUpstream("-hello_1_amd64.deb", "-other_1_all.deb") // what there was came
	})
}

func TestPrefetchByQuery(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		config := app.MirrorConfig{URL: u.URL(), Suite: "stable", Sources: true, Policy: app.PolicyOnDemand}
		apptest.Must(h.CreateMirror(h.Ctx, app.NewMirror{Name: "m", Config: config}))(h.TB)
		h.Done(h.SyncMirror(h.Ctx, "m", app.SyncOptions{}))
		fetched := func(in app.Prefetch) (names []string) {
			u.Forget()
			h.Done(h.PrefetchMirror(h.Ctx, "m", in))
			for _, r := range u.Requests("/") {
				names = append(names, filepath.Base(r.Path))
			}
			slices.Sort(names)
			return names
		}
		for _, step := range []struct {
			in   app.Prefetch
			want []string
		}{
			{app.Prefetch{Query: "blade (= 1)"}, []string{"blade_1_amd64.deb"}},
			{app.Prefetch{Query: "blade"}, []string{"blade_2_amd64.deb"}},
			{app.Prefetch{Query: "saw (= 1)", WithDependencies: true}, []string{"co2_1_amd64.deb", "handle_1_all.deb", "saw_1_amd64.deb"}},
			{app.Prefetch{Query: "handle {source}"}, []string{"handle_1.dsc", "handle_1.tar.gz"}},
			{app.Prefetch{Query: "saw {amd64}"}, []string{"saw_2_amd64.deb"}},
		} {
			if got := fetched(step.in); !slices.Equal(got, step.want) {
				h.TB.Errorf("%+v fetched %q, want %q", step.in, got, step.want)
			}
		}
		if a := h.Wait(h.PrefetchMirror(h.Ctx, "m", app.Prefetch{Query: "unknown"})); a.Error == nil || a.Error.Kind != problem.NotFound {
			h.TB.Errorf("a query that finds nothing: %s, %+v", a.Status, a.Error)
		}
	})
}

// TestTheUpstreamIsAskedOnceByAllWhoWant: a client that waits, a prefetch and a
// sync of another mirror.
func TestTheUpstreamIsAskedOnceByAllWhoWant(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		f.Publish("mirror:m")
		f.create("full", nil)
		stall := testkit.NewStall(-1)
		f.upstream.Inject("/"+helloPath, 0, stall.Fault)
		waiting := make(chan string)
		go func() { waiting <- f.Read(poolHello) }()
		<-stall.Reached()
		prefetch, err := f.PrefetchMirror(f.Ctx, "m", app.Prefetch{})
		if err != nil {
			f.TB.Fatal(err)
		}
		sync, err := f.SyncMirror(f.Ctx, "full", app.SyncOptions{})
		if err != nil {
			f.TB.Fatal(err)
		}
		stall.Release()
		if <-waiting == "" {
			f.TB.Error("the client got nothing")
		}
		f.Done(prefetch, nil)
		f.Done(sync, nil)
		if n := f.upstream.Count("/" + helloPath); n != 1 {
			f.TB.Errorf("%d upstream requests", n)
		}
		f.leftUpstream()
	})
}

func TestAMirrorThatBecomesFullFetchesWhatItLeft(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		f.create("other", onDemand)
		f.Done(f.SyncMirror(f.Ctx, "other", app.SyncOptions{}))
		m := apptest.Must(f.Mirror(f.Ctx, "m"))(f.TB)
		m.Config.Policy = app.PolicyFull
		apptest.Must(f.EditMirror(f.Ctx, "m", m.Config))(f.TB)
		a := f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		if n := f.upstream.Count("/pool/"); n != 2 || !strings.Contains(string(a.Result), `"downloaded":2`) {
			f.TB.Errorf("%d files were fetched: %s", n, a.Result)
		}
		f.leftUpstream()
		if got := f.upstreamFiles("other"); len(got) != 0 {
			f.TB.Errorf("the other mirror thinks that %q are upstream", got)
		}
		f.unchanged()
	})
}

// TestAMirrorThatIsDroppedStillDelivers: what it listed is needed by snapshots.
func TestAMirrorThatIsDroppedStillDelivers(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		apptest.Must(f.CreateSnapshot(f.Ctx, app.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(f.TB)
		f.Publish("snapshot:s")
		if err := f.DropMirror(f.Ctx, "m"); err != nil {
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
	demand(t, func(f *follower) {
		f.prefetch(app.Prefetch{Query: "hello"})
		apptest.Must(f.CreateSnapshot(f.Ctx, app.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(f.TB)
		if err := f.DropMirror(f.Ctx, "m"); err != nil {
			f.TB.Fatal(err)
		}
		f.Advance(2 * time.Hour)
		if r := collect(f.House, app.GC{}); r.Deferred != 0 {
			f.TB.Errorf("a snapshot needs both packages, but went %+v", r)
		}
		pristine(f.House)
		f.Publish("snapshot:s")
		if f.Read(poolOther) == "" || f.Read(poolHello) == "" {
			f.TB.Error("nothing came")
		}
	})
	demand(t, func(f *follower) {
		f.prefetch(app.Prefetch{Query: "hello"})
		if err := f.DropMirror(f.Ctx, "m"); err != nil {
			f.TB.Fatal(err)
		}
		f.Advance(2 * time.Hour)
		if r := collect(f.House, app.GC{}); r.Deferred != 1 || r.Packages != 2 {
			f.TB.Errorf("of a dropped mirror went %+v", r)
		}
		pristine(f.House)
	})
}

func TestAnyMirrorThatLeftAFileMayDeliverIt(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		first := f.upstream
		f.upstream = testkit.NewUpstream(f.good().whole(f.TB, f.key))
		f.TB.Cleanup(f.upstream.Close)
		f.create("second", onDemand)
		f.Done(f.SyncMirror(f.Ctx, "second", app.SyncOptions{}))
		f.Publish("mirror:m")
		first.Inject("/pool/", 0, testkit.Status(404))
		if f.Read(poolHello) == "" || f.upstream.Count("/"+helloPath) != 1 {
			f.TB.Error("the second upstream did not deliver")
		}
	})
}

// TestASilentUpstreamHoldsUpNoOther, however many files are wanted of it.
func TestASilentUpstreamHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		good, many := f.upstream, newArchive(f.TB)
		for n := range 50 {
			many.add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("p%d", n), "1", "all", ""))
		}
		f.upstream = testkit.NewUpstream(many.whole(f.TB, f.key))
		f.TB.Cleanup(f.upstream.Close)
		f.create("silent", onDemand)
		f.Done(f.SyncMirror(f.Ctx, "silent", app.SyncOptions{}))
		f.Publish("mirror:m", "mirror:silent")
		stall := testkit.NewStall(-1)
		f.upstream.Inject("*.deb", 0, stall.Fault)
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
		if f.Read(poolHello) == "" || good.Count("/"+helloPath) != 1 {
			f.TB.Error("nothing came")
		}
		if n := f.upstream.Count("*.deb"); n != 8 {
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
	originally(t, func(o *original) {
		o.write("2") // what the mirror of before does not have
		o.upstream.Forget()
		o.mirror("lazy", func(c *app.MirrorConfig) { c.Policy = app.PolicyOnDemand })
		if x := o.publish("debian", "mirror:lazy"); x.Status != "done" {
			o.TB.Fatalf("%+v", x.Error)
		}
		if n := o.upstream.Count("/pool/"); n != 0 {
			o.TB.Errorf("%d packages were fetched", n)
		}
		o.same("debian", "dists/stable/InRelease", "dists/stable/main/binary-amd64/Packages.gz", "pool/main/s/saw/saw_2_amd64.deb", "pool/main/s/saw/saw_2.dsc")
		if n := o.upstream.Count("/pool/"); n != 2 {
			o.TB.Errorf("%d packages were fetched when two were asked for", n)
		}
	})
}

// TestAnArchiveThatMovesIsAskedWhereItIs: also for what was listed before.
func TestAnArchiveThatMovesIsAskedWhereItIs(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		f.Publish("mirror:m")
		moved := f.good()
		moved.packages = strings.ReplaceAll(moved.packages, "Filename: pool/", "Filename: elsewhere/")
		for path, data := range moved.files {
			moved.files[strings.Replace(path, "pool/", "elsewhere/", 1)] = data
		}
		delete(moved.files, helloPath)
		f.upstream = testkit.NewUpstream(moved.whole(f.TB, f.key))
		f.TB.Cleanup(f.upstream.Close)
		m := apptest.Must(f.Mirror(f.Ctx, "m"))(f.TB)
		m.Config.URL = f.upstream.URL()
		apptest.Must(f.EditMirror(f.Ctx, "m", m.Config))(f.TB)
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		if f.Read(poolHello) == "" {
			f.TB.Error("nothing came")
		}
		f.leftUpstream("other_1_all.deb")
	})
}

func TestPackagesThatAreUpstreamCanBeListedInRepos(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		f.MakeRepo("picked")
		ref := apptest.Must(app.ParseRef("", "mirror:m"))(f.TB)
		apptest.Must(f.CopyPackages(f.Ctx, app.CopyPackages{Repo: "picked", From: ref, Query: "hello"}))(f.TB)
		f.Publish("repo:picked")
		if n := f.upstream.Count("/pool/"); n != 0 {
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
	demand(t, func(f *follower) {
		www := f.TB.TempDir()
		apptest.Must(f.CreateEndpoint(f.Ctx, "www", app.EndpointSettings{Kind: "filesystem", Directory: www}))(f.TB)
		f.upstream.Inject("/"+helloPath, 0, testkit.Status(404))
		_, a, err := f.CreatePublication(f.Ctx, app.NewPublication{Endpoint: "www", Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:m"}})
		if a = f.Wait(a, err); a.Status != "failed" || !strings.Contains(a.Error.Message, "404") {
			f.TB.Errorf("without a package the publish ended as %s: %+v", a.Status, a.Error)
		}
		if _, err := os.Stat(filepath.Join(www, "debian/dists")); err == nil {
			f.TB.Error("indexes are there that list what is not")
		}
		f.upstream.Heal()
		f.Done(f.UpdatePublication(f.Ctx, "www:debian", "stable", app.PublicationEdit{}))
		for _, path := range []string{poolHello, poolOther, "debian/dists/stable/InRelease"} {
			if _, err := os.Stat(filepath.Join(www, path)); err != nil {
				f.TB.Error(err)
			}
		}
		f.leftUpstream()
	})
}

// TestContentsIndexesWantThePackages: those of files that nobody has read would
// lie.
func TestContentsIndexesWantThePackages(t *testing.T) {
	t.Parallel()
	demand(t, func(f *follower) {
		_, a, err := f.CreatePublication(f.Ctx, app.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:m"},
			Options: app.PublishOptions{Contents: publish.ContentsByComponent}})
		if a = f.Wait(a, err); a.Status != "failed" || a.Error.Kind != problem.Conflict || !strings.Contains(a.Error.Hint, "prefetch") {
			f.TB.Errorf("the publish ended as %s: %+v", a.Status, a.Error)
		}
		f.prefetch(app.Prefetch{})
		f.Update()
		if text := f.Read(contentsPath); !strings.Contains(text, "usr/share/hello/content") {
			f.TB.Errorf("Contents:\n%s", text)
		}
	})
}

// TestAServerThatStopsInTheMidstGoesOnAfterwards: who waits is told, and the next
// one who asks gets the file, of which nothing is asked for twice.
func TestAServerThatStopsInTheMidstGoesOnAfterwards(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		f := &follower{House: h, key: newKey(h.TB)}
		large := apptest.Deb(h.TB, "large", "1", "amd64", noise(1<<20))
		f.upstream = testkit.NewUpstream(newArchive(h.TB, large).whole(h.TB, f.key))
		h.TB.Cleanup(f.upstream.Close)
		f.create("m", onDemand)
		h.Done(h.SyncMirror(h.Ctx, "m", app.SyncOptions{}))
		h.Publish("mirror:m")
		const path = "debian/pool/main/l/large/large_1_amd64.deb"
		stall := testkit.NewStall(400_000)
		f.upstream.Inject("*.deb", 0, stall.Fault)
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
		asked := f.upstream.Requests("*.deb")
		if got := asked[len(asked)-1].Header.Get("Range"); !strings.HasPrefix(got, "bytes=") || got == "bytes=0-" {
			f.TB.Errorf("it was not gone on with: %+v", asked)
		}
	})
}

// open reads a published file.
func open(a *app.App, path string) ([]byte, error) {
	f, err := a.Published(context.Background(), path)
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
		_, err := h.CreateMirror(h.Ctx, app.NewMirror{Name: "m", Config: app.MirrorConfig{URL: "http://127.0.0.1:1", Suite: "stable", Policy: "lazy"}})
		if !problem.Is(err, problem.Invalid) || !strings.HasPrefix(err.Error(), "policy: ") {
			h.TB.Error(err)
		}
	})
}
