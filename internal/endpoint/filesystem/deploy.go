package filesystem

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/endpoint"
)

// A batch is written, flushed and renamed together. Its limits determine how much is repeated after a
// crash of a first Deploy that copies everything.
const (
	batchFiles = 4096
	batchBytes = 1 << 30
)

// workers is the number of concurrently processed files: more than processors, because writing waits for
// the disk.
const workers = 8

// work is one file to deploy.
type work struct {
	*endpoint.File
	stage int
	area  *area
	there bool   // already under its path
	blob  string // to link under its path; or
	temp  string // written, to rename to its path
}

// deploy is one run of Deploy.
type deploy struct {
	*Place
	dirs    *directories
	last    int  // the last stage
	settled bool // all earlier stages are durable

	// originals are the files of this Deploy that are the Like of others, by path.
	originals map[string]*endpoint.File

	written   atomic.Int64 // files of this batch, without linked ones
	unflushed atomic.Bool  // some written files wait for syncAll

	mu        sync.Mutex
	unsettled map[string]bool // directories whose names are perhaps not durable
	done      int
	total     int
	progress  func(done, total int)
}

// Deploy implements [endpoint.Place].
func (p *Place) Deploy(ctx context.Context, stages []endpoint.Stage, progress func(done, total int)) error {
	if err := endpoint.CheckStages(stages); err != nil {
		return err
	}
	dirs, err := openDirectories(p)
	if err != nil {
		return err
	}
	defer dirs.close()
	d := &deploy{
		Place: p, dirs: dirs, last: len(stages) - 1, unsettled: map[string]bool{},
		total: endpoint.Count(stages), progress: progress, originals: originals(stages),
	}
	batch, bytes := make([]*work, 0, min(d.total, batchFiles)), int64(0)
	for number, stage := range stages {
		for i := range stage {
			batch, bytes = append(batch, &work{File: &stage[i], stage: number}), bytes+stage[i].Size
			if len(batch) == batchFiles || bytes >= batchBytes {
				if err := d.run(ctx, batch); err != nil {
					return err
				}
				batch, bytes = batch[:0], 0
			}
		}
	}
	if err := d.run(ctx, batch); err != nil {
		return err
	}
	return d.settle(ctx)
}

// originals returns the files that are the Like of others in the same stages.
func originals(stages []endpoint.Stage) map[string]*endpoint.File {
	found := map[string]*endpoint.File{}
	for _, stage := range stages {
		for i := range stage {
			if like := stage[i].Like; like != "" {
				found[like] = nil
			}
		}
	}
	for _, stage := range stages {
		for i := range stage {
			if _, wanted := found[stage[i].Path]; wanted {
				found[stage[i].Path] = &stage[i]
			}
		}
	}
	return found
}

// run deploys a batch. All its files are written and durable before the first appears, so that the files
// of several stages wait for the disk together.
func (d *deploy) run(ctx context.Context, batch []*work) error {
	if err := d.prepareAll(ctx, batch); err != nil {
		return err
	}
	for len(batch) > 0 {
		stage := batch[0].stage
		end := 1
		for end < len(batch) && batch[end].stage == stage {
			end++
		}
		if stage == d.last && !d.settled {
			if err := d.settle(ctx); err != nil {
				return err
			}
			d.settled = true
		}
		if err := each(ctx, batch[:end], d.publish); err != nil {
			return err
		}
		batch = batch[end:]
	}
	return nil
}

// publish makes one file appear.
func (d *deploy) publish(ctx context.Context, w *work) error {
	if !w.there && w.temp == "" {
		if err := d.linkOrCopy(ctx, w); err != nil {
			return err
		}
	}
	if !w.there {
		name := d.at(w.Path)
		if err := d.dirs.within(w.Path, func() error { return d.disk.Rename(w.temp, name) }); err != nil {
			return d.fault("put", name, err)
		}
	}
	d.visible(w)
	return nil
}

// visible counts a file, and records that its name must be made durable. So must the directories above
// it, even if another Deploy created them: it may have been killed, or still be running, before it made
// them durable.
func (d *deploy) visible(w *work) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for dir := range above(w.Path) {
		if d.unsettled[dir] {
			break // and with it all above
		}
		d.unsettled[dir] = true
	}
	d.done++
	if d.progress != nil {
		d.progress(d.done, d.total)
	}
}

// each calls do with every item, several at once. The same worker processes most neighbours, because they
// are in the same directory, which the kernel locks for each change.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	stride := min(max(len(items)/(4*workers), 1), 64)
	var next atomic.Int64
	for range min(workers, len(items)) {
		group.Go(func() error {
			for {
				start := int(next.Add(int64(stride))) - stride
				if start >= len(items) {
					return nil
				}
				for _, item := range items[start:min(start+stride, len(items))] {
					if err := context.Cause(ctx); err != nil {
						return err
					}
					if err := do(ctx, item); err != nil {
						return err
					}
				}
			}
		})
	}
	return group.Wait()
}
