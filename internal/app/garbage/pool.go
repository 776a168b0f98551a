package garbage

import (
	"context"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish"
)

// pruneIndexes deletes the parts of indexes that releases shared and none has any more.
func (c *collector) pruneIndexes(ctx context.Context) error {
	if c.dry {
		return nil
	}
	err := c.k.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := c.publish.Forgo(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	rest, err := usecase.View(ctx, c.k, func(tx *db.Tx) (publish.Leavings, error) { return c.publish.Leavings(ctx, tx) })
	if err != nil {
		return err
	}
	for total := rest.Len(); rest.Len() > 0; {
		c.progress("delete indexes", total-rest.Len(), total)
		var gone int
		err := c.k.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			rest, gone, err = c.publish.Prune(ctx, tx, rest)
			return err
		})
		if err != nil {
			return err
		}
		c.report.Indexes += gone
	}
	return nil
}

// prunePool deletes the packages that no state lists, and the blobs that nothing needs. Its
// order makes it safe (see package hold and [catalog.Prune]): it waits for the work that began
// before it listed the garbage, and later work saves the garbage that it uses.
func (c *collector) prunePool(ctx context.Context) error {
	prune := c.k.Catalog.BeginPrune()
	defer prune.End()
	unlisted, garbage, err := c.findGarbage(ctx)
	if err != nil {
		return err
	}
	if c.dry {
		for _, size := range garbage {
			c.report.Blobs++
			c.report.Bytes += size
		}
		c.report.Members = unlisted.Len()
		return nil
	}
	list := make([]digest.SHA256, 0, len(garbage))
	for d := range garbage {
		list = append(list, d)
	}
	trial, err := c.k.Pool.Condemn(list)
	if err != nil {
		return err
	}
	defer trial.End()
	round, err := c.k.Holds.Begin(ctx)
	if err != nil {
		return err
	}
	if err := round.Wait(ctx, c.waiting); err != nil {
		return err
	}
	if err := c.prunePackages(ctx, prune, unlisted); err != nil {
		return err
	}
	needed, err := c.stillNeeded(ctx)
	if err != nil {
		return err
	}
	return c.removeBlobs(ctx, trial, list, garbage, needed)
}

// findGarbage returns the members that no state lists, and the blobs that nothing needs, with
// their sizes in bytes.
func (c *collector) findGarbage(ctx context.Context) (unlisted bitset.Set, garbage map[digest.SHA256]int64, err error) {
	c.progress("list the needed files", 0, 0)
	needed, err := usecase.View(ctx, c.k, func(tx *db.Tx) (map[digest.SHA256]bool, error) {
		bases, err := c.publish.Bases(ctx, tx)
		if err != nil {
			return nil, err
		}
		if unlisted, err = c.k.Catalog.Unlisted(ctx, tx, bases); err != nil {
			return nil, err
		}
		return c.needed(ctx, tx)
	})
	if err != nil {
		return unlisted, nil, err
	}
	garbage = map[digest.SHA256]int64{}
	for ref, err := range c.k.Pool.Each(ctx) {
		if err != nil {
			return unlisted, nil, err
		}
		if c.report.PoolBlobs++; c.report.PoolBlobs%10_000 == 0 {
			c.progress("read the pool", c.report.PoolBlobs, 0)
		}
		c.report.PoolBytes += ref.Size
		if !needed[ref.SHA256] {
			garbage[ref.SHA256] = ref.Size
		}
	}
	return unlisted, garbage, nil
}

// prunePackages deletes members and packages, a batch at a time.
func (c *collector) prunePackages(ctx context.Context, prune *catalog.Prune, unlisted bitset.Set) error {
	done := 0
	for part := range slices.Chunk(slices.Collect(unlisted.All()), catalog.PruneBatch) {
		c.progress("delete packages", done, unlisted.Len())
		err := c.k.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := prune.Drop(ctx, tx, bitset.Of(part...))
			if err == nil {
				tx.AfterCommit(func() {
					c.report.Members += n.Members
					c.report.Packages += n.Packages
				})
			}
			return err
		})
		if err != nil {
			return err
		}
		done += len(part)
	}
	return nil
}

// stillNeeded returns the blobs that are needed once no earlier work can rely on garbage any
// more: the files of all stored packages, listed or not, of releases, endpoints and queues. It
// forgets the files left upstream that are not among them.
func (c *collector) stillNeeded(ctx context.Context) (map[digest.SHA256]bool, error) {
	var unneeded []digest.SHA256
	needed, err := usecase.View(ctx, c.k, func(tx *db.Tx) (map[digest.SHA256]bool, error) {
		needed, err := gather(c.k.Catalog.AllBlobs(ctx, tx), c.publish.Blobs(ctx, tx), c.publish.Links(ctx, tx), c.queue.Blobs(ctx, tx))
		if err != nil {
			return nil, err
		}
		for d, err := range c.mirror.Deferred(ctx, tx) {
			if err != nil {
				return nil, err
			}
			if !needed[d] {
				unneeded = append(unneeded, d)
			}
		}
		return needed, nil
	})
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(unneeded, catalog.PruneBatch) {
		if err := c.k.DB.Tx(ctx, func(tx *db.Tx) error { return c.mirror.Unneeded(ctx, tx, part) }); err != nil {
			return nil, err
		}
		c.report.Deferred += len(part)
	}
	return needed, nil
}

// removeBlobs deletes the blobs of a list that nobody saved and nothing needs.
func (c *collector) removeBlobs(ctx context.Context, trial *blob.Trial, list []digest.SHA256, sizes map[digest.SHA256]int64, needed map[digest.SHA256]bool) error {
	for i, d := range list {
		if i%1000 == 0 {
			c.progress("delete files", i, len(list))
		}
		gone := false
		if !needed[d] {
			var err error
			if gone, err = trial.Remove(ctx, d); err != nil {
				return err
			}
		}
		if !gone {
			c.report.Saved++
			continue
		}
		c.report.Blobs++
		c.report.Bytes += sizes[d]
		c.report.PoolBlobs--
		c.report.PoolBytes -= sizes[d]
	}
	return nil
}

// gather returns the set of all digests in some lists.
func gather(lists ...iter.Seq2[digest.SHA256, error]) (map[digest.SHA256]bool, error) {
	set := map[digest.SHA256]bool{}
	for _, list := range lists {
		for d, err := range list {
			if err != nil {
				return nil, err
			}
			set[d] = true
		}
	}
	return set, nil
}
