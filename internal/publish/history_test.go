package publish

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// edit changes a publication for the releases to come.
func (h *house) edit(t failer, change func(*Publication)) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		p, err := h.store.ByID(ctx, tx, h.place.ID)
		if err != nil {
			return err
		}
		change(&p)
		return h.store.Update(ctx, tx, p)
	})
}

// rows counts the rows that something reads.
func (h *house) rows(fn func()) int64 {
	before := h.db.RowsRead()
	fn()
	return h.db.RowsRead() - before
}

func TestByHashIsThereForEverySumThatAptMayAskFor(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.edit(t, func(p *Publication) { p.Options.Sums.SHA512 = true })
		h.change(t, many(3, "1"), nil)
		r := h.publish(t, h.place)
		f, _ := r.file(packages + ".gz")
		for kind, sum := range map[string]string{"SHA256": f.Sums.SHA256, "SHA512": f.Sums.SHA512} {
			if _, s, err := h.get(t, "debian", "dists/stable/main/binary-amd64/by-hash/"+kind+"/"+sum, 0); err != nil || s.SHA256 != f.SHA256 {
				t.Errorf("by %s: %v", kind, err)
			}
		}
	})
}

func TestPackagesThatMoveToAnotherComponentAreServedForAWhile(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", "")}, nil)
		h.publish(t, h.place)
		h.edit(t, func(p *Publication) { p.Sources[0].Component = "extra" })
		h.publish(t, h.place)
		for _, component := range []string{"main", "extra"} {
			if _, s, err := h.get(t, "debian", "pool/"+component+"/h/hello/hello_1_amd64.deb", 0); s.SHA256.IsZero() {
				t.Errorf("in %s: %v", component, err)
			}
		}
	})
}

func TestOtherFormatsAreBuiltOnce(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3000, "1"), nil)
		h.publish(t, h.place)
		h.edit(t, func(p *Publication) { p.Options.Formats = []compress.Format{compress.Gzip} })
		if n := h.rows(func() { h.publish(t, h.place) }); n < 3000 {
			t.Fatalf("only %d rows were read: the test says little", n)
		}
		h.edit(t, func(p *Publication) { p.Options.Label = "new" })
		if n := h.rows(func() { h.publish(t, h.place) }); n > 300 {
			t.Errorf("a new label made the index be rendered again: %d rows", n)
		}
		if _, _, err := h.get(t, "debian", packages+".zst", 0); !problem.Is(err, problem.NotFound) {
			t.Errorf("a format that is made no more: %v", err)
		}
	})
}

func TestTwoPublicationsCannotHaveTheSamePaths(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3, "1"), nil)
		h.edit(t, func(p *Publication) { p.Sources[0].Component = "updates/main" })
		h.publish(t, h.place)
		beside := h.publication(t, "debian", "stable/updates", Options{})
		if _, err := h.build(t, beside, false); !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAReleaseIsMadeAnewBeforeItExpires(t *testing.T) {
	t.Parallel()
	release := Release{At: time.Unix(1000, 0).UnixMicro(), Options: Options{ValidFor: 3 * time.Hour}}
	for after, want := range map[time.Duration]bool{0: false, 59 * time.Minute: false, time.Hour: true, 5 * time.Hour: true} {
		if got := release.ages(time.Unix(1000, 0).Add(after)); got != want {
			t.Errorf("%s after it was made: %v", after, got)
		}
	}
	if (Release{}).ages(time.Now()) {
		t.Error("a release without end ages")
	}
}

// TestCostsFollowWhatChangesAndWhatIsAskedFor counts rows, which noise cannot
// change.
func TestCostsFollowWhatChangesAndWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.tx(t, func(ctx context.Context, tx *db.Tx) error { // packages of others
			_, err := h.catalog.Intern(ctx, tx, func(yield func(catalog.Entry, error) bool) {
				for _, e := range many(20_000, "9") {
					if !yield(e, nil) {
						return
					}
				}
			})
			return err
		})
		h.change(t, many(3, "1"), nil)
		h.publish(t, h.place)
		var first Release
		for i := range 40 {
			h.change(t, []catalog.Entry{entry("news", fmt.Sprint(i), "amd64", "")}, nil)
			var r Release
			n := h.rows(func() { r = h.publish(t, h.place) })
			if n > 400 {
				t.Fatalf("release %d of a small repo read %d rows", r.Number, n)
			}
			if i == 0 {
				first = r
			}
		}
		n := h.rows(func() {
			if _, _, err := h.get(t, "debian", "dists/stable/Release", first.At); err != nil {
				t.Error(err)
			}
		})
		if n > 20 {
			t.Errorf("a file of the past was found by reading %d rows", n)
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			before := tx.RowsRead()
			files, err := h.store.Files(ctx, tx, h.place.ID, first.Number)
			if n := tx.RowsRead() - before; n > 20 || !slices.Equal(filePaths(files), filePaths(first.Files)) {
				t.Errorf("the files of a past release: %d rows for %q", n, filePaths(files))
			}
			return err
		})
		n = h.rows(func() {
			h.tx(t, func(ctx context.Context, tx *db.Tx) error {
				tree, err := h.store.Now(ctx, tx, BuiltIn, "debian")
				if err == nil {
					_, err = tree.Directory(ctx, tx, "pool/main")
				}
				return err
			})
		})
		if n > 400 {
			t.Errorf("a directory page of a small repo read %d rows", n)
		}
	})
}

func filePaths(files []File) (paths []string) {
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	return paths
}
