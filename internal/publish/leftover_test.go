package publish

import (
	"fmt"
	"math"
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
)

// TestEveryPublicationGrantsItsOwnGrace: a file that two publications left stays
// until both have moved on, and goes then.
func TestEveryPublicationGrantsItsOwnGrace(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		other := h.publication(t, "debian", "testing", Options{})
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		grace := Grace{Releases: 2, Since: math.MaxInt64}
		release := func(p Publication, add, remove []catalog.Entry) {
			t.Helper()
			h.change(t, add, remove)
			h.publish(t, p)
			place.deployUntil(t, p, false, math.MaxInt, grace)
		}
		shared := []catalog.Entry{entry("shared", "1", "amd64", "")}
		const name = "pool/main/s/shared/shared_1_amd64.deb"
		release(h.place, shared, nil)
		release(other, nil, nil)
		release(other, nil, shared)
		release(h.place, nil, nil)
		for i := range 3 {
			release(other, []catalog.Entry{entry(fmt.Sprintf("more%d", i), "1", "amd64", "")}, nil)
		}
		if place.tidy(t, grace); place.files[name].IsZero() {
			t.Fatal("one publication has taken away what another one left of late")
		}
		for i := range 2 {
			release(h.place, []catalog.Entry{entry(fmt.Sprintf("last%d", i), "1", "amd64", "")}, nil)
		}
		if place.tidy(t, grace); !place.files[name].IsZero() {
			t.Error("it is there still when both have moved on")
		}
	})
}

// TestWhatIsLeftAgainHasGraceAgain: a package that went, came back and went has
// the grace of the last time, and is not forgotten with that of the first.
func TestWhatIsLeftAgainHasGraceAgain(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		grace := Grace{Releases: 2, Since: math.MaxInt64}
		again := []catalog.Entry{entry("again", "1", "amd64", "")}
		h.change(t, []catalog.Entry{entry("always", "1", "amd64", "")}, nil)
		for i := range 4 {
			if i%2 == 0 {
				h.change(t, again, nil)
			} else {
				h.change(t, nil, again)
			}
			h.publish(t, h.place)
			place.deployUntil(t, h.place, false, math.MaxInt, grace)
		}
		if place.tidy(t, grace); place.files["pool/main/a/again/again_1_amd64.deb"].IsZero() {
			t.Error("it went without grace")
		}
		place.tidy(t, Grace{Since: math.MaxInt64})
		same(t, "without any grace", place.files, h.manifest(t, h.place))
	})
}
