package collections

import (
	"context"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// rename gives a collection another name, also where publications name it.
func (s *Service) Rename(ctx context.Context, tx *db.Tx, c catalog.Collection, to string) (catalog.Collection, error) {
	c, err := s.k.Catalog.Rename(ctx, tx, c, to)
	if err != nil {
		return c, err
	}
	return c, s.publish.Renamed(ctx, tx, c.ID, c.Name)
}
