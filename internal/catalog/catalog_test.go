package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// entry makes a small package; content tells apart packages of the same name
// and version.
func entry(name, version, architecture, content string) catalog.Entry {
	file := fmt.Sprintf("%s_%s_%s.deb", name, version, architecture)
	return catalog.Entry{
		Package: catalog.Package{
			Type: catalog.Deb, Name: name, Version: version, Architecture: architecture, Source: name, SourceVersion: version,
			Stanza: fmt.Appendf(nil, "Package: %s\nVersion: %s\nArchitecture: %s\n", name, version, architecture),
			Files:  []catalog.File{{Name: file, Size: 100, SHA256: digest.Of([]byte(file + content))}},
		},
		Component: "main", Section: "misc", Priority: "optional",
	}
}

// bothWays runs a test with both ways of walking over a set.
func bothWays(t *testing.T, test func(*testing.T, *bench)) {
	t.Helper()
	run(t, func(t *testing.T, b *bench) {
		t.Run("sorted", func(t *testing.T) { test(t, b) })
	})
	run(t, func(t *testing.T, b *bench) {
		b.WalkTheIndex()
		t.Run("along the index", func(t *testing.T) { test(t, b) })
	})
}

// bench is a catalog with one repo.
type bench struct {
	*catalog.Store
	db   *db.DB
	repo catalog.Collection
}

func run(t *testing.T, test func(*testing.T, *bench)) {
	t.Helper()
	dbtest.Run(t, []db.Schema{catalog.Schema()}, func(t *testing.T, d *db.DB) {
		b := &bench{Store: catalog.New(), db: d}
		b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			b.repo, err = b.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: "tools", Component: "main"})
			return err
		})
		test(t, b)
	})
}

type failer interface {
	Helper()
	Fatal(...any)
}

func (b *bench) tx(t failer, fn func(context.Context, *db.Tx) error) {
	t.Helper()
	ctx := context.Background()
	if err := b.db.Tx(ctx, func(tx *db.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) intern(t failer, entries ...catalog.Entry) (set bitset.Set) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		set, err = b.Intern(ctx, tx, catalog.Entries(entries))
		return err
	})
	return set
}

func (b *bench) set(t failer, v catalog.View) (set bitset.Set) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		set, err = catalog.New().Set(ctx, tx, v) // a new store has nothing cached
		return err
	})
	return set
}

// names lists a set in the order of an index, as "name version arch".
func (b *bench) names(t failer, set bitset.Set, from, to *catalog.Position) (list []string) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		for l, err := range b.Range(ctx, tx, catalog.Deb, set, from, to) {
			if err != nil {
				return err
			}
			list = append(list, l.Package.Name+" "+l.Version+" "+l.Package.Architecture)
		}
		return nil
	})
	return list
}

func TestAPackageIsStoredOnceHoweverOftenItIsListed(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		hello := entry("hello", "1.0", "amd64", "")
		first := b.intern(t, hello, entry("bye", "1", "all", ""), hello)
		if first.Len() != 2 {
			t.Fatalf("two packages have %d members", first.Len())
		}
		if again := b.intern(t, entry("bye", "1", "all", ""), hello); !again.Equal(first) {
			t.Error("the same packages got other members")
		}
		moved := hello
		moved.Section = "net"
		other := b.intern(t, moved, entry("hello", "1.0", "amd64", "other bytes"))
		if other.Len() != 2 || !other.Intersect(first).IsEmpty() {
			t.Error("another section, or other content, is another member")
		}
	})
}

func TestFacetsKnowEveryMember(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		arm := b.intern(t, entry("a", "1", "arm64", ""), entry("b", "1", "arm64", ""))
		contrib := entry("c", "1", "all", "")
		contrib.Component = "contrib"
		all := b.intern(t, contrib)
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			got, err := b.OfArchitecture(ctx, tx, "arm64")
			if err != nil || !got.Equal(arm) {
				t.Errorf("arm64: %d members, %v", got.Len(), err)
			}
			if got, err := b.OfComponent(ctx, tx, "contrib"); err != nil || !got.Equal(all) {
				t.Errorf("contrib: %d members, %v", got.Len(), err)
			}
			if got, err := b.OfType(ctx, tx, catalog.Deb); err != nil || !got.Equal(arm.Union(all)) {
				t.Errorf("deb: %d members, %v", got.Len(), err)
			}
			if got, err := b.Architectures(ctx, tx, arm); err != nil || !slices.Equal(got, []string{"arm64"}) {
				t.Errorf("architectures of a set: %v, %v", got, err)
			}
			return nil
		})
	})
}

