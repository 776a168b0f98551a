package repos

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Revert makes a past state of a repo its newest revision. The past state of another repo, which
// had the same name and was dropped, is problem.NotFound.
func (s *Service) Revert(ctx context.Context, ref collections.Ref) (collections.RepoChange, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.revert", Subject: "repo:" + ref.Name, Detail: ref}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) {
		c, now, err := s.collections.RepoMembers(ctx, tx, ref.Name)
		if err != nil {
			return collections.RepoChange{}, err
		}
		then, v, err := s.collections.Resolve(ctx, tx, ref)
		if err != nil {
			return collections.RepoChange{}, err
		}
		if then.ID != c.ID {
			return collections.RepoChange{}, problem.New(problem.NotFound, "at that time, %s was the name of another repo, which was dropped", ref.Name).In("ref").
				WithHint("`aptarium repo copy` copies its packages")
		}
		set, err := s.k.Catalog.Set(ctx, tx, v)
		if err != nil {
			return collections.RepoChange{}, err
		}
		return s.collections.ChangeRepo(ctx, tx, c, set.Minus(now), now.Minus(set), 0)
	})
}
