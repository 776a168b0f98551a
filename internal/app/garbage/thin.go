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

// reason keeps states of a history, which are known by their index in it.
type reason struct {
	count *int // the states that no earlier reason keeps
	keeps func(i int) bool
}

// thin counts the states that a reason keeps. It deletes the others by remove, which gets the
// numbers of the first and the last of at most batch neighbours, and adds them to gone. The
// newest go first, so the history is whole after each batch.
func (c *collector) thin(ctx context.Context, numbers []int64, reasons []reason, batch int, gone *int, remove func(tx *db.Tx, from, to int64) (bool, error)) error {
	var runs [][2]int
	length := 0
	for i := len(numbers) - 1; i >= 0; i-- {
		first := slices.IndexFunc(reasons, func(r reason) bool { return r.keeps(i) })
		switch {
		case first >= 0:
			*reasons[first].count++
			length = 0
		case length == 0 || length == batch:
			runs, length = append(runs, [2]int{i, i}), 1
		default:
			runs[len(runs)-1][0] = i
			length++
		}
	}
	for _, r := range runs {
		removed := c.dry
		if !c.dry {
			err := c.k.DB.Tx(ctx, func(tx *db.Tx) (err error) {
				removed, err = remove(tx, numbers[r[0]], numbers[r[1]])
				return err
			})
			if err != nil {
				return err
			}
		}
		if removed {
			*gone += r[1] - r[0] + 1
		}
	}
	return nil
}

func (c *collector) thinPublications(ctx context.Context) error {
	list, err := usecase.View(ctx, c.k, func(tx *db.Tx) ([]publish.Ended, error) { return c.publish.Histories(ctx, tx) })
	if err != nil {
		return err
	}
	for i, p := range list {
		c.progress("thin the releases of publications", i, len(list))
		if err := c.thinPublication(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) thinPublication(ctx context.Context, p publish.Ended) error {
	pasts, err := usecase.View(ctx, c.k, func(tx *db.Tx) ([]publish.Past, error) { return c.publish.Pasts(ctx, tx, p) })
	if err != nil {
		return err
	}
	inUse, err := c.k.Holds.InUseSince(ctx) // only after the states were read
	if err != nil {
		return err
	}
	grace := c.k.Grace()
	recent := min(grace.Since, inUse)
	numbers, spans := make([]int64, len(pasts)), make([]catalog.Span, len(pasts))
	for i, past := range pasts {
		numbers[i], spans[i] = past.Number, past.Span
	}
	retained, kept, stands := p.Retention.Keeps(spans, c.k.Now()), &c.report.Kept, p.DroppedAt == 0
	return c.thin(ctx, numbers, []reason{
		{&kept.Newest, func(i int) bool { return stands && i == len(pasts)-1 }},
		{&kept.Pinned, func(i int) bool { return pasts[i].Pinned }},
		{&kept.Retention, func(i int) bool { return retained[i] }},
		{&kept.Grace, func(i int) bool { return spans[i].Until > recent || stands && numbers[i] >= p.InGrace(grace) }},
	}, publish.ThinBatch, &c.report.Releases, func(tx *db.Tx, from, to int64) (bool, error) {
		return c.publish.Thin(ctx, tx, p.ID, from, to)
	})
}

// pastCollection is a collection with its states.
type pastCollection struct {
	catalog.Collection
	dropped bool
	pasts   []catalog.Past
}

// thinCollections thins all collections. Of a dropped one it keeps only the states that
// something else needs.
//
// The order of the three reads matters. Work that uses a state, such as a publish, is running
// at the second read, or its release exists at the third, or it began later: then it uses a
// state that was the newest at the first read, or a later one.
func (c *collector) thinCollections(ctx context.Context) error {
	list, err := c.pastCollections(ctx)
	if err != nil {
		return err
	}
	recent, err := c.k.Holds.InUseSince(ctx)
	if err != nil {
		return err
	}
	views, err := usecase.View(ctx, c.k, func(tx *db.Tx) (map[catalog.View]bool, error) { return c.publish.Views(ctx, tx) })
	if err != nil {
		return err
	}
	for i, p := range list {
		c.progress("thin the states of collections", i, len(list))
		if err := c.thinCollection(ctx, p, recent, views); err != nil {
			return err
		}
	}
	return nil
}

// pastCollections returns all histories, the youngest collection first: a snapshot points to
// a view of an older collection, which must go after it.
func (c *collector) pastCollections(ctx context.Context) ([]pastCollection, error) {
	return usecase.View(ctx, c.k, func(tx *db.Tx) ([]pastCollection, error) {
		list, dropped, err := c.k.Catalog.Histories(ctx, tx)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(list, func(a, b catalog.Collection) int { return cmp.Compare(b.ID, a.ID) })
		all := make([]pastCollection, len(list))
		for i, k := range list {
			all[i] = pastCollection{Collection: k, dropped: dropped[k.ID]}
			if all[i].pasts, err = c.k.Catalog.Pasts(ctx, tx, k.ID); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}

func (c *collector) thinCollection(ctx context.Context, p pastCollection, recent int64, views map[catalog.View]bool) error {
	pinned, err := usecase.View(ctx, c.k, func(tx *db.Tx) (map[int64]bool, error) { return c.k.Catalog.Pinned(ctx, tx, p.ID) })
	if err != nil {
		return err
	}
	numbers, spans := make([]int64, len(p.pasts)), make([]catalog.Span, len(p.pasts))
	for i, past := range p.pasts {
		numbers[i], spans[i] = past.Number, past.Span
	}
	retained, kept, stands := p.Retention.Keeps(spans, c.k.Now()), &c.report.Kept, !p.dropped
	return c.thin(ctx, numbers, []reason{
		{&kept.Newest, func(i int) bool { return stands && i == len(numbers)-1 }},
		{&kept.Pinned, func(i int) bool { return pinned[numbers[i]] }},
		{&kept.Releases, func(i int) bool { return views[catalog.View{Collection: p.ID, Revision: numbers[i]}] }},
		{&kept.Retention, func(i int) bool { return stands && retained[i] }},
		{&kept.Grace, func(i int) bool { return spans[i].Until > recent }},
	}, catalog.ThinBatch, &c.report.Revisions, func(tx *db.Tx, from, to int64) (bool, error) {
		return c.k.Catalog.Thin(ctx, tx, p.ID, from, to)
	})
}

// expireQueues deletes the files that no .changes file claimed in time.
func (c *collector) expireQueues(ctx context.Context) error {
	if c.dry {
		return nil
	}
	return c.k.DB.Tx(ctx, func(tx *db.Tx) error { return c.queue.Expire(ctx, tx, c.k.Now()) })
}
