package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// pastState is a revision as the test remembers it.
type pastState struct {
	view catalog.View
	set  bitset.Set
	at   int64
	gone bool
}

// history makes revisions of the repo, each adding and removing some members.
func (b *bench) history(t failer, members []uint32, revisions int) (states []pastState) {
	t.Helper()
	var set bitset.Set
	for i := range revisions {
		s := pastState{}
		added, removed := bitset.Of(members[i%len(members)]), bitset.Of(members[(i+len(members)/2)%len(members)])
		set = set.Apply(added, removed)
		b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			s.view, _, err = b.Append(ctx, tx, b.repo, added, removed, 0)
			s.at, _ = tx.Now(ctx)
			return err
		})
		s.set = set
		states = append(states, s)
	}
	return states
}

func (b *bench) thin(t failer, from, to int64) (thinned bool) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		thinned, err = b.Thin(ctx, tx, b.repo.ID, from, to)
		return err
	})
	return thinned
}

// asOf gives the view of the repo at an instant, and whether it is kept.
func (b *bench) asOf(t failer, at int64) (v catalog.View, kept bool) {
	t.Helper()
	b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		v, err = b.AsOf(ctx, tx, b.repo.ID, at)
		kept = err == nil
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		return err
	})
	return v, kept
}

// TestThinningKeepsTheOtherStatesAndTellsOfThoseThatAreGone drops any revisions in
// any order: what is left is as it was, and the times of what went give nothing.
func TestThinningKeepsTheOtherStatesAndTellsOfThoseThatAreGone(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		var pool []catalog.Entry
		for i := range 30 {
			pool = append(pool, entry(fmt.Sprintf("p%02d", i), "1", "all", ""))
		}
		members := slices.Collect(b.intern(t, pool...).All())
		states := b.history(t, members, 70)
		before := states[0].at - 1
		rapid.Check(t, func(r *rapid.T) {
			i := rapid.IntRange(0, len(states)-2).Draw(r, "from")
			if states[i].gone {
				return
			}
			j := i
			for most := rapid.IntRange(1, 5).Draw(r, "length"); j+1 < len(states)-1 && !states[j+1].gone && j-i+1 < most; {
				j++
			}
			if !b.thin(r, states[i].view.Revision, states[j].view.Revision) {
				r.Fatal("nothing was thinned")
			}
			for k := i; k <= j; k++ {
				states[k].gone = true
			}
			b.checkStates(r, states)
			if v, kept := b.asOf(r, before); !kept || v.Revision != 0 {
				r.Fatalf("before the first revision there is %v, %t", v, kept)
			}
		})
	})
}

func (b *bench) checkStates(t *rapid.T, states []pastState) {
	t.Helper()
	var union bitset.Set
	for i, s := range states {
		until := s.at + 1
		if i+1 < len(states) {
			until = states[i+1].at - 1
		}
		for _, at := range []int64{s.at, until} {
			if v, kept := b.asOf(t, at); kept == s.gone || kept && v != s.view {
				t.Fatalf("revision %d (gone: %t) at %d is %v, %t", s.view.Revision, s.gone, at, v, kept)
			}
		}
		if s.gone {
			continue
		}
		union = union.Union(s.set)
		if !b.set(t, s.view).Equal(s.set) {
			t.Fatalf("revision %d is not as it was", s.view.Revision)
		}
	}
	b.tx(t, func(ctx context.Context, tx *db.Tx) error {
		ever, err := b.Ever(ctx, tx)
		if err == nil && !ever.Equal(union) {
			t.Fatal("what the revisions list together is not what they list each")
		}
		return err
	})
}

