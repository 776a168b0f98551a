package collections

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// dropCollection drops a collection that no publication is fed by.
func (s *Service) DropCollection(ctx context.Context, permission access.Permission, kind catalog.Kind, name string) error {
	if err := access.Require(ctx, permission); err != nil {
		return err
	}
	ref := string(kind) + ":" + name
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: permission, Action: string(kind) + ".drop", Subject: ref}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return struct{}{}, err
		}
		if err := s.pocket.CheckUnused(ctx, tx, c.ID, 0); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.DropUnused(ctx, tx, c)
	})
	return err
}

// dropUnused drops a collection that no publication is fed by.
func (s *Service) DropUnused(ctx context.Context, tx *db.Tx, c catalog.Collection) error {
	using, err := s.publish.Using(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if len(using) > 0 {
		return problem.New(problem.Conflict, "%s feeds the publication %s", c.Ref(), using[0].Ref()).
			WithHint("drop that first, or give it other sources")
	}
	return s.k.Catalog.Drop(ctx, tx, c)
}
