package mirror

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// compareBatch is the number of packages compared at a time.
const compareBatch = 500

// compare reads the indexes and decides which files to download or defer. One goroutine reads while
// another queries the database and the pool.
func (p *Plan) compare(ctx context.Context, d *db.DB, progress Progress) error {
	p.apart = map[fileKey]struct{}{}
	c := &comparison{Plan: p, db: d, progress: progress, planned: map[fileKey]bool{}}
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		if c.have, err = p.syncer.Catalog.Set(ctx, tx, p.mirror.Collection.View()); err != nil {
			return err
		}
		if p.defers, err = p.syncer.Store.AnyDeferred(ctx, tx); err != nil {
			return err
		}
		c.settled, err = p.settled(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	batches := make(chan []entry)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		return p.readAll(ctx, batches)
	})
	group.Go(func() error {
		for batch := range batches {
			if err := c.add(ctx, batch); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	p.missing, p.late = c.missing.Set(), c.late.Set()
	p.state.Files, p.state.FileBytes = c.files, c.bytes
	return nil
}

// readAll sends the packages of all indexes.
func (p *Plan) readAll(ctx context.Context, batches chan<- []entry) error {
	reading, err := p.firstReading(ctx)
	if err != nil {
		return err
	}
	pass := func(batch []entry) error {
		select {
		case batches <- batch:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	batch := make([]entry, 0, compareBatch)
	for e, err := range reading.entries(ctx, p.indexes) {
		if err != nil {
			return err
		}
		if batch = append(batch, e); len(batch) == compareBatch {
			if err := pass(batch); err != nil {
				return err
			}
			batch = make([]entry, 0, compareBatch)
		}
	}
	p.duplicates, p.firstFew, p.repeated = reading.duplicates, reading.firstFew, reading.repeated.Set().Union(reading.passOver)
	p.forgiven = reading.forgive.Set()
	if err := reading.conflicts.problem(); err != nil {
		return err
	}
	return pass(batch)
}

// fileKey is the first half of a file's digest, to remember the checked files. Collisions are
// infeasible.
type fileKey [16]byte

// comparison finds the missing files of packages.
type comparison struct {
	*Plan
	db       *db.DB
	progress Progress
	have     bitset.Set       // what the collection lists now
	settled  bool             // the files of have need no check
	planned  map[fileKey]bool // the value: whether to download it
	files    int              // of the suite, each once
	bytes    int64
	// The number of a file fits 32 bits: a suite lists at most maxPackages, of a thousand files
	// each.
	file    uint32
	missing bitset.Builder
	late    bitset.Builder
}

// add compares some packages.
func (c *comparison) add(ctx context.Context, batch []entry) error {
	listed, err := c.listed(ctx, batch)
	if err != nil {
		return err
	}
	for i := range batch {
		c.noteApart(&batch[i])
		for n := range batch[i].Files {
			f := &batch[i].Files[n]
			download, err := c.look(ctx, f.SHA256, f.Size, listed[i] && c.settled)
			if err != nil {
				return err
			}
			if download && batch[i].forgiven {
				c.late.Add(batch[i].number)
			}
			c.file++
		}
	}
	c.Packages += len(batch)
	c.progress.compare(c.Packages)
	return nil
}

// listed returns which packages the collection lists now.
func (c *comparison) listed(ctx context.Context, batch []entry) ([]bool, error) {
	listed := make([]bool, len(batch))
	if c.have.IsEmpty() {
		return listed, nil
	}
	keys := make([]digest.SHA256, len(batch))
	for i := range batch {
		keys[i] = batch[i].Key()
	}
	var known map[digest.SHA256]bool
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		known, err = c.syncer.Catalog.Listed(ctx, tx, keys, c.have)
		return err
	})
	for i, k := range keys {
		listed[i] = known[k]
	}
	return listed, err
}

// look plans whether to download or to defer a file, unless the pool has it or it is settled.
func (c *comparison) look(ctx context.Context, d digest.SHA256, size int64, settled bool) (download bool, err error) {
	key := keyOf(d)
	if download, known := c.planned[key]; known {
		return download, nil
	}
	c.files++
	c.bytes += size
	missing := false
	if !settled {
		_, err := c.syncer.Pool.Stat(ctx, d)
		if missing = problem.Is(err, problem.NotFound); err != nil && !missing {
			return false, fmt.Errorf("reading the pool: %w", err)
		}
	}
	download = missing && c.mirror.Config.Policy != OnDemand
	c.planned[key] = download
	if missing {
		c.missing.Add(c.file)
	}
	switch {
	case download:
		c.Download++
		c.Bytes += size
	case missing:
		c.Deferred++
		c.DeferredBytes += size
	}
	return download, nil
}