func TestWhatIsNeededIsNotThinned(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		members := slices.Collect(b.intern(t, entry("a", "1", "all", ""), entry("b", "1", "all", ""), entry("c", "1", "all", "")).All())
		states := b.history(t, members, 5)
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			snapshot, err := b.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: "monday"})
			if err != nil {
				return err
			}
			_, err = b.Point(ctx, tx, snapshot, states[2].view, 0)
			return err
		})
		if b.thin(t, 2, 3) {
			t.Error("what a snapshot is the same as is gone")
		}
		if b.thin(t, 4, 5) {
			t.Error("the newest state is gone")
		}
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			pasts, err := b.Pasts(ctx, tx, b.repo.ID)
			if err != nil {
				return err
			}
			pinned, err := b.Pinned(ctx, tx, b.repo.ID)
			if len(pinned) != 1 || !pinned[3] {
				t.Errorf("pinned are %v", pinned)
			}
			for i, p := range pasts {
				if p.At != states[i].at || p.Number != int64(i+1) || i < 4 && p.Until != states[i+1].at {
					t.Errorf("revision %d is told as %+v", i+1, p)
				}
			}
			return err
		})
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			c, err := b.ByID(ctx, tx, b.repo.ID)
			if err != nil {
				return err
			}
			return b.Drop(ctx, tx, c)
		})
		if !b.thin(t, 4, 5) {
			t.Error("the newest state of a dropped collection stays")
		}
	})
}

func TestPruningDropsWhatNothingLists(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		listed := b.intern(t, entry("listed", "1", "amd64", ""))
		unlisted := b.intern(t, entry("unlisted", "1", "arm64", ""), entry("unlisted", "2", "arm64", ""))
		elsewhere := entry("listed", "1", "amd64", "")
		elsewhere.Component = "contrib" // another member of the same package
		relisted := b.intern(t, elsewhere)
		needed := b.intern(t, entry("needed", "1", "amd64", ""))
		interned := entry("interned", "1", "all", "")
		late := b.intern(t, interned, entry("appended", "1", "all", ""))
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, _, err := b.Append(ctx, tx, b.repo, listed, bitset.Set{}, 0)
			return err
		})
		p := b.BeginPrune()
		defer p.End()
		var found bitset.Set
		b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			found, err = b.Unlisted(ctx, tx, needed)
			return err
		})
		if want := unlisted.Union(relisted).Union(late); !found.Equal(want) {
			t.Fatalf("unlisted are %v, not %v", slices.Collect(found.All()), slices.Collect(want.All()))
		}
		b.intern(t, interned) // saves it
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, _, err := b.Append(ctx, tx, b.repo, late, bitset.Set{}, 0) // and this the other
			return err
		})
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			n, err := p.Drop(ctx, tx, found)
			if n != (catalog.Pruned{Members: 3, Packages: 2}) {
				t.Errorf("%+v went", n)
			}
			return err
		})
		for _, test := range []struct {
			set  bitset.Set
			want []string
		}{
			{listed, []string{"listed 1 amd64"}}, {needed, []string{"needed 1 amd64"}}, {late, []string{"appended 1 all", "interned 1 all"}},
		} {
			if got := b.names(t, test.set, nil, nil); !slices.Equal(got, test.want) {
				t.Errorf("%v are left of %v", got, test.want)
			}
		}
		b.tx(t, func(ctx context.Context, tx *db.Tx) error {
			for table, want := range map[string]int{"package": 4, "package_file": 4, "member": 4} {
				if n, err := db.One(ctx, tx, db.Value[int], "SELECT COUNT(*) FROM "+table); err != nil || n != want {
					t.Errorf("%s has %d rows, %v", table, n, err)
				}
			}
			arm, err := b.OfArchitecture(ctx, tx, "arm64")
			if err != nil || !arm.IsEmpty() {
				t.Errorf("arm64 has %v, %v", slices.Collect(arm.All()), err)
			}
			return nil
		})
		again := b.intern(t, entry("unlisted", "1", "arm64", ""))
		if !again.Intersect(unlisted).IsEmpty() {
			t.Error("a member's id was given anew")
		}
		if got := b.names(t, again, nil, nil); !slices.Equal(got, []string{"unlisted 1 arm64"}) {
			t.Errorf("what came back is %v", got)
		}
	})
}
