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
		WithHint("`aptarium publish stage` stages sources for the next update")
}

// StagedSources returns the sources that wait for the next update of a publication;
// problem.NotFound if nothing is staged. The list may be empty.
func (s *Service) StagedSources(ctx context.Context, prefix, distribution string) ([]string, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]string, error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err == nil && p.Staged == nil {
			err = nothingStaged(p)
		}
		return publish.SourceNames(p.Staged), err
	})
}

// StageSources resolves sources and keeps them for the next update of a publication. They
// replace earlier staged sources.
func (s *Service) StageSources(ctx context.Context, prefix, distribution string, sources []string) error {
	_, err := change(ctx, s, "publish.stage", prefix, distribution, sources, func(tx *db.Tx, p publish.Publication) (none struct{}, err error) {
		staged, err := s.ResolveSources(ctx, tx, sources)
		if err != nil {
			return none, err
		}
		return none, s.publish.Stage(ctx, tx, p, staged)
	})
	return err
}

// UnstageSources removes the staged sources of a publication; problem.NotFound if there are
// none.
func (s *Service) UnstageSources(ctx context.Context, prefix, distribution string) error {
	_, err := change(ctx, s, "publish.unstage", prefix, distribution, nil, func(tx *db.Tx, p publish.Publication) (none struct{}, err error) {
		if p.Staged == nil {
			return none, nothingStaged(p)
		}
		return none, s.publish.Stage(ctx, tx, p, nil)
	})
	return err
}
