package publications

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

func nothingStaged(p publish.Publication) error {
	return problem.New(problem.NotFound, "nothing is staged for %s", p.Ref()).In("staged").
		WithHint("`aptarium publish stage` keeps sources for the next update")
}

// StagedSources gives the sources that are kept for a publication until an update
// publishes them instead of those that it has; problem.NotFound when nothing is
// staged. The list may be empty.
func (s *Service) StagedSources(ctx context.Context, prefix, distribution string) ([]string, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]string, error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err == nil && p.Staged == nil {
			err = nothingStaged(p)
		}
		return publish.SourceNames(p.Staged), err
	})
}

// StageSources keeps sources for a publication, in place of those that were
// staged. They are all looked up; nothing is published.
func (s *Service) StageSources(ctx context.Context, prefix, distribution string, sources []string) error {
	return s.stage(ctx, "publish.stage", prefix, distribution, sources, func(tx *db.Tx, _ publish.Publication) ([]publish.Source, error) {
		return s.Sources(ctx, tx, sources)
	})
}

// UnstageSources forgets the sources that are staged for a publication;
// problem.NotFound when there are none.
func (s *Service) UnstageSources(ctx context.Context, prefix, distribution string) error {
	return s.stage(ctx, "publish.unstage", prefix, distribution, nil, func(_ *db.Tx, p publish.Publication) ([]publish.Source, error) {
		if p.Staged == nil {
			return nil, nothingStaged(p)
		}
		return nil, nil
	})
}

func (s *Service) stage(ctx context.Context, action, prefix, distribution string, detail any, sources func(*db.Tx, publish.Publication) ([]publish.Source, error)) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Publish, Action: action, Subject: prefix + " " + distribution, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return struct{}{}, err
		}
		staged, err := sources(tx, p)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.publish.Stage(ctx, tx, p, staged)
	})
	return err
}