func TestEveryRevisionStaysAsItWas(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		var pool []catalog.Entry
		for i := range 40 {
			pool = append(pool, entry(fmt.Sprintf("p%02d", i), "1", "all", ""))
		}
		members := slices.Collect(b.intern(t, pool...).All())
		type state struct {
			view catalog.View
			set  bitset.Set
			at   int64
		}
		history := []state{{view: b.repo.View()}}
		rapid.Check(t, func(r *rapid.T) {
			pick := rapid.SliceOfN(rapid.SampledFrom(members), 0, 6)
			added, removed := bitset.Of(pick.Draw(r, "added")...), bitset.Of(pick.Draw(r, "removed")...)
			last := history[len(history)-1]
			want := last.set.Apply(added, removed)
			var view catalog.View
			var at int64
			b.tx(r, func(ctx context.Context, tx *db.Tx) (err error) {
				var changed bool
				if view, changed, err = b.Append(ctx, tx, b.repo, added, removed, 0); err == nil && changed == want.Equal(last.set) {
					r.Fatalf("changed is %v", changed)
				}
				at, _ = tx.Now(ctx)
				return err
			})
			if view != last.view {
				history = append(history, state{view, want, at})
			}
			old := rapid.SampledFrom(history).Draw(r, "a past state")
			if !b.set(r, old.view).Equal(old.set) {
				r.Fatalf("revision %d of %d is not as it was", old.view.Revision, len(history))
			}
			b.tx(r, func(ctx context.Context, tx *db.Tx) error {
				v, err := b.AsOf(ctx, tx, b.repo.ID, old.at)
				if err == nil && v != old.view {
					r.Fatalf("at its own time revision %d was %d", old.view.Revision, v.Revision)
				}
				return err
			})
		})
		if len(history) < 40 {
			t.Fatalf("only %d revisions: the test says little", len(history))
		}
	})
}

func TestASnapshotIsAViewByAnotherName(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		set := b.intern(t, entry("a", "1", "all", ""), entry("b", "1", "all", ""))
		var snapshot, empty catalog.View
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			none, err := b.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: "empty"})
			if err != nil {
				return err
			}
			if empty, err = b.Point(ctx, tx, none, b.repo.View(), 0); err != nil {
				return err
			}
			head, _, err := b.Append(ctx, tx, b.repo, set, bitset.Set{}, 0)
			if err != nil {
				return err
			}
			c, err := b.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: "s"})
			if err != nil {
				return err
			}
			if snapshot, err = b.Point(ctx, tx, c, head, 0); err != nil {
				return err
			}
			_, _, err = b.Append(ctx, tx, b.repo, bitset.Set{}, set, 0)
			if err != nil {
				return err
			}
			return b.Drop(ctx, tx, b.repo)
		})
		if !b.set(t, snapshot).Equal(set) {
			t.Error("the snapshot lost its packages with the repo it was made of")
		}
		if !b.set(t, empty).IsEmpty() {
			t.Error("a snapshot of nothing has packages")
		}
	})
}

func TestRangeWalksInTheOrderOfAnIndex(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, b *bench) {
		versions := []string{"1.0~rc1", "1.0", "1.0-1", "1.10", "2:0.1"}
		var entries []catalog.Entry
		for i := range 150 {
			for _, v := range versions {
				entries = append(entries, entry(fmt.Sprintf("pkg%03d", i), v, "amd64", ""))
			}
		}
		slices.Reverse(entries)
		set := b.intern(t, entries...)
		b.intern(t, entry("pkg050x", "1", "amd64", "")) // not in the set
		all := b.names(t, set, nil, nil)
		if len(all) != len(entries) {
			t.Fatalf("%d of %d", len(all), len(entries))
		}
		for i := 1; i < len(all); i++ {
			a, c := strings.Fields(all[i-1]), strings.Fields(all[i])
			if a[0] > c[0] || a[0] == c[0] && deb.Compare(a[1], c[1]) >= 0 {
				t.Fatalf("%q comes before %q", all[i-1], all[i])
			}
		}
		from := entry("pkg010", "1.0-1", "amd64", "").PositionOf()
		to := entry("pkg011", "1.0", "amd64", "").PositionOf()
		want := []string{"pkg010 1.0-1 amd64", "pkg010 1.10 amd64", "pkg010 2:0.1 amd64", "pkg011 1.0~rc1 amd64"}
		if got := b.names(t, set, &from, &to); !slices.Equal(got, want) {
			t.Errorf("a range is %q", got)
		}
	})
}

func TestSearchPagesGiveEachMemberOnce(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, b *bench) {
		var entries []catalog.Entry
		for i := range 30 {
			entries = append(entries, entry(fmt.Sprintf("lib%02d", i), "1", "amd64", ""), entry(fmt.Sprintf("lib%02d", i), "2", "all", ""))
		}
		source := entry("lib00", "1", "source", "")
		source.Type = catalog.Source
		set := b.intern(t, append(entries, source, entry("zoo", "1", "all", ""))...)
		search := func(terms catalog.Terms, limit int) (names []string) {
			b.tx(t, func(ctx context.Context, tx *db.Tx) error {
				names = nil
				for after := ""; ; {
					page, next, err := b.Search(ctx, tx, set, terms, after, limit)
					if err != nil {
						return err
					}
					for _, l := range page {
						names = append(names, l.Package.Name+"/"+string(l.Type))
					}
					if after = next; next == "" {
						return nil
					}
				}
			})
			return names
		}
		for _, c := range []struct {
			terms catalog.Terms
			want  int
		}{
			{catalog.Terms{}, 62},
			{catalog.Terms{Name: "lib0*"}, 21},
			{catalog.Terms{Name: "lib00"}, 3},
			{catalog.Terms{Version: "2"}, 30},
			{catalog.Terms{Architecture: "amd64"}, 30},
			{catalog.Terms{Type: "source"}, 1},
			{catalog.Terms{Name: "*", Component: "contrib"}, 0},
		} {
			for _, limit := range []int{1, 7, 1000} {
				if got := search(c.terms, limit); len(got) != c.want {
					t.Errorf("%+v by %d: %d, want %d", c.terms, limit, len(got), c.want)
				}
			}
		}
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			if _, _, err := b.Search(ctx, tx, set, catalog.Terms{}, "nonsense", 5); !problem.Is(err, problem.Invalid) {
				t.Errorf("a wrong place: %v", err)
			}
			return nil
		})
	})
}

