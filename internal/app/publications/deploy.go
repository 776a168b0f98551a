package publications

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// typeTidy is the activity that removes the files of earlier releases from an endpoint after
// their grace period.
const typeTidy = "publish.tidy"

// deployBatch is the number of packages in one stage of a deploy.
const deployBatch = 20_000

// tidyBatch is the number of leftovers that one activity reads.
const tidyBatch = 5000

// patience is the number of attempts to remove files from an endpoint. With the waits of
// [activity.Retry], they last most of a day.
const patience = 100

// openPlace is an open endpoint.
type openPlace struct {
	endpoint.Place
	endpoint.Settings
}

// openEndpoint opens the endpoint of that name.
func (s *Service) openEndpoint(ctx context.Context, name string) (openPlace, error) {
	e, err := usecase.View(ctx, s.k, func(tx *db.Tx) (endpoint.Named, error) { return s.endpoint.Get(ctx, tx, name) })
	if err != nil {
		return openPlace{}, err
	}
	p, err := s.endpoint.Kinds.Open(e.Settings)
	return openPlace{p, e.Settings}, err
}

// deploy writes the newest release of a publication to its endpoint, or removes a dropped
// publication from there. The built-in endpoint needs no deploy. The caller runs finish in the
// transaction that ends the activity.
func (s *Service) deploy(ctx context.Context, run *activity.Run, publication int64, all bool) (finish func(*db.Tx) error, err error) {
	p, err := usecase.View(ctx, s.k, func(tx *db.Tx) (publish.Publication, error) { return s.publish.ByID(ctx, tx, publication) })
	if err != nil || p.Endpoint == publish.BuiltIn {
		return func(*db.Tx) error { return nil }, err
	}
	place, err := s.openEndpoint(ctx, p.Endpoint)
	if err != nil {
		return nil, err
	}
	d, err := usecase.View(ctx, s.k, func(tx *db.Tx) (publish.Deployment, error) { return s.publish.Deployment(ctx, tx, p, all, place.Plain) })
	if err != nil {
		return nil, err
	}
	if !d.Done() {
		if err := s.write(ctx, run, place, d); err != nil {
			return nil, fmt.Errorf("deploying %s to %s: %w", p.Ref(), p.Endpoint, err)
		}
	}
	tidied, err := s.tidy(ctx, place, p.Endpoint, p.Prefix)
	if err != nil {
		return nil, err
	}
	return func(tx *db.Tx) error {
		if !d.Done() {
			if err := s.publish.Deployed(ctx, tx, d); err != nil {
				return err
			}
		}
		return tidied(tx)
	}, nil
}

// write deploys packages first, then the indexes. The last packages go with the indexes, so
// that a small change waits only once for the disk.
func (s *Service) write(ctx context.Context, run *activity.Run, place openPlace, d publish.Deployment) error {
	total, done := 0, 0
	for _, list := range d.Fresh {
		total += list.Members.Len()
	}
	prefix := d.Publication.Prefix
	var packages endpoint.Stage
	for _, list := range d.Fresh {
		for part := range slices.Chunk(slices.Collect(list.Members.All()), deployBatch) {
			if len(packages)+len(part) > deployBatch {
				if err := place.Deploy(ctx, []endpoint.Stage{packages}, deployed(run, "deploy packages", done, total)); err != nil {
					return err
				}
				done, packages = done+len(packages), nil
			}
			members := bitset.Of(part...)
			if err := s.download(ctx, run, members); err != nil {
				return err
			}
			files, err := s.poolFiles(ctx, prefix, list.Part(members))
			if err != nil {
				return err
			}
			packages = append(packages, files...)
		}
	}
	stages, err := s.stages(ctx, prefix, d)
	if err != nil {
		return err
	}
	if gone := below(prefix, d.Withdrawn()); len(gone) > 0 {
		if err := place.Remove(ctx, gone); err != nil {
			return err
		}
	}
	return place.Deploy(ctx, append([]endpoint.Stage{packages}, stages...), deployed(run, "deploy", done, total))
}

// download downloads the deferred files of packages: an endpoint needs them before it lists
// them.
func (s *Service) download(ctx context.Context, run *activity.Run, members bitset.Set) error {
	files, err := usecase.View(ctx, s.k, func(tx *db.Tx) (mirror.UpstreamFiles, error) { return s.mirror.LeftUpstream(ctx, tx, members) })
	if err != nil || len(files) == 0 {
		return err
	}
	_, _, err = s.mirrors.Download(ctx, run, files)
	return err
}

