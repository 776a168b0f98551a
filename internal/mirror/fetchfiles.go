package mirror

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"golang.org/x/sync/errgroup"
)

const (
	// storeBatch is the number of packages that one transaction stores. It bounds how long other
	// writers wait.
	storeBatch = 2000
	// flushBatch is the number of files between flushes during the downloads.
	flushBatch = 5000
)

// Fetch downloads the missing files, stores the new packages meanwhile, and flushes the pool. It
// reads the indexes once more, so that memory never holds all files of a suite. Packages that no
// revision lists are invisible, so a sync that ends here has changed nothing; its downloads stay
// for the next try.
func (p *Plan) Fetch(ctx context.Context, d *db.DB, progress Progress) error {
	if p.Unchanged {
		return nil
	}
	f := &fetching{
		Plan: p, db: d, progress: progress,
		batches: make(chan []catalog.Entry), groups: make(chan struct{}, 1), refused: refusals{},
	}
	p.members, p.deferred, p.arrived, p.skipped = bitset.Set{}, nil, nil, tally{}
	group, working := errgroup.WithContext(ctx)
	group.Go(func() error { return f.store(working) })
	group.Go(func() error { return f.flush(working) })
	group.Go(func() error {
		defer close(f.batches)
		defer close(f.groups)
		return f.read(working)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if err := p.internItems(ctx, d); err != nil {
		return err
	}
	p.state.Skipped = p.skipped.total()
	return p.syncer.Pool.Flush(ctx)
}

// fetching is the work of one Fetch. One goroutine reads the indexes and downloads, one stores
// packages, one flushes.
type fetching struct {
	*Plan
	db       *db.DB
	progress Progress

	batches chan []catalog.Entry // packages to store
	groups  chan struct{}        // asks for a flush
	files   int64                // downloaded
	loaded  atomic.Bool          // all downloads are done: report the stored packages
	failed  error                // of reading the indexes
	refused refusals
}

// read reads the indexes and downloads the missing files.
func (f *fetching) read(ctx context.Context) error {
	if f.Download == 0 {
		f.loaded.Store(true)
	}
	_, err := f.syncer.Client.Batch(ctx, f.syncer.Pool, f.requests(ctx), fetch.BatchOptions{
		Done: f.downloaded,
		Report: func(t fetch.Tally) {
			if f.Download > 0 {
				f.progress.download(t, f.Plan)
			}
		},
	})
	f.loaded.Store(true)
	if f.failed != nil {
		return f.failed
	}
	if err != nil {
		return fmt.Errorf("downloading packages: %w", err)
	}
	return f.readLate(ctx)
}

// requests returns the files to download, and passes every package to store. It ends early with an
// error in failed.
func (f *fetching) requests(ctx context.Context) iter.Seq[fetch.Request] {
	return func(yield func(fetch.Request) bool) {
		batch := make([]catalog.Entry, 0, storeBatch)
		file := uint32(0)
		for e, err := range f.reread().entries(ctx, f.indexes) {
			if err != nil {
				f.failed = err
				return
			}
			placed, err := f.placed(&e)
			if err != nil {
				f.failed = err
				return
			}
			if !f.late.Contains(e.number) {
				batch = append(append(batch, e.Entry), placed...)
			}
			if len(batch) >= storeBatch {
				if !f.pass(ctx, batch) {
					return
				}
				batch = make([]catalog.Entry, 0, storeBatch)
			}
			for n := range e.Files {
				wanted := f.missing.Contains(file)
				file++
				switch {
				case !wanted:
				case f.mirror.Config.Policy == OnDemand:
					f.deferred = append(f.deferred, e.deferred(n))
				case !yield(f.request(&e, n)):
					return
				}
			}
		}
		f.pass(ctx, batch)
	}
}

func (f *fetching) request(e *entry, n int) fetch.Request {
	file := e.Files[n]
	r := fetch.Request{
		URLs:   []string{join(f.mirror.Config.URL, e.remote[n])},
		Expect: blob.Expect{SHA256: file.SHA256, Size: file.Size},
	}
	if e.forgiven {
		r.Forgive = func(err error) bool { return f.refused.note(file.SHA256, err) }
	}
	return r
}

// pass sends packages to store, unless the work has ended.
func (f *fetching) pass(ctx context.Context, batch []catalog.Entry) bool {
	select {
	case f.batches <- batch:
		return true
	case <-ctx.Done():
		return false
	}
}

// downloaded counts files, and requests a flush after each flushBatch.
func (f *fetching) downloaded(_ fetch.Request, ref blob.Ref, err error) {
	if f.defers && err == nil {
		f.arrived = append(f.arrived, ref.SHA256)
	}
	if f.files++; f.files%flushBatch == 0 {
		select {
		case f.groups <- struct{}{}:
		default: // a flush is pending
		}
	}
}

// flush flushes the pool during the downloads.
func (f *fetching) flush(ctx context.Context) error {
	for range f.groups {
		if err := f.syncer.Pool.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// store stores the packages of the suite.
func (f *fetching) store(ctx context.Context) error {
	done := 0
	for batch := range f.batches {
		if f.loaded.Load() {
			f.progress.commit(done, f.Packages)
		}
		if err := f.intern(ctx, f.db, batch); err != nil {
			return err
		}
		done += len(batch)
	}
	return nil
}

// intern stores packages and adds them to members.
func (p *Plan) intern(ctx context.Context, d *db.DB, batch []catalog.Entry) error {
	var set bitset.Set // of the successful attempt
	err := d.Tx(ctx, func(tx *db.Tx) (err error) {
		set, err = p.syncer.Catalog.Intern(ctx, tx, catalog.Entries(batch))
		return err
	})
	if err == nil {
		p.members = p.members.Union(set)
	}
	return err
}

// refusals are the forgiven files that the upstream refused.
type refusals map[digest.SHA256]error

// note records and forgives an error if it is the upstream's refusal.
func (r refusals) note(file digest.SHA256, err error) bool {
	refused := errors.Is(err, fetch.ErrUnauthorized)
	if refused {
		r[file] = err
	}
	return refused
}

// of returns the error of a package's first refused file.
func (r refusals) of(e *catalog.Entry) error {
	for _, file := range e.Files {
		if err := r[file.SHA256]; err != nil {
			return err
		}
	}
	return nil
}

// readLate reads the indexes once more after the downloads, and passes the packages that waited for
// their files, without the refused ones. It is an error if a package without forgiveness shares a
// refused file.
func (f *fetching) readLate(ctx context.Context) error {
	if f.late.IsEmpty() {
		return nil
	}
	batch := make([]catalog.Entry, 0, storeBatch)
	for e, err := range f.reread().entries(ctx, f.indexes) {
		if err != nil {
			return err
		}
		refused := f.refused.of(&e.Entry)
		switch {
		case refused != nil && !e.forgiven:
			return fmt.Errorf("downloading packages: %w", refused)
		case refused != nil:
			f.skipped.addEntry(&e.Entry)
			continue
		case !f.late.Contains(e.number):
			continue
		}
		if batch = append(batch, e.Entry); len(batch) == storeBatch {
			if !f.pass(ctx, batch) {
				return context.Cause(ctx)
			}
			batch = make([]catalog.Entry, 0, storeBatch)
		}
	}
	f.pass(ctx, batch)
	f.Download -= len(f.refused)
	return nil
}
