package publish

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// other makes a second repo with packages, and a publication of it.
func (h *house) other(t failer, distribution string, o Options, packages ...catalog.Entry) (p Publication) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		c, err := h.catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: "other-" + distribution, Component: "main"})
		if err != nil {
			return err
		}
		set, err := h.catalog.Intern(ctx, tx, catalog.Entries(packages))
		if err != nil {
			return err
		}
		if _, _, err = h.catalog.Replace(ctx, tx, c, set, 0); err != nil {
			return err
		}
		p, err = h.store.Create(ctx, tx, Publication{Endpoint: BuiltIn, Prefix: "debian", Distribution: distribution, Options: o,
			Sources: []Source{{Kind: catalog.Repo, Name: c.Name, Collection: c.ID}}})
		return err
	})
	return p
}

// holds gives the digest of the file at a path of the pool.
func (h *house) holds(t failer, path string) digest.SHA256 {
	t.Helper()
	var s Served
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		tree, err := h.store.Now(ctx, tx, BuiltIn, "debian")
		if err == nil {
			s, err = tree.Find(ctx, tx, path, Grace{Releases: 0, Since: math.MaxInt64})
		}
		if problem.Is(err, problem.NotFound) {
			s, err = Served{}, nil
		}
		return err
	})
	return s.SHA256
}

func content(e catalog.Entry) digest.SHA256 { return e.Files[0].SHA256 }

const (
	sharedHello = "pool/main/h/hello/hello_1_amd64.deb"
	stableHello = "pool/stable/main/h/hello/hello_1_amd64.deb"
	edgeHello   = "pool/edge/main/h/hello/hello_1_amd64.deb"
)

func TestAPoolForEachDistributionHoldsOtherFilesOfTheSameName(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		one, two := entry("hello", "1", "amd64", "one"), entry("hello", "1", "amd64", "two")
		h.edit(t, func(p *Publication) { p.Options.MultiDist = true })
		h.change(t, []catalog.Entry{one}, nil)
		h.publish(t, h.place)
		h.publish(t, h.other(t, "edge", Options{MultiDist: true}, two))
		h.publish(t, h.other(t, "plain", Options{}, two))
		for path, want := range map[string]digest.SHA256{stableHello: content(one), edgeHello: content(two), sharedHello: content(two)} {
			if h.holds(t, path) != want {
				t.Errorf("%s is another file", path)
			}
		}
		if text := string(h.read(t, packages, 0)); !strings.Contains(text, "Filename: "+stableHello+"\n") {
			t.Errorf("Packages leads elsewhere:\n%s", text)
		}
	})
}

// TestTheLayoutOfAPoolMoves: changing the option deploys the packages to the other
// place, and what was at the one before stays for its grace.
func TestTheLayoutOfAPoolMoves(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		hello := entry("hello", "1", "amd64", "")
		h.change(t, []catalog.Entry{hello}, nil)
		h.publish(t, h.place)
		place.deploy(t, h.place, false)
		h.edit(t, func(p *Publication) { p.Options.MultiDist = true })
		h.publish(t, h.place)
		place.deploy(t, h.place, false)
		if place.files[stableHello] != content(hello) || place.files[sharedHello] != content(hello) {
			t.Errorf("during the grace the place has %v", slices.Sorted(maps.Keys(place.files)))
		}
		if _, _, err := h.get(t, "debian", sharedHello, 0); err == nil { // its bytes were never stored here
			t.Error("a file without bytes was read")
		} else if strings.Contains(err.Error(), "there is no "+sharedHello+" here") {
			t.Errorf("the old path has no grace: %v", err)
		}
		h.publishAgain(t)
		place.deploy(t, h.place, false)
		place.tidy(t, Grace{Since: math.MaxInt64})
		if _, stays := place.files[sharedHello]; stays || place.files[stableHello] != content(hello) {
			t.Errorf("after the grace the place has %v", slices.Sorted(maps.Keys(place.files)))
		}
	})
}

// publishAgain makes a release with another package.
func (h *house) publishAgain(t failer) {
	t.Helper()
	h.change(t, []catalog.Entry{entry("another", "1", "amd64", "")}, nil)
	h.publish(t, h.place)
}

func TestAPathOfThePoolIsTakenOverWhenAskedFor(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		one, two := entry("hello", "1", "amd64", "one"), entry("hello", "1", "amd64", "two")
		h.change(t, []catalog.Entry{one}, nil)
		before := h.publish(t, h.place)
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		place.deploy(t, h.place, false)
		edge := h.other(t, "edge", Options{}, two)
		_, err := h.build(t, edge, false)
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "file already exists and is different") ||
			!strings.Contains(err.Error(), "debian stable") || !strings.Contains(err.Error(), "debian edge") {
			t.Fatalf("without being asked: %v", err)
		}
		h.overwrite(t, edge)
		place.deploy(t, edge, false)
		if h.holds(t, sharedHello) != content(two) || place.files[sharedHello] != content(two) {
			t.Error("the path was not taken over")
		}
		h.publishAgain(t)
		place.deploy(t, h.place, true)
		if h.holds(t, sharedHello) != content(two) || place.files[sharedHello] != content(two) {
			t.Error("the next release of the one before took the path back")
		}
		h.publish(t, h.other(t, "third", Options{}, entry("bye", "1", "amd64", ""))) // is not told of a conflict of others
		_, s, _ := h.get(t, "debian", sharedHello, before.At)
		if s.SHA256 != content(one) {
			t.Error("the past changed")
		}
	})
}

// overwrite publishes over what others have.
func (h *house) overwrite(t failer, p Publication) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		in := Input{Publication: p, Sources: slices.Clone(p.Sources), Overwrite: true}
		for i, s := range in.Sources {
			c, err := h.catalog.ByID(ctx, tx, s.Collection)
			if err != nil {
				return err
			}
			in.Sources[i].Revision = c.Head
		}
		b, err := h.builder.Build(ctx, tx, in)
		if err != nil {
			return err
		}
		_, err = h.store.Commit(ctx, tx, b, 0)
		return err
	})
}

func TestWhatIsAtTheRootOfAnEndpoint(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3, "1"), nil)
		root := h.publication(t, Root, "stable", Options{NamedByPlace: true})
		h.publish(t, root)
		h.publish(t, h.place)
		data, _, err := h.get(t, Root, "dists/stable/Release", 0)
		if err != nil || !strings.HasPrefix(string(data), "Origin: . stable\nLabel: . stable\n") {
			t.Errorf("%s, %v", data, err)
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			for at, want := range map[string][]string{"": {"debian", "dists", "pool"}, "debian": {"dists", "pool"}} {
				got, err := h.store.Prefixes(ctx, tx, BuiltIn, at)
				if err != nil {
					return err
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("at %q: %s", at, diff)
				}
			}
			return nil
		})
	})
}
