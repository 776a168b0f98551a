package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// TestPublicationsShareTheirIndexes: what one publication has built, no other
// builds again, whatever its prefix, distribution and options of Release.
func TestPublicationsShareTheirIndexes(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(6000, "1"), nil)
		first := h.publish(t, h.place)
		blobs := h.blobs(t)

		twin := h.publication(t, "mirror", "testing", Options{Label: "twin"})
		var second Release
		if n := h.rows(func() { second = h.publish(t, twin) }); n > 200 {
			t.Errorf("the second publication of a set read %d rows", n)
		}
		if added := h.blobs(t) - blobs; added > 2 { // Release and the small one beside the index
			t.Errorf("the second publication of a set made %d blobs", added)
		}
		for _, suffix := range []string{"", ".gz", ".zst"} {
			a, _ := first.file("dists/stable/main/binary-amd64/Packages" + suffix)
			b, found := second.file("dists/testing/main/binary-amd64/Packages" + suffix)
			if !found || a.SHA256 != b.SHA256 {
				t.Errorf("Packages%s differs", suffix)
			}
		}
		if _, _, err := h.get(t, "mirror", "dists/testing/main/binary-amd64/Packages.gz", 0); err != nil {
			t.Error(err)
		}
		// It goes on from there, and so does a third one that begins behind.
		h.change(t, []catalog.Entry{entry("package-01000", "2", "amd64", "")}, nil)
		if n := h.rows(func() { h.publish(t, twin) }); n > 1500 {
			t.Errorf("a change of the second publication read %d rows", n)
		}
		third := h.publication(t, "third", "testing", Options{})
		if n := h.rows(func() { h.publish(t, third) }); n > 200 {
			t.Errorf("the third publication read %d rows", n)
		}
		if n := h.rows(func() { h.publish(t, h.place) }); n > 300 {
			t.Errorf("the first publication, which follows, read %d rows", n)
		}
		h.sameAsRebuilt(t, h.place)
		h.sameAsRebuilt(t, third)
	})
}

// blobs counts what is in the pool.
func (h *house) blobs(t *testing.T) (n int) {
	t.Helper()
	for _, err := range h.pool.Each(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// sameAsRebuilt checks that a publication's newest release is the one that is
// built from nothing.
func (h *house) sameAsRebuilt(t failer, p Publication) {
	t.Helper()
	fresh, err := h.build(t, p, true)
	if err != nil {
		t.Fatal(err)
	}
	got := h.publish(t, p)
	for _, want := range fresh.Files {
		if have, ok := got.file(want.Path); !ok || have.SHA256 != want.SHA256 || have.Size != want.Size {
			t.Fatalf("%s differs from a rebuild", want.Path)
		}
	}
	if len(got.Files) != len(fresh.Files) {
		t.Fatalf("%d files, a rebuild has %d", len(got.Files), len(fresh.Files))
	}
}

// TestASmallChangeReadsTheSameRowsInABigSuite: not one row more for twenty times
// the packages, from the build to the place that has it.
func TestASmallChangeReadsTheSameRowsInABigSuite(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		version := 1
		next := func() {
			version++
			h.change(t, []catalog.Entry{entry("package-00300", fmt.Sprint(version), "amd64", "")}, []catalog.Entry{entry("package-00300", fmt.Sprint(version-1), "amd64", "")})
			h.publish(t, h.place)
			place.deploy(t, h.place, false)
		}
		grow := func(from, to int) int64 {
			h.change(t, many(to, "1")[from:], nil)
			next()
			next()
			return h.rows(next)
		}
		small, big := grow(0, 1000), grow(1000, 20_000)
		t.Logf("%d rows among 1,000 packages, %d among 20,000", small, big)
		if big > small+10 {
			t.Errorf("the same change reads %d rows among 1,000 packages and %d among 20,000", small, big)
		}
	})
}

// TestABigFirstReleaseIsCheckedToo: two contents at one path of the pool are told
// among thousands of packages that no release had before.
func TestABigFirstReleaseIsCheckedToo(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, append(many(checkBatch+1, "1"), entry("package-00700", "1", "amd64", "another")), nil)
		if _, err := h.build(t, h.place, false); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "package-00700_1_amd64.deb would have two contents") {
			t.Errorf("two contents: %v", err)
		}
		h.change(t, nil, many(701, "1")[700:])
		h.publish(t, h.place)
	})
}
