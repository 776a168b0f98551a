package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
)

// benchMembers is what some ten suites of Debian have.
const benchMembers = 250_000

// benchEntry makes the packages of a big archive, each in four versions, with
// control text as long as is common.
func benchEntry(i int) catalog.Entry {
	e := entry(fmt.Sprintf("lib-package-%d", i/4), fmt.Sprintf("%d.%d-%d", i%7, i%100, i%4), []string{"amd64", "amd64", "arm64", "all"}[i%4], "")
	e.Source = fmt.Sprintf("source-%d", i/12)
	e.Stanza = fmt.Appendf(e.Stanza, "Maintainer: Team %d <team@example.org>\nDepends: lib-package-%d, lib-package-%d (>= 1) | virtual-%d\n", i%500, i/8, i/16, i%50)
	if i%50 == 0 {
		e.Stanza = fmt.Appendf(e.Stanza, "Provides: virtual-%d (= %s)\n", i%500, e.Version)
	}
	e.Stanza = append(append(e.Stanza, "Description: a package\n "...), strings.Repeat("words ", 100)...)
	e.Stanza = append(e.Stanza, '\n')
	return e
}

func newBench(b testing.TB, members int) (*bench, bitset.Set) {
	b.Helper()
	x := &bench{Store: catalog.New(), db: dbtest.New(b, catalog.Schema())}
	var all bitset.Set
	x.tx(b, func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = x.Intern(ctx, tx, func(yield func(catalog.Entry, error) bool) {
			for i := range members {
				if !yield(benchEntry(i), nil) {
					return
				}
			}
		})
		return err
	})
	return x, all
}

// BenchmarkMatch answers queries over 250,000 members whose columns are at hand.
func BenchmarkMatch(b *testing.B) {
	x, all := newBench(b, benchMembers)
	for name, text := range map[string]string{
		"name": "lib-package-777", "provides": "virtual-50 (>= 1)", "glob": "Name (% lib-package-*77)", "regexp": "Name (~ '-7[0-9]+7$')",
		"version": "$Version (>= 5)", "source": "$Source (source-77)", "section": "Section (misc), Name (% *9)", "field": "Maintainer (~ 'Team 3[0-9]* '), Name (% *77)",
		"every field": "Maintainer (~ 'Team 7 ')",
	} {
		b.Run(name, func(b *testing.B) {
			x.match(b, all, "Name (x)") // what is read once
			var found int
			for b.Loop() {
				found = x.match(b, all, text).Len()
			}
			if found == 0 {
				b.Error("nothing found")
			}
			b.ReportMetric(float64(found), "found")
		})
	}
}

// BenchmarkSets is the work on sets of 60,000 members whose columns are at hand,
// and how long it takes to have them.
func BenchmarkSets(b *testing.B) {
	x, all := newBench(b, 60_000)
	var first, second bitset.Builder
	for id := range all.All() {
		if first.Add(id); id%10 == 0 {
			second.Add(id)
		}
	}
	one, other := first.Set(), second.Set()
	for name, work := range map[string]func(context.Context, *db.Tx) error{
		"cold": func(ctx context.Context, tx *db.Tx) error {
			_, err := catalog.New().Newest(ctx, tx, all)
			return err
		},
		"merge": func(ctx context.Context, tx *db.Tx) error {
			_, err := x.Merge(ctx, tx, []bitset.Set{one, other}, catalog.LastSource)
			return err
		},
		"latest": func(ctx context.Context, tx *db.Tx) error {
			_, err := x.Merge(ctx, tx, []bitset.Set{one, other}, catalog.Latest)
			return err
		},
		"list": func(ctx context.Context, tx *db.Tx) error {
			_, err := x.Summaries(ctx, tx, all)
			return err
		},
		"needs": func(ctx context.Context, tx *db.Tx) error {
			_, err := x.Needs(ctx, tx, all, bitset.Of(50_000, 50_004), closure.Options{Architectures: []string{"amd64"}})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				x.tx(b, work)
			}
		})
	}
}

// BenchmarkThinning is how long others that write wait for one transaction of each
// kind that garbage collection makes, over 60,000 packages.
func BenchmarkThinning(b *testing.B) {
	x, all := newBench(b, 60_000)
	members := slices.Collect(all.All())
	x.tx(b, func(ctx context.Context, tx *db.Tx) (err error) {
		x.repo, err = x.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: "tools"})
		if err == nil {
			_, _, err = x.Append(ctx, tx, x.repo, all, bitset.Set{}, 0)
		}
		return err
	})
	b.Run("revisions", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			first := x.shrink(b, &members, catalog.ThinBatch+1)
			b.StartTimer()
			x.tx(b, func(ctx context.Context, tx *db.Tx) error {
				thinned, err := x.Thin(ctx, tx, x.repo.ID, first, first+catalog.ThinBatch-1)
				if err == nil && !thinned {
					b.Error("nothing was thinned")
				}
				return err
			})
		}
	})
	b.Run("members", func(b *testing.B) {
		for b.Loop() {
			p, part := x.BeginPrune(), members[:catalog.PruneBatch]
			members = members[catalog.PruneBatch:]
			x.tx(b, func(ctx context.Context, tx *db.Tx) error {
				_, err := p.Drop(ctx, tx, bitset.Of(part...))
				return err
			})
			p.End()
		}
	})
}

// shrink makes revisions that each remove a member, and gives the first of them.
func (b *bench) shrink(t testing.TB, members *[]uint32, revisions int) (first int64) {
	for range revisions {
		gone := bitset.Of((*members)[0])
		*members = (*members)[1:]
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			v, _, err := b.Append(ctx, tx, b.repo, bitset.Set{}, gone, 0)
			if first == 0 {
				first = v.Revision
			}
			return err
		})
	}
	return first
}
