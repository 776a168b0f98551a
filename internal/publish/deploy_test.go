package publish

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// standIn is a place that only notes what stands where.
type standIn struct {
	h       *house
	files   map[string]digest.SHA256
	touched int
}

// deploy brings a publication's newest release to the place, checking the order
// in which files appear.
func (s *standIn) deploy(t failer, p Publication, all bool) {
	t.Helper()
	s.deployUntil(t, p, all, math.MaxInt, Grace{Releases: math.MaxInt32})
}

// deployUntil does so until it is cut short after a number of files. One that is
// not cleans up meanwhile, as those of the application do, what has no grace.
func (s *standIn) deployUntil(t failer, p Publication, all bool, limit int, grace Grace) {
	t.Helper()
	s.touched = 0
	put := func(name string, d digest.SHA256) {
		if s.touched < limit {
			s.files[name] = d
			s.touched++
		}
	}
	s.h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.h.store.ByID(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if err := s.h.store.Begin(ctx, tx, p.ID); err != nil {
			return err
		}
		d, err := s.h.store.Deployment(ctx, tx, p, all, true)
		if err != nil || d.Done() {
			return err
		}
		for _, list := range d.Fresh {
			for f, err := range s.h.store.PoolFiles(ctx, tx, list) {
				if err != nil {
					return err
				}
				put(f.Path, f.SHA256)
			}
		}
		stages, err := s.h.store.Stages(ctx, tx, d)
		if err != nil {
			return err
		}
		for i, stage := range stages {
			for _, f := range stage {
				if f.Like != "" && s.touched < limit && s.files[f.Like] != f.SHA256 {
					t.Fatalf("%s is to be like %s, which is not there", f.Path, f.Like)
				}
				if name := f.Path[strings.LastIndexByte(f.Path, '/')+1:]; name == "Release" && strings.Count(f.Path, "/") == 2 && i != len(stages)-1 {
					t.Fatalf("%s is in stage %d of %d", f.Path, i+1, len(stages))
				}
				put(f.Path, f.SHA256)
			}
		}
		if s.touched == limit {
			return nil // cut short: nobody hears of it
		}
		for _, name := range d.Withdrawn() {
			delete(s.files, name)
		}
		due, unneeded, err := s.h.store.Leftovers(ctx, tx, BuiltIn, "debian", grace, 10_000)
		if err != nil {
			return err
		}
		for _, name := range unneeded {
			delete(s.files, name)
		}
		if err := s.h.store.Deployed(ctx, tx, d); err != nil {
			return err
		}
		return s.h.store.Forget(ctx, tx, BuiltIn, "debian", due)
	})
}

// tidy removes what is needed no more.
func (s *standIn) tidy(t failer, grace Grace) {
	t.Helper()
	s.h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		due, unneeded, err := s.h.store.Leftovers(ctx, tx, BuiltIn, "debian", grace, 10_000)
		for _, name := range unneeded {
			delete(s.files, name)
		}
		if err != nil {
			return err
		}
		return s.h.store.Forget(ctx, tx, BuiltIn, "debian", due)
	})
}

// manifest gives everything that should stand below the prefix for the newest
// releases of publications.
func (h *house) manifest(t failer, publications ...Publication) map[string]digest.SHA256 {
	t.Helper()
	want := map[string]digest.SHA256{}
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		for _, p := range publications {
			p, err := h.store.ByID(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			r, err := h.store.Release(ctx, tx, p.ID, p.Head)
			if err != nil {
				return err
			}
			for _, f := range r.Files {
				for _, name := range standingPaths(p, f) {
					want[name] = f.SHA256
				}
			}
			sets, err := h.builder.components(ctx, tx, r.Sources, nil)
			if err != nil {
				return err
			}
			for component, set := range sets {
				for f, err := range h.catalog.FilesOf(ctx, tx, set) {
					if err != nil {
						return err
					}
					want[poolPath(component, f)] = f.SHA256
				}
			}
		}
		return nil
	})
	return want
}

func same(t failer, what string, got, want map[string]digest.SHA256) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Fatalf("%s: %s is not there, or other bytes", what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Fatalf("%s: %s is there still", what, name)
		}
	}
}

