package collections

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// MadeFrom returns the names of the snapshots that were created from a collection.
func (s *Service) MadeFrom(ctx context.Context, ref string) ([]string, error) {
	return usesOf(ctx, s, ref, s.k.Catalog.MadeFrom, func(c catalog.Collection) string { return c.Name })
}

// PublishedFrom returns the references of the publications that a collection feeds.
func (s *Service) PublishedFrom(ctx context.Context, ref string) ([]string, error) {
	return usesOf(ctx, s, ref, s.publish.Using, publish.Publication.Ref)
}

// usesOf returns the names of the objects that find returns for the collection of a reference.
func usesOf[T any](ctx context.Context, s *Service, ref string, find func(context.Context, *db.Tx, int64) ([]T, error), name func(T) string) ([]string, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]string, error) {
		r, err := ParseRef("ref", ref)
		if err != nil {
			return nil, err
		}
		c, err := s.k.Catalog.ByName(ctx, tx, r.Kind, r.Name)
		if err != nil {
			return nil, err
		}
		found, err := find(ctx, tx, c.ID)
		return usecase.Map(found, name), err
	})
}
