package garbage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
)

// Format names a compression of indexes: gz, zst, xz or bz2.
type Format = compress.Format

// Ready tells whether the application can work: with an error, what it lacks.
func (s *Service) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return s.k.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := db.One(ctx, tx, db.Value[int64], `SELECT count(*) FROM activity WHERE id = 0`)
		return err
	})
}

// keepActivities is how long the records of finished activities are kept when
// somebody asks to clean up.
const keepActivities = 30 * 24 * time.Hour

// Compact cleans up: it collects garbage, forgets activities that ended more than 30
// days ago and has the database tidy its files. It tells what it did. Past states
// stay that a retention keeps: they are what the database is for.
func (s *Service) Compact(ctx context.Context) (string, error) {
	garbage, err := s.Collect(ctx, GC{})
	if err != nil {
		return "", err
	}
	for !garbage.Finished() {
		if garbage, err = s.activities.Watch(ctx, garbage.ID, garbage.Version, time.Minute); err != nil {
			return "", err
		}
	}
	if garbage.Error != nil {
		return "", garbage.Error.Problem()
	}
	var r GCReport
	if err := json.Unmarshal(garbage.Result, &r); err != nil {
		return "", fmt.Errorf("reading what was collected: %w", err)
	}
	gone, err := s.k.Engine.Prune(ctx, s.k.Now().Add(-keepActivities))
	if err != nil {
		return "", err
	}
	if err := s.k.DB.Compact(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("dropped %d packages and %d files of %d bytes that nothing needed, forgot %d activities of more than 30 days ago, and compacted the database",
		r.Packages, r.Blobs, r.Bytes, gone), nil
}
