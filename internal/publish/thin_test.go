package publish

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// thin drops releases of the house's publication.
func (h *house) thin(t failer, from, to int64) (thinned bool) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		thinned, err = h.store.Thin(ctx, tx, h.place.ID, from, to)
		return err
	})
	return thinned
}

// prune drops what no release has, and gives how many rows went.
func (h *house) prune(t failer) (gone int) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		if _, err := h.store.Forgo(ctx, tx); err != nil {
			return err
		}
		rest, err := h.store.Leavings(ctx, tx)
		for n := 0; err == nil && rest.Len() > 0; gone += n {
			rest, n, err = h.store.Prune(ctx, tx, rest)
		}
		return err
	})
	return gone
}

// TestThinnedReleasesLeaveAGapAndNoTrace: the others read as they did, and the times
// of those that went give nothing.
func TestThinnedReleasesLeaveAGapAndNoTrace(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(300, "1"), nil)
		var releases []Release
		var texts [][]byte
		for i := range 8 {
			h.change(t, []catalog.Entry{entry(fmt.Sprintf("new%d", i), "1", "amd64", "")}, nil)
			r := h.publish(t, h.place)
			releases, texts = append(releases, r), append(texts, h.read(t, packages, r.At))
		}
		if h.thin(t, 7, 8) {
			t.Error("the newest release went")
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error { return h.store.Pin(ctx, tx, h.place, 6, true) })
		if h.thin(t, 5, 7) {
			t.Error("a pinned release went")
		}
		for _, run := range [][2]int64{{5, 5}, {3, 4}, {1, 1}} {
			if !h.thin(t, run[0], run[1]) {
				t.Errorf("%v did not go", run)
			}
		}
		if h.prune(t) == 0 {
			t.Error("no part of an index went")
		}
		gone := map[int]bool{1: true, 3: true, 4: true, 5: true}
		for i, r := range releases {
			until := r.At + 1
			if i+1 < len(releases) {
				until = releases[i+1].At - 1
			}
			for _, at := range []int64{r.At, until} {
				data, _, err := h.get(t, "debian", packages, at)
				switch {
				case gone[i+1] && (!problem.Is(err, problem.NotFound) || !strings.Contains(err.Error(), "not kept any more")):
					t.Errorf("release %d, which is gone, gives %d bytes, %v", i+1, len(data), err)
				case !gone[i+1] && (err != nil || !bytes.Equal(data, texts[i])):
					t.Errorf("release %d is not as it was: %v", i+1, err)
				}
			}
		}
		if _, _, err := h.get(t, "debian", packages, releases[0].At-1); err == nil || strings.Contains(err.Error(), "not kept") {
			t.Errorf("before the first release there is %v", err)
		}
	})
}

// TestAReleaseStoresAgainWhatWasPrunedMeanwhile: the index that it took over from
// another publication, which is dropped and thinned before the commit.
func TestAReleaseStoresAgainWhatWasPrunedMeanwhile(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(300, "1"), nil)
		h.publish(t, h.place)
		want := h.read(t, packages, 0)
		other := h.publication(t, "other", "stable", Options{})
		b, err := h.build(t, other, false)
		if err != nil || len(b.adopted) == 0 {
			t.Fatalf("nothing was taken over: %v", err)
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error { return h.store.Drop(ctx, tx, h.place) })
		if !h.thin(t, 1, 1) || h.prune(t) == 0 {
			t.Fatal("the other publication's index is there still")
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.store.Commit(ctx, tx, b, 0)
			return err
		})
		data, _, err := h.get(t, "other", packages, 0)
		if err != nil || !bytes.Equal(data, want) {
			t.Errorf("the release gives %d bytes, %v", len(data), err)
		}
	})
}

func TestAReleaseOfAViewThatIsGoneIsRefused(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3, "1"), nil)
		b, err := h.build(t, h.place, false)
		if err != nil {
			t.Fatal(err)
		}
		h.change(t, many(3, "2"), nil)
		view := b.input.Sources[0].View()
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.store.catalog.Thin(ctx, tx, view.Collection, view.Revision, view.Revision)
			return err
		})
		err = h.db.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := h.store.Commit(t.Context(), tx, b, 0)
			return err
		})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("it is committed: %v", err)
		}
	})
}
