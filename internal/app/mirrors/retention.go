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
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.retain", Subject: "mirror:" + name, Detail: r}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
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
