package fetch

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxKeptErrors is the largest number of errors that a batch keeps. It counts all.
const maxKeptErrors = 20

// BatchOptions configure [Client.Batch]. Zero values mean the defaults.
type BatchOptions struct {
	Workers int // downloads at once, as far as the client's limits allow; 16

	// KeepGoing tries all requests and returns the failures in a [*BatchError].
	// Otherwise the first failure that its request does not forgive ends the batch. A
	// full store always ends it.
	KeepGoing bool

	// Done, if not nil, is called with the result of each request, one call at a time.
	Done func(Request, blob.Ref, error)

	// Report, if not nil, is called with the progress every Interval (200 ms) and at
	// the end, one call at a time. It does not delay downloads.
	Report   func(Tally)
	Interval time.Duration
}

// Tally counts what a batch has done so far.
type Tally struct {
	Files  int64 // that are now in the store
	Failed int64
	Bytes  int64 // of all files, including those in progress
}

// BatchError is the error of a batch with KeepGoing and failed downloads.
type BatchError struct {
	Failed int64   // their number
	Errors []error // the first of them
}

// Error counts the failures and shows the first.
func (e *BatchError) Error() string {
	return fmt.Sprintf("%d downloads failed, the first: %v", e.Failed, e.Errors[0])
}

// Unwrap returns the errors kept.
func (e *BatchError) Unwrap() []error { return e.Errors }

// Batch downloads many files into the store, several at a time. It reads the sequence as
// workers become free, so it can be long. The tally is also right if Batch returns an error.
func (c *Client) Batch(ctx context.Context, store blob.Store, requests iter.Seq[Request], o BatchOptions) (Tally, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	b := &batch{c: c, store: store, options: o, stop: stop}
	stopReport := b.startReport()
	queue := make(chan Request)
	var workers sync.WaitGroup
	for range cmp.Or(o.Workers, 16) {
		workers.Go(func() {
			for r := range queue {
				b.get(ctx, r)
			}
		})
	}
	feed(ctx, requests, queue)
	workers.Wait()
	stopReport()
	if err := context.Cause(ctx); err != nil {
		return b.tally(), err
	}
	if len(b.errors) > 0 {
		return b.tally(), &BatchError{Failed: b.failed.Load(), Errors: b.errors}
	}
	return b.tally(), nil
}

// feed sends requests to queue until there are no more or ctx ends.
func feed(ctx context.Context, requests iter.Seq[Request], queue chan<- Request) {
	defer close(queue)
	for r := range requests {
		select {
		case queue <- r:
		case <-ctx.Done():
			return
		}
	}
}

// batch is the state that workers share.
type batch struct {
	c                    *Client
	store                blob.Store
	options              BatchOptions
	stop                 context.CancelCauseFunc
	files, failed, bytes atomic.Int64

	mu     sync.Mutex // held while Done is called
	errors []error
}

func (b *batch) tally() Tally {
	return Tally{Files: b.files.Load(), Failed: b.failed.Load(), Bytes: b.bytes.Load()}
}

// get downloads one file and counts it.
func (b *batch) get(ctx context.Context, r Request) {
	if ctx.Err() != nil {
		return // sent just before the batch ended
	}
	tell := r.Progress
	r.Progress = func(delta int64) {
		b.bytes.Add(delta)
		if tell != nil {
			tell(delta)
		}
	}
	ref, err := b.c.Blob(ctx, b.store, r)
	r.Progress = tell
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.files.Add(1)
	case r.Forgive != nil && r.Forgive(err):
	default:
		b.failed.Add(1)
		if len(b.errors) < maxKeptErrors {
			b.errors = append(b.errors, err)
		}
		if !b.options.KeepGoing || problem.Is(err, problem.Full) {
			b.stop(err)
		}
	}
	if b.options.Done != nil {
		b.options.Done(r, ref, err)
	}
}

// startReport reports until stop is called, which makes the last report.
func (b *batch) startReport() (stop func()) {
	if b.options.Report == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var reporter sync.WaitGroup
	reporter.Go(func() {
		tick := time.NewTicker(cmp.Or(b.options.Interval, 200*time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				b.options.Report(b.tally())
			case <-ended:
				b.options.Report(b.tally())
				return
			}
		}
	})
	return func() {
		close(ended)
		reporter.Wait()
	}
}
