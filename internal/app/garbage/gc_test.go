package garbage_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// TestGarbageOfADroppedRepoGoes: without a retention all states of what is there are
// kept, and nothing of what was dropped.
func TestGarbageOfADroppedRepoGoes(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		old, kept := apptest.Deb(t, "a", "1", "all", "old"), apptest.Deb(t, "b", "1", "all", "kept")
		h.MakeRepo("gone", old)
		h.MakeRepo("stays", kept)
		_ = apptest.Must(h.Repos.RemovePackages(h.Ctx, "stays", collections.Terms{Name: "b"}))(t)
		if r := apptest.Collect(h, garbage.GC{}); r.Blobs != 0 || r.Packages != 0 || r.Revisions != 0 {
			t.Errorf("with all kept, %+v went", r)
		}
		if err := h.Collections.Drop(h.Ctx, collections.Repo, "gone"); err != nil {
			t.Fatal(err)
		}
		h.Advance(2 * time.Hour)
		if r := apptest.Collect(h, garbage.GC{DryRun: true}); r.Revisions != 1 || r.Blobs != 0 {
			t.Errorf("a dry run tells %+v", r)
		}
		r := apptest.Collect(h, garbage.GC{})
		if r.Revisions != 1 || r.Packages != 1 || r.Members != 1 || r.Blobs != 1 || r.Bytes != int64(len(old.Data)) || r.PoolBlobs != 1 {
			t.Errorf("of a dropped repo went %+v", r)
		}
		if r.Kept != (garbage.GCKept{Newest: 1, Retention: 1}) {
			t.Errorf("kept are %+v", r.Kept)
		}
		apptest.Pristine(h)
		h.MakeRepo("gone", old) // comes back as any other
		apptest.Pristine(h)
	})
}

// TestSnapshotsPinWhatTheyNeed, in a repo of which little is kept.
func TestSnapshotsPinWhatTheyNeed(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(t, "a", "1", "all", "1"))
		keep := collections.Retention{Daily: 1}
		_ = apptest.Must(h.Repos.Edit(h.Ctx, "tools", repos.RepoEdit{Retention: &keep}))(t)
		_ = apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "one", From: []string{"repo:tools"}}))(t)
		for _, version := range []string{"2", "3"} {
			_ = apptest.Must(h.Repos.RemovePackages(h.Ctx, "tools", collections.Terms{Name: "a"}))(t)
			_ = apptest.Must(h.Add("tools", apptest.Deb(t, "a", version, "all", version)))(t)
		}
		h.Advance(72 * time.Hour)
		r := apptest.Collect(h, garbage.GC{})
		if r.Revisions != 3 || r.Packages != 1 || r.Blobs != 1 {
			t.Errorf("went %+v", r)
		}
		if got := strings.Join(h.Names("snapshot:one"), ","); got != "a 1" {
			t.Errorf("the snapshot has %s", got)
		}
		apptest.Pristine(h)
		if err := h.Collections.Drop(h.Ctx, collections.Snapshot, "one"); err != nil {
			t.Fatal(err)
		}
		r = apptest.Collect(h, garbage.GC{})
		if r.Revisions != 2 || r.Packages != 1 || r.Blobs != 1 {
			t.Errorf("after the snapshot was dropped went %+v", r)
		}
		apptest.Pristine(h)
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
		if err := h.Publications.StageSources(h.Ctx, "debian", "stable", []string{"repo:tools#2"}); err != nil {
			t.Fatal(err)
		}
		keep := collections.Retention{Daily: 1}
		_ = apptest.Must(h.Repos.Edit(h.Ctx, "tools", repos.RepoEdit{Retention: &keep}))(t)
		h.Advance(72 * time.Hour)
		if r := apptest.Collect(h, garbage.GC{}); r.Revisions != 0 { // the first is released, the second staged, the third the newest
			t.Errorf("went %+v", r)
		}
		h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Staged: true}))
		if got := strings.Join(h.Names("publish:debian/stable"), ","); got != "a 1,a 2" {
			t.Errorf("it has %s", got)
		}
		apptest.Pristine(h)
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
		log := apptest.Must(h.Publications.Releases(h.Ctx, "debian", "stable", usecase.Page{}))(t).Items
		for i := range pasts {
			pasts[i].at = log[len(pasts)-1-i].At
		}
		keep := collections.Retention{Daily: 1}
		_ = apptest.Must(h.Publications.Retain(h.Ctx, "debian", "stable", keep))(t)
		_ = apptest.Must(h.Publications.Pin(h.Ctx, "debian", "stable", "4", true))(t)
		h.Advance(72 * time.Hour)
		r := apptest.Collect(h, garbage.GC{})
		if r.Releases != 3 || r.Kept.Pinned != 1 || r.Kept.Newest != 2 || r.Kept.Grace != 3 {
			t.Errorf("went %+v", r)
		}
		left := apptest.Must(h.Publications.Releases(h.Ctx, "debian", "stable", usecase.Page{}))(t).Items
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
		apptest.Pristine(h)
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
		found := apptest.Must(h.Publications.File(context.Background(), path))(t)
		r := apptest.Must(found.Open(context.Background()))(t)
		_ = apptest.Must(h.Publications.Retain(h.Ctx, "debian", "stable", collections.Retention{Daily: 1}))(t)
		if err := h.Publications.Drop(h.Ctx, "debian", "stable"); err != nil {
			t.Fatal(err)
		}
		h.Advance(72 * time.Hour)
		gc := apptest.Must(h.Garbage.Collect(h.Ctx, garbage.GC{}))(t)
		for gc.Progress.Phase != "wait for a reader" {
			if gc = apptest.Must(h.Activities.Watch(h.Ctx, gc.ID, gc.Version, time.Minute))(t); gc.Finished() {
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
		if r := apptest.Collect(h, garbage.GC{}); r.Blobs != 1 {
			t.Errorf("what the reader saved went as %+v", r)
		}
		apptest.Pristine(h)
	})
}
