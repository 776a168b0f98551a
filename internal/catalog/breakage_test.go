package catalog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// with adds lines to the control text of a package.
func with(e catalog.Entry, lines ...string) catalog.Entry {
	e.Stanza = append(e.Stanza, strings.Join(lines, "\n")+"\n"...)
	return e
}

// tellBreakage writes what is broken: "a: a > b Depends c".
func tellBreakage(b catalog.Breakage) string {
	var text strings.Builder
	for _, x := range b.Broken {
		fmt.Fprintf(&text, "%s:", x.Package.Name)
		for _, s := range x.Chain {
			fmt.Fprintf(&text, " > %s %s", s.Name, s.Version)
		}
		fmt.Fprintf(&text, " %s %s\n", x.Field, x.Relation)
	}
	return text.String()
}

func (b *bench) breakage(t *testing.T, before, after bitset.Set, architecture string) (found catalog.Breakage) {
	t.Helper()
	err := b.db.Read(t.Context(), func(tx *db.Tx) (err error) {
		found, err = b.Breakage(t.Context(), tx, before, after, architecture, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestBreakageIsThatOfOneArchitecture(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		tool := b.intern(t,
			with(entry("tool", "1", "amd64", ""), "Depends: lib (>= 2), data"), with(entry("tool", "1", "arm64", ""), "Depends: lib (>= 2), data"),
			entry("lib", "2", "arm64", ""), entry("data", "1", "all", ""))
		old, newer := b.intern(t, entry("lib", "2", "amd64", "")), b.intern(t, entry("lib", "1", "amd64", ""))
		before, after := tool.Union(old), tool.Union(newer)
		got := b.breakage(t, before, after, "amd64")
		if want := "tool: > tool 1 Depends lib (>= 2)\n"; tellBreakage(got) != want || got.Candidates != 3 || got.BrokenCount != 1 {
			t.Errorf("%d of %d are broken:\n%swant\n%s", got.BrokenCount, got.Candidates, tellBreakage(got), want)
		}
		if got := b.breakage(t, before, after, "arm64"); got.BrokenCount != 0 || got.Candidates != 3 {
			t.Errorf("arm64: %d of %d are broken:\n%s", got.BrokenCount, got.Candidates, tellBreakage(got))
		}
	})
}

func TestBreakageLooksAtWhatMachinesInstall(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		installer := entry("tool-udeb", "1", "amd64", "")
		installer.Type = catalog.UDeb
		source := entry("tool", "1", "source", "")
		source.Type = catalog.Source
		after := b.intern(t, with(installer, "Depends: none"), with(source, "Build-Depends: none", "Depends: none"), with(entry("tool", "1", "amd64", ""), "Depends: none"))
		if got := tellBreakage(b.breakage(t, bitset.Set{}, after, "amd64")); got != "tool: > tool 1 Depends none\n" {
			t.Errorf("broken:\n%s", got)
		}
	})
}

// TestBreakageForgetsWhatWasNeverStored looks into a transaction that is undone,
// whose ids others get afterwards.
func TestBreakageForgetsWhatWasNeverStored(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		undone := fmt.Errorf("undone")
		err := b.db.Tx(t.Context(), func(tx *db.Tx) error {
			set, err := b.Intern(t.Context(), tx, catalog.Entries([]catalog.Entry{with(entry("tool", "1", "amd64", ""), "Depends: none")}))
			if err != nil {
				return err
			}
			found, err := b.Breakage(t.Context(), tx, bitset.Set{}, set, "amd64", 0)
			if err != nil || found.BrokenCount != 1 {
				t.Errorf("within: %d are broken, %v", found.BrokenCount, err)
			}
			return undone
		})
		if err != undone {
			t.Fatal(err)
		}
		after := b.intern(t, entry("tool", "1", "amd64", ""))
		if got := b.breakage(t, bitset.Set{}, after, "amd64"); got.BrokenCount != 0 {
			t.Errorf("broken:\n%s", tellBreakage(got))
		}
	})
}

func TestBreakageEndsWithItsContext(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		after := b.intern(t, entry("tool", "1", "amd64", ""))
		err := b.db.Read(t.Context(), func(tx *db.Tx) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := b.Breakage(ctx, tx, bitset.Set{}, after, "amd64", 0)
			return err
		})
		if err == nil {
			t.Error("it went on")
		}
	})
}
