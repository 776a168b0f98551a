package pocket_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestNamesOfSuitesAndCollections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path                    pocket.Path
		suite, collection, text string
	}{
		{pocket.Path{Distribution: "ubuntu", Series: "noble", Pocket: "release"}, "noble", "ubuntu.noble.release", "ubuntu/noble/release"},
		{pocket.Path{Distribution: "ubuntu", Series: "noble", Pocket: "updates"}, "noble-updates", "ubuntu.noble.updates", "ubuntu/noble/updates"},
	} {
		if c.path.Suite() != c.suite || c.path.Collection() != c.collection || c.path.String() != c.text {
			t.Errorf("%s, %s, %s", c.path.Suite(), c.path.Collection(), c.path)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"a": true, "9": true, "noble": true, "a-b+c": true, strings.Repeat("a", 60): true,
		"": false, "-a": false, "+a": false, "A": false, "a.b": false, "a/b": false, "a b": false, "ä": false, "a\n": false, strings.Repeat("a", 61): false,
	} {
		if err := pocket.CheckName("name", name); (err == nil) != good || err != nil && problem.ReasonOf(err) != problem.InvalidValue {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestFiltersAreKnownByOldWordsToo(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]pocket.Filter{"": "", "allowlist": "allowlist", "whitelist": "allowlist", "blocklist": "blocklist", "blacklist": "blocklist"} {
		if got, err := pocket.ParseFilter(word); got != want || err != nil {
			t.Errorf("%q is %q, %v", word, got, err)
		}
	}
}

// TestWhatIsStoredIsFoundAgain, by every way that leads to it, and is gone once it is
// dropped.
func TestWhatIsStoredIsFoundAgain(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{pocket.Schema()}, func(t *testing.T, d *db.DB) {
		ctx, store := t.Context(), pocket.Store{}
		in := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Tx(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		settings := pocket.Settings{Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "K", MirrorKey: "M", Uploaders: []string{"U"}}
		var stored pocket.Pocket
		in(func(tx *db.Tx) error {
			ubuntu := must(store.AddDistribution(ctx, tx, "ubuntu", "global"))(t)
			must(store.AddDistribution(ctx, tx, "debian", "other"))(t)
			noble := must(store.AddSeries(ctx, tx, ubuntu, "noble"))(t)
			stored = must(store.Add(ctx, tx, pocket.Pocket{Series: noble.ID, Name: "release", Mode: pocket.Mirror, Collection: 7, Publication: 8, Settings: settings}))(t)
			return nil
		})
		in(func(tx *db.Tx) error {
			ubuntu := must(store.Distribution(ctx, tx, "ubuntu"))(t)
			noble := must(store.Series(ctx, tx, ubuntu, "series", "noble"))(t)
			path := pocket.Path{Distribution: "ubuntu", Series: "noble", Pocket: "release"}
			located := must(store.Locate(ctx, tx, stored.ID))(t)
			if located.Path() != path || located.Distribution != ubuntu || located.Series != noble {
				t.Errorf("it is located at %+v", located)
			}
			for _, ids := range [][2]int64{{7, 0}, {0, 8}} {
				if err := store.CheckUnused(ctx, tx, ids[0], ids[1]); !problem.Is(err, problem.Conflict) {
					t.Errorf("in use: %v", err)
				}
			}
			for way, got := range map[string]pocket.Pocket{
				"name": must(store.Get(ctx, tx, noble, "pocket", "release"))(t), "number": located.Pocket,
				"path": must(store.In(ctx, tx, ubuntu, path))(t).Pocket, "series": must(store.All(ctx, tx, noble))(t)[0],
				"key": must(store.Naming(ctx, tx, "K"))(t)[0], "upstream": must(store.Naming(ctx, tx, "M"))(t)[0], "uploader": must(store.Naming(ctx, tx, "U"))(t)[0],
			} {
				if diff := cmp.Diff(stored, got); diff != "" {
					t.Errorf("by %s:\n%s", way, diff)
				}
			}
			if other := must(store.Naming(ctx, tx, "X"))(t); len(other) != 0 {
				t.Errorf("%+v name X", other)
			}
			if page := must(store.Distributions(ctx, tx, "debian", 5))(t); len(page) != 1 || page[0].Name != "ubuntu" {
				t.Errorf("after debian come %+v", page)
			}
			if err := store.CheckUnused(ctx, tx, 9, 9); err != nil {
				t.Error(err)
			}
			return nil
		})
		in(func(tx *db.Tx) error {
			at := must(store.Locate(ctx, tx, stored.ID))(t)
			for _, err := range []error{store.Drop(ctx, tx, stored), store.DropSeries(ctx, tx, at.Series), store.DropDistribution(ctx, tx, at.Distribution)} {
				if err != nil {
					t.Error(err)
				}
			}
			if _, err := store.Distribution(ctx, tx, "ubuntu"); problem.ReasonOf(err) != pocket.UnknownDistribution {
				t.Error(err)
			}
			if _, err := store.Locate(ctx, tx, stored.ID); problem.ReasonOf(err) != pocket.Unknown {
				t.Error(err)
			}
			return nil
		})
	})
}

// must returns a value or ends the test.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
