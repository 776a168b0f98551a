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

// downloadBatch is the number of files that are made durable and recorded together.
const downloadBatch = 2000

// downloads downloads many files that mirrors left upstream, with progress.
type downloads struct {
	s     *Service
	run   *activity.Run
	phase string

	total, done           int
	totalBytes, doneBytes int64
	failed                int
	first                 error // of the failures
}

// Download downloads deferred files durably into the pool, and returns their number and bytes. If
// some fail it continues, keeps the others, and returns problem.Upstream at the end.
func (s *Service) Download(ctx context.Context, run *activity.Run, files mirror.UpstreamFiles) (done int, bytes int64, err error) {
	b := &downloads{s: s, run: run, phase: "fetch packages", total: len(files), totalBytes: files.Bytes()}
	for part := range slices.Chunk(slices.Collect(maps.Keys(files)), downloadBatch) {
		if err := b.bring(ctx, part); err != nil {
			return b.done, b.doneBytes, err
		}
	}
	if b.failed == 0 {
		return b.done, b.doneBytes, nil
	}
	return b.done, b.doneBytes, problem.New(problem.Upstream, "%d of %d files could not be downloaded from upstream: %w", b.failed, b.total, b.first).
		WithHint("the others are in the pool: try again later, or sync the mirror if the upstream dropped the files")
}

// bring downloads some files. If every one fails, it returns an error, because the others would fail too.
func (b *downloads) bring(ctx context.Context, part []digest.SHA256) error {
	origins, err := usecase.View(ctx, b.s.k, func(tx *db.Tx) (map[digest.SHA256][]mirror.Origin, error) {
		return b.s.mirror.Origins(ctx, tx, part)
	})
	if err != nil {
		return err
	}
	var came []digest.SHA256
	tally, err := b.s.client.Batch(ctx, b.s.k.Pool, requestsOf(origins), fetch.BatchOptions{
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
		return fmt.Errorf("downloading from upstream: %w", b.first)
	}
	return nil
}

// keep makes files durable and records that they arrived.
func (b *downloads) keep(ctx context.Context, came []digest.SHA256) error {
	if len(came) == 0 {
		return nil
	}
	if err := b.s.k.Pool.Flush(ctx); err != nil {
		return err
	}
	return b.s.arrived(ctx, came)
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
