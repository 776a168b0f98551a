package publish

import (
	"context"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// twoReleases publishes hello 1 and then hello 2 in its place.
func (h *house) twoReleases(t failer) (first, second Release) {
	t.Helper()
	one, two := entry("hello", "1", "amd64", ""), entry("hello", "2", "amd64", "")
	h.change(t, []catalog.Entry{one}, nil)
	first = h.publish(t, h.place)
	h.change(t, []catalog.Entry{two}, []catalog.Entry{one})
	return first, h.publish(t, h.place)
}

const (
	oldDeb = "pool/main/h/hello/hello_1_amd64.deb"
	newDeb = "pool/main/h/hello/hello_2_amd64.deb"
)

// found tells whether a path is in the tree of debian at an instant.
func (h *house) found(t failer, path string, at int64) bool {
	t.Helper()
	var found bool
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		tree, err := h.store.At(ctx, tx, BuiltIn, "debian", at)
		if err != nil {
			return err
		}
		_, err = tree.Find(ctx, tx, path, Grace{})
		if found = err == nil; problem.Is(err, problem.NotFound) {
			err = nil
		}
		return err
	})
	return found
}

// TestAStateBeginsWithItsReleaseAndEndsBeforeTheNext: intervals are half-open.
func TestAStateBeginsWithItsReleaseAndEndsBeforeTheNext(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		first, second := h.twoReleases(t)
		for _, c := range []struct {
			path string
			at   int64
			want bool
		}{
			{"dists/stable/InRelease", first.At, false}, // nothing signs it here
			{"dists/stable/Release", first.At - 1, false}, {"dists/stable/Release", first.At, true},
			{packages, first.At - 1, false}, {packages, first.At, true}, {packages, second.At, true},
			{oldDeb, first.At - 1, false}, {oldDeb, first.At, true}, {oldDeb, second.At - 1, true}, {oldDeb, second.At, false},
			{newDeb, second.At - 1, false}, {newDeb, second.At, true},
		} {
			if got := h.found(t, c.path, c.at); got != c.want {
				t.Errorf("%s at the first release%+d: %v", c.path, c.at-first.At, got)
			}
		}
	})
}

// TestByHashFindsWhatThereWasUpToATime: earlier generations too, later ones not,
// each below the directory of its index alone.
func TestByHashFindsWhatThereWasUpToATime(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		first, second := h.twoReleases(t)
		sum := func(r Release, path string) string {
			f, ok := r.file(path)
			if !ok {
				t.Fatalf("there is no %s", path)
			}
			return f.Sums.SHA256
		}
		const directory = "dists/stable/main/binary-amd64/by-hash/SHA256/"
		older, newer := sum(first, packages+".gz"), sum(second, packages+".gz")
		for _, c := range []struct {
			path string
			at   int64
			want bool
		}{
			{directory + older, first.At - 1, false}, {directory + older, first.At, true}, {directory + older, second.At, true},
			{directory + newer, second.At - 1, false}, {directory + newer, second.At, true},
			{"dists/stable/main/by-hash/SHA256/" + older, first.At, false},
			{"dists/stable/main/binary-arm64/by-hash/SHA256/" + older, first.At, false},
			{"dists/stable/by-hash/SHA256/" + sum(first, "dists/stable/Release"), first.At, false},
			{directory + strings.ToUpper(older), first.At, false}, {directory + "xyz", first.At, false}, {directory, first.At, false},
			{directory + older + "/x", first.At, false}, {"dists/stable/main/binary-amd64/by-hash/MD5Sum/" + older[:32], first.At, false},
		} {
			if got := h.found(t, c.path, c.at); got != c.want {
				t.Errorf("%s at the first release%+d: %v", c.path, c.at-first.At, got)
			}
		}
	})
}

// TestThePoolOfThePastHasItsLayout: the component that lists a package, the prefix
// of its source, its source.
func TestThePoolOfThePastHasItsLayout(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("libx", "1", "amd64", "")}, nil)
		r := h.publish(t, h.place)
		for path, want := range map[string]bool{
			"pool/main/libx/libx/libx_1_amd64.deb": true, "pool/main/l/libx/libx_1_amd64.deb": false, "pool/main/libx/liby/libx_1_amd64.deb": false,
			"pool/contrib/libx/libx/libx_1_amd64.deb": false, "pool/main/libx/libx/libx_1_arm64.deb": false, "pool/main/libx/libx/": false,
		} {
			if got := h.found(t, path, r.At); got != want {
				t.Errorf("%s: %v", path, got)
			}
		}
	})
}

