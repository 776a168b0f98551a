package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/query"
)

func compile(t failer, text string) *query.Plan {
	t.Helper()
	q, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := query.Compile(q)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// match gives what a query finds.
func (b *bench) match(t failer, set bitset.Set, text string) (found bitset.Set) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		found, err = b.Match(ctx, ctx, tx, set, compile(t, text))
		return err
	})
	return found
}

// plainly is a member as a query sees it without any index.
type plainly struct{ catalog.Listed }

func (p plainly) Name() string                   { return p.Package.Name }
func (p plainly) Version() string                { return p.Package.Version }
func (p plainly) Architecture() string           { return p.Package.Architecture }
func (p plainly) Source() (name, version string) { return p.Package.Source, p.SourceVersion }
func (p plainly) Provides() []query.Provided     { return query.ParseProvides(p.Field("Provides")) }
func (p plainly) Type() string {
	if p.Package.Type == catalog.DDeb {
		return "deb"
	}
	return string(p.Package.Type)
}

func (p plainly) Field(name string) string {
	switch name {
	case "Section":
		return p.Section
	case "Priority":
		return p.Priority
	}
	s, err := deb822.Parse(p.Stanza)
	if err != nil {
		return err.Error()
	}
	return string(s.Get(name))
}

func anyEntry() *rapid.Generator[catalog.Entry] {
	return rapid.Custom(func(t *rapid.T) catalog.Entry {
		pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
		e := entry(pick("name", "a", "ab", "b"), pick("version", "1", "2", "10"), pick("architecture", "amd64", "arm64", "all"), pick("content", "", "x"))
		e.Type = rapid.SampledFrom([]catalog.Type{catalog.Deb, catalog.Deb, catalog.UDeb, catalog.DDeb, catalog.Source}).Draw(t, "type")
		if e.Type == catalog.Source {
			e.Package.Architecture = "source"
		}
		e.Source, e.SourceVersion = pick("source", "s", "a"), pick("source version", "1", "3")
		e.Section, e.Priority = pick("section", "net", "misc"), pick("priority", "", "optional")
		e.Stanza = fmt.Appendf(nil, "Package: %s\nprovides: %s\nTag: %s\n", e.Package.Name, pick("provides", "b", "v (= 2),\n  a", "v, v (= 3)"), pick("tag", "one", "two"))
		return e
	})
}

func TestAQueryFindsWhatItHoldsFor(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		var all bitset.Set
		rapid.Check(t, func(t *rapid.T) {
			fresh := b.intern(t, rapid.SliceOfN(anyEntry(), 0, 20).Draw(t, "entries")...)
			all = all.Union(fresh)
			set := all
			if rapid.Bool().Draw(t, "few") {
				set = fresh
			}
			text := rapid.SampledFrom([]string{
				"a", "v", "v (= 2)", "b (>> 1) {arm64}", "a_10_amd64", "Name (% a*)", "Version (>= 2)", "$Version (= 10)", "$Architecture (amd64)", "Architecture (all)",
				"$PackageType (deb)", "$PackageType (% *deb)", "!$PackageType (source)", "$Source (a)", "$Source (~ .)", "!$SourceVersion (3)", "Tag (two)", "Section (net), Priority",
				"Tag (one) | v", "!(a | Tag (~ w))", "Missing", "!Provides (~ b)", "v | b | x",
			}).Draw(t, "query")
			plan := compile(t, text)
			var want bitset.Builder
			b.tx(t, func(ctx context.Context, tx *db.Tx) error {
				list, err := b.Listings(ctx, tx, set)
				for _, l := range list {
					if ok, err := plan.Match(ctx, plainly{l}); err != nil || ok {
						want.Add(l.Member)
					}
				}
				return err
			})
			if got, want := slices.Collect(b.match(t, set, text).All()), slices.Collect(want.Set().All()); !slices.Equal(got, want) {
				t.Fatalf("%s: got %v, want %v", text, got, want)
			}
		})
	})
}

