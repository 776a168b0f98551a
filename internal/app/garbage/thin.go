package garbage

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// state is one of a history, to be kept or not.
type state struct {
	number int64
	span   catalog.Span
	kept   *int // what counts it, if it is kept
}

// keep decides about a state that nothing has decided about.
func (s *state) keep(because *int, yes bool) {
	if yes && s.kept == nil {
		s.kept = because
	}
}

// runs gives the states that go, in rows of at most some that are next to each
// other, the newest first: so what is left is whole after each.
func runs(states []state, most int) (list [][2]int64) {
	length := 0
	for _, s := range slices.Backward(states) {
		switch {
		case s.kept != nil:
			length = 0
			continue
		case length == 0 || length == most:
			list, length = append(list, [2]int64{s.number, s.number}), 1
		default:
			list[len(list)-1][0] = s.number
			length++
		}
	}
	return list
}

// thinPublications drops releases.
func (c *collector) thinPublications(ctx context.Context) error {
	list, err := usecase.View(ctx, c.app.k, func(tx *db.Tx) ([]publish.Ended, error) { return c.app.publish.Histories(ctx, tx) })
	if err != nil {
		return err
	}
	for i, p := range list {
		c.progress("thin the releases of publications", i, len(list))
		pasts, err := usecase.View(ctx, c.app.k, func(tx *db.Tx) ([]publish.Past, error) { return c.app.publish.Pasts(ctx, tx, p) })
		if err != nil {
			return err
		}
		inUse, err := c.app.k.Holds.InUseSince(ctx) // which is asked after the states were read
		if err != nil {
			return err
		}
		grace := c.app.k.Grace()
		recent := min(grace.Since, inUse)
		states := make([]state, len(pasts))
		spans := make([]catalog.Span, len(pasts))
		for i, past := range pasts {
			states[i], spans[i] = state{number: past.Number, span: past.Span}, past.Span
		}
		keeps, kept := p.Retention.Keeps(spans, c.app.k.Now()), &c.report.Kept
		for i := range states {
			s := &states[i]
			s.keep(&kept.Newest, p.DroppedAt == 0 && i == len(states)-1)
			s.keep(&kept.Pinned, pasts[i].Pinned)
			s.keep(&kept.Retention, keeps[i])
			s.keep(&kept.Grace, s.span.Until > recent || p.DroppedAt == 0 && s.number >= p.InGrace(grace))
		}
		err = c.drop(ctx, states, publish.ThinBatch, &c.report.Releases, func(tx *db.Tx, from, to int64) (bool, error) {
			return c.app.publish.Thin(ctx, tx, p.ID, from, to)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pastCollection is a collection with its states.
type pastCollection struct {
	catalog.Collection
	dropped bool
	pasts   []catalog.Past
}

// thinCollections drops revisions. Of a collection that was dropped only what
// something else needs is kept.
//
// The order of the looks matters. Work that builds upon a state, such as a publish,
// is under way at the second look, or its release is there at the third, or it began
// later: then it builds upon what the first look saw as the newest, or later states.
func (c *collector) thinCollections(ctx context.Context) error {
	list, err := c.pastCollections(ctx)
	if err != nil {
		return err
	}
	recent, err := c.app.k.Holds.InUseSince(ctx)
	if err != nil {
		return err
	}
	views, err := usecase.View(ctx, c.app.k, func(tx *db.Tx) (map[catalog.View]bool, error) { return c.app.publish.Views(ctx, tx) })
	if err != nil {
		return err
	}
	for i, k := range list {
		c.progress("thin the states of collections", i, len(list))
		if err := c.thinCollection(ctx, k, recent, views); err != nil {
			return err
		}
	}
	return nil
}

// pastCollections reads all histories. A snapshot is the same as a view of something
// older, which goes after it: so the youngest collections come first.
func (c *collector) pastCollections(ctx context.Context) ([]pastCollection, error) {
	return usecase.View(ctx, c.app.k, func(tx *db.Tx) ([]pastCollection, error) {
		list, dropped, err := c.app.k.Catalog.Histories(ctx, tx)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(list, func(a, b catalog.Collection) int { return cmp.Compare(b.ID, a.ID) })
		all := make([]pastCollection, len(list))
		for i, k := range list {
			all[i] = pastCollection{Collection: k, dropped: dropped[k.ID]}
			if all[i].pasts, err = c.app.k.Catalog.Pasts(ctx, tx, k.ID); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}

func (c *collector) thinCollection(ctx context.Context, k pastCollection, recent int64, views map[catalog.View]bool) error {
	pinned, err := usecase.View(ctx, c.app.k, func(tx *db.Tx) (map[int64]bool, error) { return c.app.k.Catalog.Pinned(ctx, tx, k.ID) })
	if err != nil {
		return err
	}
	states := make([]state, len(k.pasts))
	spans := make([]catalog.Span, len(k.pasts))
	for i, past := range k.pasts {
		states[i], spans[i] = state{number: past.Number, span: past.Span}, past.Span
	}
	keeps, kept := k.Retention.Keeps(spans, c.app.k.Now()), &c.report.Kept
	for i := range states {
		s := &states[i]
		s.keep(&kept.Newest, !k.dropped && i == len(states)-1)
		s.keep(&kept.Pinned, pinned[s.number])
		s.keep(&kept.Releases, views[catalog.View{Collection: k.ID, Revision: s.number}])
		s.keep(&kept.Retention, !k.dropped && keeps[i])
		s.keep(&kept.Grace, s.span.Until > recent)
	}
	return c.drop(ctx, states, catalog.ThinBatch, &c.report.Revisions, func(tx *db.Tx, from, to int64) (bool, error) {
		return c.app.k.Catalog.Thin(ctx, tx, k.ID, from, to)
	})
}

// drop counts what is kept, and drops the rest a batch at a time.
func (c *collector) drop(ctx context.Context, states []state, batch int, count *int, thin func(tx *db.Tx, from, to int64) (bool, error)) error {
	for _, s := range states {
		if s.kept != nil {
			*s.kept++
		}
	}
	numbers := make([]int64, len(states))
	for i, s := range states {
		numbers[i] = s.number
	}
	for _, r := range runs(states, batch) {
		gone := c.dry
		if !c.dry {
			err := c.app.k.DB.Tx(ctx, func(tx *db.Tx) (err error) {
				gone, err = thin(tx, r[0], r[1])
				return err
			})
			if err != nil {
				return err
			}
		}
		if gone {
			from, _ := slices.BinarySearch(numbers, r[0])
			to, _ := slices.BinarySearch(numbers, r[1])
			*count += to - from + 1
		}
	}
	return nil
}

// expireQueues lets the files go that no .changes file claimed in time.
func (c *collector) expireQueues(ctx context.Context) error {
	if c.dry {
		return nil
	}
	return c.app.k.DB.Tx(ctx, func(tx *db.Tx) error { return c.app.queue.Expire(ctx, tx, c.app.k.Now()) })
}