// TestAPlaceFollowsByDifferences: whatever changes, however many releases a place
// misses, and whatever was cut short, the differences bring it to the newest one
// and nothing else; two publications share the pool.
func TestAPlaceFollowsByDifferences(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		other := h.publication(t, "debian", "testing", Options{Patches: 3})
		h.edit(t, func(p *Publication) { p.Options.Sums.SHA512 = true })
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		at := map[string]map[string]digest.SHA256{}
		atOnce := Grace{Since: math.MaxInt64}
		rapid.Check(t, func(r *rapid.T) {
			for range rapid.IntRange(1, 3).Draw(r, "releases") {
				pick := func(label string) (list []catalog.Entry) {
					for _, i := range rapid.SliceOfN(rapid.IntRange(0, 15), 0, 4).Draw(r, label) {
						list = append(list, entry(fmt.Sprintf("p%d", i), "1", "amd64", ""))
					}
					return list
				}
				h.change(r, pick("add"), pick("remove"))
				if rapid.Bool().Draw(r, "the other one") {
					h.publish(r, other)
				} else {
					h.publish(r, h.place)
				}
			}
			for _, p := range []Publication{h.place, other} {
				if h.head(r, p) == 0 || !rapid.Bool().Draw(r, "deploy "+p.Distribution) {
					continue
				}
				limit := rapid.SampledFrom([]int{math.MaxInt, 1, 5, 10, 20}).Draw(r, "cut short after")
				grace := Grace{Releases: rapid.IntRange(0, 3).Draw(r, "releases with grace"), Since: math.MaxInt64}
				place.deployUntil(r, p, rapid.IntRange(0, 9).Draw(r, "all") == 0, limit, grace)
				if place.touched < limit {
					at[p.Distribution] = h.manifest(r, p)
				} else { // some names may have newer bytes
					maps.DeleteFunc(at[p.Distribution], func(name string, _ digest.SHA256) bool {
						return strings.HasPrefix(name, "dists/") && !strings.Contains(name, "/by-hash/") && !index.IsPatch(name)
					})
				}
			}
			for distribution, want := range at { // nothing that a place's own indexes list is ever removed
				for name, d := range want {
					if place.files[name] != d {
						r.Fatalf("%s of %s is not there", name, distribution)
					}
				}
			}
			place.tidy(r, atOnce)
			for distribution, want := range at {
				for name, d := range want {
					if place.files[name] != d {
						r.Fatalf("%s of %s was tidied away", name, distribution)
					}
				}
			}
		})
		h.publish(t, h.place)
		h.publish(t, other)
		place.deploy(t, h.place, false)
		place.deploy(t, other, false)
		place.tidy(t, atOnce)
		same(t, "in the end", place.files, h.manifest(t, h.place, other))

		h.change(t, []catalog.Entry{entry("cut", "1", "amd64", "")}, nil)
		h.publish(t, other)
		place.deployUntil(t, other, false, 10, atOnce)
		h.tx(t, func(ctx context.Context, tx *db.Tx) error { return h.store.Drop(ctx, tx, other) })
		place.deploy(t, other, false)
		if _, there := place.files["dists/testing/Release"]; there {
			t.Error("a dropped publication is still told of")
		}
		place.tidy(t, atOnce)
		same(t, "after a drop", place.files, h.manifest(t, h.place))
	})
}

func (h *house) head(t failer, p Publication) (head int64) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		p, err := h.store.ByID(ctx, tx, p.ID)
		head = p.Head
		return err
	})
	return head
}

// TestDeployingCostsWhatChanged: files touched and rows read do not grow with the
// suite.
func TestDeployingCostsWhatChanged(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(5000, "1"), nil)
		h.publish(t, h.place)
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		place.deploy(t, h.place, false)
		if place.touched < 5000 {
			t.Fatalf("only %d files were deployed", place.touched)
		}
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", "")}, nil)
		h.publish(t, h.place)
		n := h.rows(func() { place.deploy(t, h.place, false) })
		if place.touched > 12 || n > 150 {
			t.Errorf("one package more touched %d files and read %d rows", place.touched, n)
		}
		place.tidy(t, Grace{Releases: 3, Since: math.MaxInt64})
		hashed := 0
		for name := range place.files {
			if strings.Contains(name, "/by-hash/") {
				hashed++
			}
		}
		if hashed != 7 { // three of the old index and three of the new one, and the small Release file
			t.Errorf("there are %d files by hash", hashed)
		}
		if n = h.rows(func() { place.deploy(t, h.place, false) }); place.touched != 0 || n > 60 {
			t.Errorf("nothing new touched %d files and read %d rows", place.touched, n)
		}
	})
}

// TestStagesNameEachPathOnce: indexes of one directory with the same bytes share
// their paths by hash, and the Contents of a whole suite have some too.
func TestStagesNameEachPathOnce(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.edit(t, func(p *Publication) {
			p.Options.Architectures, p.Options.Contents = []string{"amd64", "arm64"}, ContentsByBoth
		})
		h.publish(t, h.place) // no package: all Contents are empty
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			p, err := h.store.ByID(ctx, tx, h.place.ID)
			if err != nil {
				return err
			}
			d, err := h.store.Deployment(ctx, tx, p, false, true)
			if err != nil {
				return err
			}
			stages, err := h.store.Stages(ctx, tx, d)
			named := map[string]bool{}
			for _, f := range slices.Concat(stages...) {
				if named[f.Path] {
					t.Errorf("%s is there twice", f.Path)
				}
				named[f.Path] = true
			}
			for _, f := range d.To.Files {
				for _, name := range standingPaths(p, f) {
					if !named[name] {
						t.Errorf("%s is missing", name)
					}
				}
			}
			for _, name := range []string{"dists/stable/Contents-amd64.gz", "dists/stable/main/Contents-arm64.gz"} {
				f, found := d.To.file(name)
				if !found || !named[byHashPaths(f)[0]] {
					t.Errorf("%s is not there by hash", name)
				}
			}
			return err
		})
	})
}