func TestWhatAFailedTransactionReadIsForgotten(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		first := b.intern(t, entry("first", "1", "all", ""))
		fails := errors.New("no")
		err := b.db.Tx(t.Context(), func(tx *db.Tx) error {
			lost, err := b.Intern(t.Context(), tx, catalog.Entries([]catalog.Entry{entry("lost", "1", "all", "")}))
			if err != nil {
				return err
			}
			found, err := b.Match(t.Context(), t.Context(), tx, first.Union(lost), compile(t, "lost"))
			if err != nil || found.Len() != 1 {
				t.Errorf("inside the transaction: %d packages, %v", found.Len(), err)
			}
			return fails
		})
		if !errors.Is(err, fails) {
			t.Fatal(err)
		}
		kept := b.intern(t, entry("kept", "1", "all", "")) // with the id of the lost one
		set := first.Union(kept)
		if got := b.match(t, set, "lost"); !got.IsEmpty() {
			t.Error("a package that never was is found")
		}
		if got := b.match(t, set, "kept"); !got.Equal(kept) {
			t.Error("the one that took its place is not")
		}
	})
}

func TestQueriesReadNoRowsTwice(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		var entries []catalog.Entry
		for i := range 3000 {
			entries = append(entries, entry(fmt.Sprint("p", i), "1", "amd64", ""))
		}
		set := b.intern(t, entries...)
		rows := func(text string, want int) int64 {
			before := b.db.RowsRead()
			if got := b.match(t, set, text).Len(); got != want {
				t.Errorf("%s finds %d packages, not %d", text, got, want)
			}
			return b.db.RowsRead() - before
		}
		if got := rows("p7", 1); got < 3000 {
			t.Errorf("the first query read %d rows", got)
		}
		if got := rows("p8 | Name (% p9?)", 11); got != 0 {
			t.Errorf("the next one read %d rows", got)
		}
		if got := rows("p8, Tag (x) | Section (misc), Name (p5)", 1); got > 1 {
			t.Errorf("one that looks into a stanza read %d rows", got)
		}
		b.ForgetAbove(2000)
		if got := rows("p7", 1); got < 3000 {
			t.Errorf("past the bound, a query read %d rows", got)
		}
	})
}

func TestAQueryEndsInTime(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		set := b.intern(t, entry("a", "1", "all", ""))
		late := errors.New("too late")
		within, cancel := context.WithTimeoutCause(t.Context(), -time.Second, late)
		defer cancel()
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			if _, err := b.Match(ctx, within, tx, set, compile(t, "Name (~ a)")); !errors.Is(err, late) {
				t.Errorf("got %v", err)
			}
			return nil // and the transaction is as good as before
		})
	})
}

func TestKeysTellPackagesApart(t *testing.T) {
	t.Parallel()
	for _, k := range []catalog.PackageKey{
		{Architecture: "source", Name: "pyspi", Version: "0.6.1-1.3", FilesHash: 0x3a8b37cbd9a3559e},
		{Architecture: "i386", Name: "libboost-program-options-dev", Version: "1.49.0.1", FilesHash: 0x12},
		{Architecture: "all", Name: "a", Version: "1:2~3", Short: true},
	} {
		again, err := catalog.ParseKey(k.String())
		if diff := cmp.Diff(k, again); diff != "" || err != nil {
			t.Errorf("%s: %v %s", k, err, diff)
		}
	}
	if got := (catalog.PackageKey{Architecture: "i386", Name: "a", Version: "1", FilesHash: 0x12}).String(); got != "Pi386 a 1 00000012" {
		t.Errorf("a small hash is written as %q", got)
	}
	for _, bad := range []string{"", "P", "Pall a", "all a 1 2", "Pall a 1 2 3", "P a 1", "Pall  1 2", "Pall a 1 xyz", "Pall a 1 11112222333344445"} {
		if k, err := catalog.ParseKey(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, k)
		}
	}
}

// FuzzParseKey: what is read as a key is written as one that reads the same.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"Psource pyspi 0.6.1-1.3 3a8b37cbd9a3559e", "Pall a 1:2~3", "Pi386 a 1 0", "P", "Pamd64  1 2", "Pamd64 a 1 +12"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := catalog.ParseKey(text)
		if err != nil {
			return
		}
		if again, err := catalog.ParseKey(k.String()); err != nil || again != k {
			t.Errorf("%q is %+v, but %q is %+v (%v)", text, k, k.String(), again, err)
		}
	})
}
