package app_test

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/problem"
)

// collect collects garbage and gives the report.
func collect(h *apptest.House, in app.GC) (r app.GCReport) {
	h.TB.Helper()
	a := h.Done(h.CollectGarbage(h.Ctx, in))
	if err := json.Unmarshal(a.Result, &r); err != nil {
		h.TB.Fatal(err)
	}
	return r
}

// pristine fails the test unless the pool has what is needed and nothing else.
func pristine(h *apptest.House) {
	h.TB.Helper()
	r := apptest.Must(h.Scrub(h.Ctx, func(int, int64) {}))(h.TB)
	if !r.Clean() || r.Orphans != 0 {
		h.TB.Errorf("a scrub finds %+v", r)
	}
}

// TestGarbageOfADroppedRepoGoes: without a retention all states of what is there are
// kept, and nothing of what was dropped.
func TestGarbageOfADroppedRepoGoes(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		old, kept := apptest.Deb(t, "a", "1", "all", "old"), apptest.Deb(t, "b", "1", "all", "kept")
		h.MakeRepo("gone", old)
		h.MakeRepo("stays", kept)
		_ = apptest.Must(h.RemovePackages(h.Ctx, "stays", app.Terms{Name: "b"}))(t)
		if r := collect(h, app.GC{}); r.Blobs != 0 || r.Packages != 0 || r.Revisions != 0 {
			t.Errorf("with all kept, %+v went", r)
		}
		if err := h.DropRepo(h.Ctx, "gone"); err != nil {
			t.Fatal(err)
		}
		h.Advance(2 * time.Hour)
		if r := collect(h, app.GC{DryRun: true}); r.Revisions != 1 || r.Blobs != 0 {
			t.Errorf("a dry run tells %+v", r)
		}
		r := collect(h, app.GC{})
		if r.Revisions != 1 || r.Packages != 1 || r.Members != 1 || r.Blobs != 1 || r.Bytes != int64(len(old.Data)) || r.PoolBlobs != 1 {
			t.Errorf("of a dropped repo went %+v", r)
		}
		if r.Kept != (app.GCKept{Newest: 1, Retention: 1}) {
			t.Errorf("kept are %+v", r.Kept)
		}
		pristine(h)
		h.MakeRepo("gone", old) // comes back as any other
		pristine(h)
	})
}

// TestSnapshotsPinWhatTheyNeed, in a repo of which little is kept.
func TestSnapshotsPinWhatTheyNeed(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(t, "a", "1", "all", "1"))
		keep := app.Retention{Daily: 1}
		_ = apptest.Must(h.EditRepo(h.Ctx, "tools", app.RepoEdit{Retention: &keep}))(t)
		_ = apptest.Must(h.CreateSnapshot(h.Ctx, app.NewSnapshot{Name: "one", From: []string{"repo:tools"}}))(t)
		for _, version := range []string{"2", "3"} {
			_ = apptest.Must(h.RemovePackages(h.Ctx, "tools", app.Terms{Name: "a"}))(t)
			_ = apptest.Must(h.Add("tools", apptest.Deb(t, "a", version, "all", version)))(t)
		}
		h.Advance(72 * time.Hour)
		r := collect(h, app.GC{})
		if r.Revisions != 3 || r.Packages != 1 || r.Blobs != 1 {
			t.Errorf("went %+v", r)
		}
		if got := strings.Join(h.Names("snapshot:one"), ","); got != "a 1" {
			t.Errorf("the snapshot has %s", got)
		}
		pristine(h)
		if err := h.DropSnapshot(h.Ctx, "one"); err != nil {
			t.Fatal(err)
		}
		r = collect(h, app.GC{})
		if r.Revisions != 2 || r.Packages != 1 || r.Blobs != 1 {
			t.Errorf("after the snapshot was dropped went %+v", r)
		}
		pristine(h)
	})
}

