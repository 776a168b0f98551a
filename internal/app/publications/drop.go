package publications

import (
	"context"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// Drop ends a publication; its past states stay available. From an endpoint that another
// server serves, the indexes are removed at once, and the packages after the grace period.
func (s *Service) Drop(ctx context.Context, prefix, distribution string) error {
	_, err := s.Withdraw(ctx, prefix, distribution)
	return err
}

// Withdraw is [Service.Drop]. It returns the activity that removes the publication from its
// endpoint; for the built-in endpoint that activity has no ID.
func (s *Service) Withdraw(ctx context.Context, prefix, distribution string) (usecase.Activity, error) {
	return change(ctx, s, "publish.drop", prefix, distribution, nil, func(tx *db.Tx, p publish.Publication) (usecase.Activity, error) {
		if err := s.pocket.CheckUnused(ctx, tx, 0, p.ID); err != nil {
			return usecase.Activity{}, err
		}
		if err := s.publish.Drop(ctx, tx, p); err != nil || p.Endpoint == publish.BuiltIn {
			return usecase.Activity{}, err
		}
		return s.k.Submit(ctx, tx, activity.Spec{
			Type: typePublish, Subject: subject(p), Payload: Payload{Publication: p.ID, Withdraw: true},
			Locks: locks(p), MaxAttempts: patience,
		})
	})
}
