package collections

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
	"golang.org/x/sync/errgroup"
)

// fileListBatch is the number of members whose lists of files are stored in one transaction. A
// killed run loses at most one batch.
const fileListBatch = 200

// ReadFileLists reads, from the package files, the lists of files that members install, and stores
// them. A stopped run continues at its last batch. It adds a warning for each unreadable package.
// Packages that are still upstream are problem.Conflict.
func (s *Service) ReadFileLists(ctx context.Context, run *activity.Run, members bitset.Set, warnings *[]string) error {
	if err := s.refuseUpstream(ctx, members); err != nil {
		return err
	}
	progress := fileListProgress{run: run, total: int64(members.Len()), warnings: warnings}
	progress.add(0)
	for ids := range slices.Chunk(slices.Collect(members.All()), fileListBatch) {
		part := bitset.Of(ids...)
		list, err := usecase.View(ctx, s.k, func(tx *db.Tx) ([]catalog.Listed, error) {
			missing, err := s.k.Catalog.MissingFileLists(ctx, tx, part) // another run may have been here
			if err != nil {
				return nil, err
			}
			return s.k.Catalog.Listings(ctx, tx, missing)
		})
		if err != nil {
			return err
		}
		progress.add(len(ids) - len(list))
		lists, err := s.unpackFileLists(ctx, list, &progress)
		if err != nil {
			return err
		}
		if err := s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.k.Catalog.PutFileLists(ctx, tx, lists) }); err != nil {
			return err
		}
	}
	return nil
}

// maxPublishWarnings bounds the warnings of one publish; the activity's log has all.
const maxPublishWarnings = 50

// fileListProgress reports the number of read lists, and collects warnings.
type fileListProgress struct {
	run      *activity.Run
	total    int64
	mu       sync.Mutex
	done     int64
	warnings *[]string
}

func (p *fileListProgress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += int64(n)
	p.run.Progress(activity.Progress{Phase: "read file lists", Done: p.done, Total: p.total})
}

func (p *fileListProgress) warn(text string) {
	p.run.Log("warning: " + text)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(*p.warnings) < maxPublishWarnings {
		*p.warnings = append(*p.warnings, text)
	}
}

// unpackFileLists reads the lists of packages, one package per processor at a time, and returns
// them by the packages' ids. An unreadable package gets an empty list and fails no release, since
// clients could not install it either.
func (s *Service) unpackFileLists(ctx context.Context, list []catalog.Listed, progress *fileListProgress) (map[int64]catalog.FileList, error) {
	var mu sync.Mutex
	lists := make(map[int64]catalog.FileList, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, l := range list {
		group.Go(func() error {
			files, err := s.unpackFileList(ctx, l.Files[0])
			if problem.Is(err, problem.Invalid) || problem.Is(err, problem.TooLarge) {
				progress.warn(fmt.Sprintf("the files of %s are not in Contents: %v", l.Files[0].Name, err))
			} else if err != nil {
				return fmt.Errorf("reading the files of %s: %w", l.Files[0].Name, err)
			}
			progress.add(1)
			mu.Lock()
			defer mu.Unlock()
			lists[l.ID] = files
			return nil
		})
	}
	return lists, group.Wait()
}

// unpackFileList reads the list of one package file. A damaged file is problem.Invalid or
// problem.TooLarge.
func (s *Service) unpackFileList(ctx context.Context, f catalog.File) (catalog.FileList, error) {
	b, err := s.k.Pool.Open(ctx, f.SHA256)
	if problem.Is(err, problem.NotFound) {
		return catalog.FileList{}, problem.New(problem.Conflict, "the package is not stored here, so nobody knows its files").
			WithHint("`aptarium scrub` lists what is missing; add it again, or publish without Contents indexes")
	} else if err != nil {
		return catalog.FileList{}, err
	}
	defer b.Close()
	d, err := debfile.Read(blob.WithContext(ctx, b), debfile.ReadOptions{Files: true})
	if err != nil {
		return catalog.FileList{}, err
	}
	return catalog.PackFiles(d.Files)
}

// refuseUpstream returns problem.Conflict if packages are still upstream. Downloading all of them
// would defeat an on-demand mirror, and Contents indexes without them would be wrong.
func (s *Service) refuseUpstream(ctx context.Context, members bitset.Set) error {
	files, err := usecase.View(ctx, s.k, func(tx *db.Tx) (mirror.UpstreamFiles, error) { return s.mirror.LeftUpstream(ctx, tx, members) })
	if err != nil || len(files) == 0 {
		return err
	}
	return problem.New(problem.Conflict, "%d packages are still upstream, so their files are unknown", len(files)).In("contents").
		WithHint("publish without Contents indexes, or download the packages first: `aptarium mirror prefetch`")
}
