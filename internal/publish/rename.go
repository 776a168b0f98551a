package publish

import (
	"context"

	"github.com/aptarium/aptarium/internal/db"
)

// Renamed renames a collection in the sources and staged sources of all publications. Past releases
// keep the old name.
func (s *Store) Renamed(ctx context.Context, tx *db.Tx, collection int64, name string) error {
	rename := func(list []Source) (found bool) {
		for i := range list {
			if list[i].Collection == collection {
				list[i].Name, found = name, true
			}
		}
		return found
	}
	all, err := s.where(ctx, tx, func(Publication) bool { return true })
	if err != nil {
		return err
	}
	for _, p := range all {
		if rename(p.Sources) {
			if err := s.Update(ctx, tx, p); err != nil {
				return err
			}
		}
		if rename(p.Staged) {
			if err := s.Stage(ctx, tx, p, p.Staged); err != nil {
				return err
			}
		}
	}
	return nil
}