// deployed returns a function that reports the deployed files, also those of earlier calls.
func deployed(run *activity.Run, phase string, before, total int) func(int, int) {
	return func(done, of int) {
		run.Progress(activity.Progress{Phase: phase, Done: int64(before + done), Total: int64(max(total, before+of))})
	}
}

// poolFiles returns the stage with the files of packages.
func (s *Service) poolFiles(ctx context.Context, prefix string, list publish.Packed) (endpoint.Stage, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) (files endpoint.Stage, err error) {
		for served, err := range s.publish.PoolFiles(ctx, tx, list) {
			if err != nil {
				return nil, err
			}
			f := s.endpointFile(prefix, served)
			f.Whole = true
			files = append(files, f)
		}
		return files, nil
	})
}

// stages returns the stages with the files below dists/.
func (s *Service) stages(ctx context.Context, prefix string, d publish.Deployment) (stages []endpoint.Stage, err error) {
	standing, err := usecase.View(ctx, s.k, func(tx *db.Tx) ([][]publish.Standing, error) { return s.publish.Stages(ctx, tx, d) })
	for _, list := range standing {
		stage := make(endpoint.Stage, len(list))
		for i, file := range list {
			stage[i] = s.endpointFile(prefix, file.Served)
			if file.Like != "" {
				stage[i].Like = publish.BelowPrefix(prefix, file.Like)
			}
		}
		stages = append(stages, stage)
	}
	return stages, err
}

func (s *Service) endpointFile(prefix string, f publish.Served) endpoint.File {
	return endpoint.File{
		Path: publish.BelowPrefix(prefix, f.Path), Size: f.Size, SHA256: f.SHA256, Modified: time.Unix(f.Modified, 0),
		Open: func(ctx context.Context) (io.ReadCloser, error) { return s.open(ctx, f) },
	}
}

// below puts paths below a prefix.
func below(prefix string, paths []string) []string {
	return usecase.Map(paths, func(name string) string { return publish.BelowPrefix(prefix, name) })
}

// tidy removes the files of earlier releases below a prefix whose grace period is over.
func (s *Service) tidy(ctx context.Context, place openPlace, name, prefix string) (finish func(*db.Tx) error, err error) {
	grace := s.k.Grace()
	var due []publish.Leftover
	var unneeded []string
	err = s.k.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, unneeded, err = s.publish.Leftovers(ctx, tx, name, prefix, grace, tidyBatch)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(unneeded) > 0 {
		if err := place.Remove(ctx, below(prefix, unneeded)); err != nil {
			return nil, fmt.Errorf("removing files of earlier releases from %s: %w", name, err)
		}
	}
	return func(tx *db.Tx) error {
		if err := s.publish.Forget(ctx, tx, name, prefix, due); err != nil {
			return err
		}
		oldest, err := s.publish.NextLeftover(ctx, tx, name, prefix, grace.Since)
		if len(due) == tidyBatch {
			oldest = grace.Since // there may be more
		}
		if err != nil || oldest == 0 {
			return err
		}
		_, err = s.k.Submit(ctx, tx, activity.Spec{
			Type: typeTidy, Subject: "endpoint:" + name, Payload: tidyPayload{Endpoint: name, Prefix: prefix},
			Locks:       placeLocks(name, prefix),
			RunAt:       s.k.Now().Add(time.Duration(oldest-grace.Since)*time.Microsecond + time.Second),
			UniqueKey:   fmt.Sprintf("%s %s:%s", typeTidy, name, prefix),
			MaxAttempts: patience,
		})
		return err
	}, nil
}

// tidyPayload is the payload of a tidying.
type tidyPayload struct {
	Endpoint string `json:"endpoint"`
	Prefix   string `json:"prefix"`
}

// runTidy is the activity of tidying.
func (s *Service) runTidy(ctx context.Context, run *activity.Run, in tidyPayload) (any, error) {
	place, err := s.openEndpoint(ctx, in.Endpoint)
	if problem.Is(err, problem.NotFound) {
		return nil, nil // it was dropped meanwhile: its files stay
	}
	if err != nil {
		return nil, err
	}
	finish, err := s.tidy(ctx, place, in.Endpoint, in.Prefix)
	if err == nil {
		err = run.Commit(ctx, nil, finish)
	}
	if err != nil {
		err = activity.Retry(err) // the next publish, which would do it too, may be far away
	}
	return nil, err
}
