package publish

import (
	"context"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// GetAt finds the publication that was at a place at the end of an instant, in
// microseconds since 1970, also if it was dropped later; none is problem.NotFound.
func (s *Store) GetAt(ctx context.Context, tx *db.Tx, endpoint, prefix, distribution string, at int64) (Publication, error) {
	found, err := s.list(ctx, tx, `endpoint = $1 AND prefix = $2 AND distribution = $3 AND created_at <= $4 AND (dropped_at IS NULL OR dropped_at > $4)`,
		endpoint, prefix, distribution, at)
	if err != nil {
		return Publication{}, err
	}
	if len(found) == 0 {
		return Publication{}, problem.New(problem.NotFound, "%s %s was not published then", prefix, distribution).
			WithHint("`aptarium publish list` shows what is published now")
	}
	return found[0], nil
}

// AsOf gives the release of a publication that was its newest at the end of an
// instant, without its files; before the first it is problem.NotFound, as where that
// release is not kept any more.
func (s *Store) AsOf(ctx context.Context, tx *db.Tx, p Publication, at int64) (Release, error) {
	found, err := s.releases(ctx, tx, newestAt, p.ID, at)
	if err != nil {
		return Release{}, err
	}
	lost, err := s.lost(ctx, tx, p, found, at)
	switch {
	case err != nil:
		return Release{}, err
	case lost:
		return Release{}, catalog.Thinned(p.Ref(), at)
	}
	return s.one(ctx, tx, p, newestAt, p.ID, at)
}

// Numbered gives a release of a publication by its number, without its files; one
// that there never was is problem.NotFound.
func (s *Store) Numbered(ctx context.Context, tx *db.Tx, p Publication, number int64) (Release, error) {
	return s.one(ctx, tx, p, "publication_id = $1 AND number = $2", p.ID, number)
}

// newestAt chooses the newest release that is kept of those up to an instant.
const newestAt = "publication_id = $1 AND at <= $2 ORDER BY number DESC LIMIT 1"

func (s *Store) one(ctx context.Context, tx *db.Tx, p Publication, where string, args ...any) (Release, error) {
	found, err := s.releases(ctx, tx, where, args...)
	if err != nil {
		return Release{}, err
	}
	if len(found) == 0 {
		return Release{}, problem.New(problem.NotFound, "%s has no such release", p.Ref()).WithHint("`aptarium publish log` lists those there are")
	}
	return found[0], nil
}

// Members gives what a release was built from, in all components together.
func (s *Store) Members(ctx context.Context, tx *db.Tx, r Release) (union bitset.Set, err error) {
	for _, source := range r.Sources {
		set, err := s.catalog.Set(ctx, tx, source.View())
		if err != nil {
			return bitset.Set{}, err
		}
		union = union.Union(set)
	}
	return union, nil
}