func TestWhatWasDroppedLaterWasThereAtTheTime(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		_, second := h.twoReleases(t)
		var dropped int64
		h.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			if dropped, err = tx.Now(ctx); err != nil {
				return err
			}
			return h.store.Drop(ctx, tx, h.place)
		})
		other := h.publication(t, "debian", "stable", Options{})
		h.change(t, []catalog.Entry{entry("zoo", "1", "amd64", "")}, nil)
		h.publish(t, other)
		for at, want := range map[int64]bool{second.At: true, dropped - 1: true, dropped: false} {
			if got := h.found(t, newDeb, at); got != want {
				t.Errorf("at the drop%+d: %v", at-dropped, got)
			}
			h.tx(t, func(ctx context.Context, tx *db.Tx) error {
				p, err := h.store.GetAt(ctx, tx, BuiltIn, "debian", "stable", at)
				if got := err == nil && p.ID == h.place.ID; got != want || !want && !problem.Is(err, problem.NotFound) {
					t.Errorf("the publication at the drop%+d: %+v, %v", at-dropped, p, err)
				}
				return nil
			})
		}
	})
}

func TestReleaseTellsAptWhereThePastIs(t *testing.T) {
	t.Parallel()
	const root, own = "https://deb.example.org/archive/debian", "https://past.example.org/@SNAPSHOTID@/"
	for says, c := range map[string]struct{ option, root, want string }{
		"the server's":            {"", root, root + "/@SNAPSHOTID@/"},
		"none without an address": {"", "", ""},
		"one by hand":             {own, root, own},
		"none when not wanted":    {NoSnapshots, root, ""},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			run(t, func(t *testing.T, h *house) {
				h.edit(t, func(p *Publication) { p.Options = Options{Snapshots: c.option}.ResolveSnapshots(c.root) })
				h.change(t, many(1, "1"), nil)
				h.publish(t, h.place)
				text := string(h.read(t, "dists/stable/Release", 0))
				if got := field(text, "Snapshots"); got != c.want {
					t.Errorf("Snapshots is %q, not %q", got, c.want)
				}
				if label := field(text, "Label"); (label == "debian stable") == (c.option == NoSnapshots) {
					t.Errorf("Label is %q", label) // apt reads Snapshots beside an Origin or a Label alone
				}
			})
		})
	}
}

// field gives the value of a field of one line.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestAddressesOfThePastThatAptWouldNotTake(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"": true, "no": true, "https://a/@SNAPSHOTID@/": true, "http://a/debian/@SNAPSHOTID@/x/": true,
		"https://a/": false, "https://a/@SNAPSHOTID@": false, "/@SNAPSHOTID@/": false, "ftp://a/@SNAPSHOTID@/": false, "http://a/@SNAPSHOTID@/ b/": false,
		"http://a/@SNAPSHOTID@/\nOrigin: x/": false, "http://a/" + strings.Repeat("x", 2000) + "@SNAPSHOTID@/": false,
	} {
		if err := (Options{Snapshots: text}).Check(); (err == nil) != good {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func TestAPrefixCannotLookLikeATime(t *testing.T) {
	t.Parallel()
	for part, time := range map[string]bool{
		"20261120T120000Z": true, "20261120T120000": true, "20261120T12Z": true, "20261120T": true, "20261120": true,
		"2026": false, "202611201": false, "20261120T1": false, "x20261120": false, "20261120t12": false,
	} {
		if IsInstant(part) != time {
			t.Errorf("%s is a time: %v", part, !time)
		}
		if err := CheckPlace("a/"+part, "stable"); (err != nil) != time {
			t.Errorf("%s in a prefix: %v", part, err)
		}
	}
}

// TestEveryPastIndexIsServedBitForBit: however many releases follow.
func TestEveryPastIndexIsServedBitForBit(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(500, "1"), nil)
		type state struct {
			at   int64
			sums map[string]digest.SHA256
		}
		var states []state
		for i := range 30 {
			h.change(t, []catalog.Entry{many(500, "2")[i*16]}, []catalog.Entry{many(500, "1")[i*16]})
			r := h.publish(t, h.place)
			s := state{r.At, map[string]digest.SHA256{}}
			for _, f := range r.Files {
				s.sums[f.Path] = digest.Of(h.read(t, f.Path, 0))
			}
			states = append(states, s)
		}
		for i, s := range states {
			for path, want := range s.sums {
				if got := digest.Of(h.read(t, path, s.at)); got != want {
					t.Errorf("%s of release %d is %s, not %s", path, i+1, got, want)
				}
			}
		}
	})
}
