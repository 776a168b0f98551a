package garbage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// keepActivities is the age, since their end, from which Compact deletes activities.
const keepActivities = 30 * 24 * time.Hour

// Compact collects garbage, deletes old activities and compacts the database. It returns a
// sentence about what it did, when all of it is done. Past states that a retention keeps stay.
// It takes [access.Admin], as [Service.Collect] does.
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
		return "", fmt.Errorf("reading the report of the collection: %w", err)
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
