package publications

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// runPublish is the activity of a publish. A failed withdrawal is tried again, since no later
// publish does its work.
func (s *Service) runPublish(ctx context.Context, run *activity.Run, in Payload) (Result, error) {
	result, err := s.release(ctx, run, in)
	if err != nil && in.Withdraw {
		err = activity.Retry(err)
	}
	return result, err
}

// release builds the next release of a publication, commits it, and deploys it where another
// server serves it.
func (s *Service) release(ctx context.Context, run *activity.Run, in Payload) (result Result, err error) {
	defer s.k.Hold(run.Activity().Subject)()
	input, built, err := s.build(ctx, run, in, &result.Warnings)
	if err != nil {
		return Result{}, err
	}
	p := input.Publication
	note := func(r publish.Release) {
		result.Release, result.Packages, result.At = r.Number, r.Packages, usecase.Stamp(r.At)
	}
	result.Unchanged = p.Dropped || built.Same()
	if input.Previous != nil {
		note(*input.Previous)
	}
	commit := func(*db.Tx) error { return nil }
	if !result.Unchanged {
		run.Progress(activity.Progress{Phase: "store"})
		if err := s.k.Pool.Flush(ctx); err != nil {
			return Result{}, err
		}
		commit = func(tx *db.Tx) error {
			r, err := s.publish.Commit(ctx, tx, built, run.Activity().ID)
			if err != nil {
				return err
			}
			note(r)
			return s.renew(ctx, tx, p, r)
		}
	}
	if p.Endpoint != publish.BuiltIn {
		// A later run goes on with the deploy if this one dies: so the release is known before.
		err = s.k.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := commit(tx); err != nil {
				return err
			}
			return s.publish.Begin(ctx, tx, p.ID)
		})
		if err == nil {
			commit, err = s.deploy(ctx, run, p.ID, in.Rebuild)
		}
		if err != nil {
			return Result{}, err
		}
	}
	err = run.Commit(ctx, &result, commit)
	return result, err
}

// build builds the next release of a publication. A dropped publication, for which a renewal
// or the withdrawal still waited, has none.
func (s *Service) build(ctx context.Context, run *activity.Run, in Payload, warnings *[]string) (input publish.Input, built publish.Built, err error) {
	var missing bitset.Set
	err = s.k.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if input, err = s.input(ctx, tx, in); err != nil || input.Publication.Dropped {
			return err
		}
		if missing, err = s.builder.MissingFileLists(ctx, tx, input); err != nil || !missing.IsEmpty() {
			return err
		}
		input.Progress = func(done, total int, path string) {
			run.Progress(activity.Progress{Phase: "build " + path, Done: int64(done), Total: int64(total)})
		}
		built, err = s.builder.Build(ctx, tx, input)
		return err
	})
	if err != nil || missing.IsEmpty() {
		return input, built, err
	}
	if err := s.collections.ReadFileLists(ctx, run, missing, warnings); err != nil {
		return input, built, err
	}
	return s.build(ctx, run, in, warnings) // of the current state
}

// input reads the current input of a build.
func (s *Service) input(ctx context.Context, tx *db.Tx, in Payload) (publish.Input, error) {
	p, err := s.publish.ByID(ctx, tx, in.Publication)
	if err != nil {
		return publish.Input{}, err
	}
	if p.Dropped && !in.Renewal && !in.Withdraw {
		return publish.Input{}, problem.New(problem.NotFound, "%s was dropped", p.Ref())
	}
	input := publish.Input{Publication: p, Sources: slices.Clone(p.Sources), Rebuild: in.Rebuild, Overwrite: in.Overwrite}
	input.Publication.Options = p.Options.ResolveSnapshots(s.snapshotRoot(p))
	for i, source := range input.Sources {
		if source.Revision != 0 { // it is fixed there
			continue
		}
		c, err := s.k.Catalog.ByID(ctx, tx, source.Collection)
		if err != nil {
			return publish.Input{}, err
		}
		input.Sources[i].Revision = c.Head
	}
	if p.Head > 0 {
		previous, err := s.publish.Release(ctx, tx, p.ID, p.Head)
		if err != nil {
			return publish.Input{}, err
		}
		input.Previous = &previous
	}
	input.At = publish.Date(s.k.Now(), input.Previous)
	input.Signers, err = s.signers(ctx, tx, p.Options, in.passphrase)
	return input, err
}

// Behind reports whether the newest release of a publication lacks the newest state of a
// source.
func (s *Service) Behind(ctx context.Context, tx *db.Tx, p publish.Publication) (bool, error) {
	if p.Head == 0 {
		return true, nil
	}
	newest, err := s.publish.Release(ctx, tx, p.ID, p.Head)
	if err != nil {
		return false, err
	}
	for _, source := range newest.Sources {
		c, err := s.k.Catalog.ByID(ctx, tx, source.Collection)
		if err != nil || source.Revision < c.Head {
			return true, err
		}
	}
	return false, nil
}