func TestMergeRules(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		older := b.intern(t, entry("a", "1", "all", ""), entry("b", "3", "all", ""), entry("only", "1", "all", ""))
		newer := b.intern(t, entry("a", "2", "all", ""), entry("b", "2", "all", ""), entry("b", "1", "all", ""), entry("a", "1", "arm64", ""))
		for rule, want := range map[catalog.Rule][]string{
			catalog.KeepAll:    {"a 1 all", "a 1 arm64", "a 2 all", "b 1 all", "b 2 all", "b 3 all", "only 1 all"},
			catalog.LastSource: {"a 1 arm64", "a 2 all", "b 1 all", "b 2 all", "only 1 all"},
			catalog.Latest:     {"a 1 arm64", "a 2 all", "b 3 all", "only 1 all"},
		} {
			var merged bitset.Set
			b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
				merged, err = b.Merge(ctx, tx, []bitset.Set{older, newer}, rule)
				return err
			})
			if got := b.names(t, merged, nil, nil); !slices.Equal(got, want) {
				t.Errorf("rule %d: %q, want %q", rule, got, want)
			}
		}
	})
}

func TestDiffTellsVersionsOnBothSides(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		before := b.intern(t, entry("same", "1", "all", ""), entry("up", "1.9", "all", ""), entry("gone", "1", "all", ""))
		after := b.intern(t, entry("same", "1", "all", ""), entry("up", "1.10", "all", ""), entry("come", "1", "amd64", ""))
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			diff, err := b.Diff(ctx, tx, before, after)
			if got, want := fmt.Sprint(diff), "[{deb come amd64 main [] [1]} {deb gone all main [1] []} {deb up all main [1.9] [1.10]}]"; got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			return err
		})
	})
}

func TestClashesFindOtherContentOfTheSameVersion(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		old := b.intern(t, entry("a", "1", "all", ""), entry("b", "1", "all", ""))
		fresh := b.intern(t, entry("a", "1", "all", "other"), entry("b", "2", "all", ""))
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			clashes, err := b.Clashes(ctx, tx, old.Union(fresh), fresh)
			if len(clashes) != 1 || len(clashes[0]) != 2 || !old.Contains(clashes[0][0].Member) || !fresh.Contains(clashes[0][1].Member) {
				t.Errorf("clashes: %v", clashes)
			}
			return err
		})
	})
}

func TestNamesAreTakenOnceAndFreedByDropping(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			if _, err := b.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: "tools"}); !problem.Is(err, problem.Conflict) {
				t.Errorf("a taken name: %v", err)
			}
			for _, bad := range []string{"", "../x", "a b", "-x", "a/b", strings.Repeat("x", 300)} {
				if _, err := b.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: bad}); !problem.Is(err, problem.Invalid) {
					t.Errorf("name %q: %v", bad, err)
				}
			}
			if err := b.Drop(ctx, tx, b.repo); err != nil {
				return err
			}
			if _, err := b.ByName(ctx, tx, catalog.Repo, "tools"); !problem.Is(err, problem.NotFound) {
				t.Errorf("a dropped name: %v", err)
			}
			_, err := b.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: "tools"})
			return err
		})
	})
}

func TestARevisionThatFailedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		lost, kept := b.intern(t, entry("lost", "1", "all", "")), b.intern(t, entry("kept", "1", "all", ""))
		add := func(set bitset.Set, fail error) (v catalog.View) {
			err := b.db.Tx(t.Context(), func(tx *db.Tx) (err error) {
				if v, _, err = b.Append(t.Context(), tx, b.repo, set, bitset.Set{}, 0); err != nil {
					return err
				}
				if _, err = b.Set(t.Context(), tx, v); err != nil {
					return err
				}
				return fail
			})
			if err != fail {
				t.Fatal(err)
			}
			return v
		}
		failed := add(lost, context.Canceled)
		if v := add(kept, nil); v != failed {
			t.Fatalf("the revision is %v, that which failed was %v", v, failed)
		}
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			if set, err := b.Set(ctx, tx, failed); err != nil || !set.Equal(kept) {
				t.Errorf("the revision has the members of the one that failed: %v", err)
			}
			return nil
		})
	})
}
