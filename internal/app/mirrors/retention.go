package mirrors

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// RetainMirror sets which past states of a mirror are kept.
func (s *Service) Retain(ctx context.Context, name string, r collections.Retention) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	return usecase.Change(ctx, s.k, "mirror.retain", "mirror:"+name, r, func(tx *db.Tx) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		m.Collection.Retention = r
		if err := s.k.Catalog.Retain(ctx, tx, m.Collection, r); err != nil {
			return Mirror{}, err
		}
		return s.showMirror(ctx, tx, m)
	})
}