// TestWhatAPublicationIsHeldAtIsKept, though little else of the repo is.
func TestWhatAPublicationIsHeldAtIsKept(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(t, "a", "1", "all", "1"))
		h.Publish("repo:tools")
		for _, version := range []string{"2", "3"} {
			_ = apptest.Must(h.Add("tools", apptest.Deb(t, "a", version, "all", version)))(t)
		}
		if err := h.StageSources(h.Ctx, "debian", "stable", []string{"repo:tools#2"}); err != nil {
			t.Fatal(err)
		}
		keep := app.Retention{Daily: 1}
		_ = apptest.Must(h.EditRepo(h.Ctx, "tools", app.RepoEdit{Retention: &keep}))(t)
		h.Advance(72 * time.Hour)
		if r := collect(h, app.GC{}); r.Revisions != 0 { // the first is released, the second staged, the third the newest
			t.Errorf("went %+v", r)
		}
		h.Done(h.UpdatePublication(h.Ctx, "debian", "stable", app.PublicationEdit{Staged: true}))
		if got := strings.Join(h.Names("publish:debian/stable"), ","); got != "a 1,a 2" {
			t.Errorf("it has %s", got)
		}
		pristine(h)
	})
}

// TestAThinnedPastDoesNotLie: the time of a release that is not kept gives nothing,
// not the release before it.
func TestAThinnedPastDoesNotLie(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(t, "a", "1", "all", "1"))
		h.Publish("repo:tools")
		type past struct {
			at      time.Time
			release string
		}
		var pasts []past
		for _, version := range []string{"2", "3", "4", "5", "6", "7", "8"} {
			_ = apptest.Must(h.Add("tools", apptest.Deb(t, "a", version, "all", version)))(t)
			h.Update()
			pasts = append(pasts, past{release: h.Read("debian/dists/stable/InRelease")})
		}
		log := apptest.Must(h.Releases(h.Ctx, "debian", "stable", app.Page{}))(t).Items
		for i := range pasts {
			pasts[i].at = log[len(pasts)-1-i].At
		}
		keep := app.Retention{Daily: 1}
		_ = apptest.Must(h.RetainPublication(h.Ctx, "debian", "stable", keep))(t)
		_ = apptest.Must(h.PinRelease(h.Ctx, "debian", "stable", "4", true))(t)
		h.Advance(72 * time.Hour)
		r := collect(h, app.GC{})
		if r.Releases != 3 || r.Kept.Pinned != 1 || r.Kept.Newest != 2 || r.Kept.Grace != 3 {
			t.Errorf("went %+v", r)
		}
		left := apptest.Must(h.Releases(h.Ctx, "debian", "stable", app.Page{}))(t).Items
		var numbers []int64
		for _, r := range left {
			numbers = append(numbers, r.Number)
			if r.Pinned != (r.Number == 4) {
				t.Errorf("release %d is told as pinned: %t", r.Number, r.Pinned)
			}
		}
		if len(numbers) != 5 || numbers[4] != 4 {
			t.Errorf("left are %v", numbers)
		}
		if got := h.Read("debian/dists/stable/InRelease"); got != pasts[6].release {
			t.Error("the newest release is another")
		}
		pristine(h)
	})
}

// TestReadersOfAThinnedReleaseReadToTheEnd: a collection waits for who reads a file
// that is joined from pieces, and who only found it learns that it is gone.
func TestReadersOfAThinnedReleaseReadToTheEnd(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(t, "a", "1", "all", "1"))
		h.Publish("repo:tools")
		const path = "debian/dists/stable/main/binary-all/Packages"
		want := h.Read(path)
		found := apptest.Must(h.Published(context.Background(), path))(t)
		r := apptest.Must(found.Open(context.Background()))(t)
		_ = apptest.Must(h.RetainPublication(h.Ctx, "debian", "stable", app.Retention{Daily: 1}))(t)
		if err := h.DropPublication(h.Ctx, "debian", "stable"); err != nil {
			t.Fatal(err)
		}
		h.Advance(72 * time.Hour)
		gc := apptest.Must(h.CollectGarbage(h.Ctx, app.GC{}))(t)
		for gc.Progress.Phase != "wait for a reader" {
			if gc = apptest.Must(h.WatchActivity(h.Ctx, gc.ID, gc.Version, time.Minute))(t); gc.Finished() {
				t.Fatalf("it did not wait: %s", gc.Result)
			}
		}
		if data := string(apptest.Must(io.ReadAll(r))(t)); data != want {
			t.Error("a reader reads something else")
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		h.Done(gc, nil)
		if _, err := found.Open(context.Background()); !problem.Is(err, problem.NotFound) {
			t.Errorf("who comes too late is told %v", err)
		}
		if r := collect(h, app.GC{}); r.Blobs != 1 {
			t.Errorf("what the reader saved went as %+v", r)
		}
		pristine(h)
	})
}
