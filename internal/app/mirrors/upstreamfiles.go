package mirrors

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

// bringBatch is how many files are fetched before they are made durable, and
// known to be here, together.
const bringBatch = 2000

// bringing fetches many files that mirrors left upstream, with progress.
type bringing struct {
	app   *Service
	run   *activity.Run
	phase string

	total, done           int
	totalBytes, doneBytes int64
	failed                int
	first                 error // of the failures
}

// bringHere fetches files that are upstream into the pool, for good. It goes on
// when some cannot be had and tells of them at its end; what came stays.
func (s *Service) BringHere(ctx context.Context, run *activity.Run, files mirror.UpstreamFiles) (brought int, bytes int64, err error) {
	b := &bringing{app: s, run: run, phase: "fetch packages", total: len(files), totalBytes: files.Bytes()}
	for part := range slices.Chunk(slices.Collect(maps.Keys(files)), bringBatch) {
		if err := b.bring(ctx, part); err != nil {
			return b.done, b.doneBytes, err
		}
	}
	if b.failed == 0 {
		return b.done, b.doneBytes, nil
	}
	return b.done, b.doneBytes, problem.New(problem.Upstream, "%d of %d files could not be fetched from upstream: %w", b.failed, b.total, b.first).
		WithHint("what came stays: ask again when the upstream is well, or sync the mirror if it dropped them")
}

// bring fetches some files. When all of them fail, so would the rest.
func (b *bringing) bring(ctx context.Context, part []digest.SHA256) error {
	origins, err := usecase.View(ctx, b.app.k, func(tx *db.Tx) (map[digest.SHA256][]mirror.Origin, error) {
		return b.app.mirror.Origins(ctx, tx, part)
	})
	if err != nil {
		return err
	}
	var came []digest.SHA256
	tally, err := b.app.client.Batch(ctx, b.app.k.Pool, requestsOf(origins), fetch.BatchOptions{
		KeepGoing: true,
		Done: func(_ fetch.Request, ref blob.Ref, err error) {
			if err == nil {
				came = append(came, ref.SHA256)
			}
		},
		Report: func(t fetch.Tally) {
			b.run.Progress(activity.Progress{
				Phase: b.phase, Done: int64(b.done) + t.Files, Total: int64(b.total), DoneBytes: b.doneBytes + t.Bytes, TotalBytes: b.totalBytes,
			})
		},
	})
	failures, some := errors.AsType[*fetch.BatchError](err)
	if err != nil && !some {
		return err
	}
	if err := b.keep(ctx, came); err != nil {
		return err
	}
	b.done += len(came)
	b.doneBytes += tally.Bytes
	if !some {
		return nil
	}
	b.failed += int(failures.Failed)
	if b.first == nil {
		b.first = failures.Errors[0]
	}
	if len(came) == 0 {
		return fmt.Errorf("fetching what is upstream: %w", b.first)
	}
	return nil
}

// keep makes files durable and forgets that they were upstream.
func (b *bringing) keep(ctx context.Context, came []digest.SHA256) error {
	if len(came) == 0 {
		return nil
	}
	if err := b.app.k.Pool.Flush(ctx); err != nil {
		return err
	}
	return b.app.arrived(ctx, came)
}

func requestsOf(origins map[digest.SHA256][]mirror.Origin) iter.Seq[fetch.Request] {
	return func(yield func(fetch.Request) bool) {
		for _, places := range origins {
			if !yield(mirror.Request(places)) {
				return
			}
		}
	}
}
