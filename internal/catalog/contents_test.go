package catalog_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAFileListIsSortedAndHasEachPathOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		paths := rapid.SliceOf(rapid.StringMatching(`[a-c/ .~é]{1,6}`)).Draw(t, "paths")
		list, err := catalog.PackFiles(paths)
		if err != nil {
			t.Fatal(err)
		}
		got, err := list.Paths()
		want := slices.Compact(slices.Sorted(slices.Values(paths)))
		if err != nil || !slices.Equal(got, want) || !list.Readable() {
			t.Fatalf("got %q of %q, %v", got, paths, err)
		}
	})
}

func TestAPathThatWouldBreakAListIsRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "a\nb", "\n"} {
		if _, err := catalog.PackFiles([]string{"usr/bin/a", path}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// packed gives the list of paths that must be good.
func packed(t failer, paths ...string) catalog.FileList {
	t.Helper()
	list, err := catalog.PackFiles(paths)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// missing tells which members have no list, and how many rows that took.
func (b *bench) missing(t failer, set bitset.Set) (missing bitset.Set, rows int64) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		missing, err = b.MissingFileLists(ctx, tx, set)
		rows = tx.RowsRead()
		return err
	})
	return missing, rows
}

// packageOf gives the id of a member's package.
func (b *bench) packageOf(t failer, member bitset.Set) (id int64) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) error {
		list, err := b.Positions(ctx, tx, member)
		if err == nil {
			id = list[0].ID
		}
		return err
	})
	return id
}

func (b *bench) putFiles(t failer, lists map[int64]catalog.FileList) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) error { return b.PutFileLists(ctx, tx, lists) })
}

func TestAFileListIsOfThePackageHoweverItIsListed(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		e := entry("hello", "1", "amd64", "")
		first := b.intern(t, e)
		id := b.packageOf(t, first)
		if got, _ := b.missing(t, first); !got.Equal(first) {
			t.Errorf("at first %d lists are missing", got.Len())
		}
		b.putFiles(t, map[int64]catalog.FileList{id: packed(t, "usr/bin/hello")})
		b.putFiles(t, map[int64]catalog.FileList{id: packed(t, "usr/bin/other")}) // too late
		e.Section = "net"
		both := first.Union(b.intern(t, e))
		if got, rows := b.missing(t, both); !got.IsEmpty() || rows > 2 {
			t.Errorf("%d lists are missing, which %d rows told", got.Len(), rows)
		}
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			var sections []string
			for m, err := range b.FileLists(ctx, tx, both) {
				if err != nil {
					return err
				}
				paths, err := m.Files.Paths()
				if err != nil || !slices.Equal(paths, []string{"usr/bin/hello"}) || m.Name != "hello" {
					t.Errorf("%s has %q, %v", m.Name, paths, err)
				}
				sections = append(sections, m.Section)
			}
			if slices.Sort(sections); !slices.Equal(sections, []string{"misc", "net"}) {
				t.Errorf("sections %q", sections)
			}
			return nil
		})
	})
}

func TestAnUnreadableFileListIsNotThatOfAnEmptyPackage(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		damaged, empty, unread := b.intern(t, entry("damaged", "1", "all", "")), b.intern(t, entry("empty", "1", "all", "")), b.intern(t, entry("unread", "1", "all", ""))
		b.putFiles(t, map[int64]catalog.FileList{b.packageOf(t, damaged): {}, b.packageOf(t, empty): packed(t)})
		if got, _ := b.missing(t, damaged.Union(empty).Union(unread)); !got.Equal(unread) {
			t.Errorf("%d lists are missing", got.Len())
		}
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			for m, err := range b.FileLists(ctx, tx, damaged.Union(empty)) {
				if err != nil {
					return err
				}
				if paths, err := m.Files.Paths(); len(paths) > 0 || err != nil || m.Files.Readable() != (m.Name == "empty") {
					t.Errorf("%s: readable %v, %q, %v", m.Name, m.Files.Readable(), paths, err)
				}
			}
			for _, err := range b.FileLists(ctx, tx, unread) {
				if !problem.Is(err, problem.Internal) || !strings.Contains(err.Error(), "unread") {
					t.Errorf("files that nobody read: %v", err)
				}
			}
			return nil
		})
	})
}

func TestLookingForFileListsThatAreAllThereReadsNoRowsOfPackages(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		var entries []catalog.Entry
		for i := range 500 {
			entries = append(entries, entry("package-"+string(rune('a'+i%26)), strings.Repeat("1", 1+i/26), "amd64", ""))
		}
		set := b.intern(t, entries...)
		lists := map[int64]catalog.FileList{}
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			list, err := b.Positions(ctx, tx, set)
			for _, l := range list {
				lists[l.ID] = packed(t, "usr/share/"+l.Position.Name)
			}
			return err
		})
		b.putFiles(t, lists)
		if got, rows := b.missing(t, set); !got.IsEmpty() || rows > 1 {
			t.Errorf("%d lists are missing, which %d rows told", got.Len(), rows)
		}
	})
}

func TestNamesakesAreMembersOfTheSetAlone(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		set := b.intern(t, entry("a", "1", "amd64", ""), entry("a", "2", "all", ""), entry("b", "1", "amd64", ""), entry("ab", "1", "amd64", ""))
		b.intern(t, entry("a", "3", "amd64", ""))
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			list, err := b.Namesakes(ctx, tx, catalog.Deb, []string{"a", "b", "none"}, set)
			var got []string
			for _, l := range list {
				got = append(got, l.Position.Name+" "+l.Version)
			}
			if slices.Sort(got); !slices.Equal(got, []string{"a 1", "a 2", "b 1"}) {
				t.Errorf("got %q", got)
			}
			return err
		})
	})
}
