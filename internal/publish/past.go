package publish

import (
	"context"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// GetAt returns the publication of a prefix and distribution at the end of an instant, in
// microseconds since 1970, even if it was dropped later; none is problem.NotFound.
func (s *Store) GetAt(ctx context.Context, tx *db.Tx, endpoint, prefix, distribution string, at int64) (Publication, error) {
	found, err := s.list(ctx, tx, `endpoint = $1 AND prefix = $2 AND distribution = $3 AND created_at <= $4 AND (dropped_at IS NULL OR dropped_at > $4)`,
		endpoint, prefix, distribution, at)
	return db.First(found, err, problem.New(problem.NotFound, "%s %s was not published then", prefix, distribution).
		WithHint("`aptarium publish list` shows what is published now"))
}

// AsOf returns a publication's newest release at the end of an instant, without its files. If it
// had none yet, or the release was thinned, that is problem.NotFound.
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

// Numbered returns a release of a publication by its number, without its files; an unknown number
// is problem.NotFound.
func (s *Store) Numbered(ctx context.Context, tx *db.Tx, p Publication, number int64) (Release, error) {
	return s.one(ctx, tx, p, "publication_id = $1 AND number = $2", p.ID, number)
}

// newestAt selects the newest kept release up to an instant.
const newestAt = "publication_id = $1 AND at <= $2 ORDER BY number DESC LIMIT 1"

func (s *Store) one(ctx context.Context, tx *db.Tx, p Publication, where string, args ...any) (Release, error) {
	found, err := s.releases(ctx, tx, where, args...)
	return db.First(found, err,
		problem.New(problem.NotFound, "%s has no such release", p.Ref()).WithHint("`aptarium publish log` lists the kept releases"))
}

// Members returns the members of a release's views, of all components together.
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
