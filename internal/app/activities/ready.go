package activities

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/db"
)

// Ready returns an error unless the database answers within five seconds.
func (s *Service) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return s.k.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := db.One(ctx, tx, db.Value[int64], `SELECT count(*) FROM activity WHERE id = 0`)
		return err
	})
}
