package rest

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// activities adds /v1/activities.
func (s *service) activities() {
	handle(s, routes.ListActivities, func(ctx context.Context, in *routes.ListActivitiesInput) (usecase.List[usecase.Activity], error) {
		return s.app.Activities.List(ctx, activities.Filter{Status: in.Status, Type: in.Type, Subject: in.Subject}, in.Page())
	})
	handle(s, routes.GetActivity, func(ctx context.Context, in *routes.GetActivityInput) (usecase.Activity, error) {
		if in.Wait == 0 {
			return s.app.Activities.Get(ctx, in.ID)
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			select {
			case <-ctx.Done():
			case <-s.options.Draining:
				cancel()
			}
		}()
		return s.app.Activities.Watch(ctx, in.ID, in.Version, time.Duration(in.Wait)*time.Second)
	})
	handle(s, routes.GetActivityLog, func(ctx context.Context, in *routes.ActivityID) (routes.ActivityLog, error) {
		lines, err := s.app.Activities.Log(ctx, in.ID)
		return routes.ActivityLog{Lines: lines}, err
	})
	handle(s, routes.CancelActivity, func(ctx context.Context, in *routes.ActivityID) (usecase.Activity, error) {
		return s.app.Activities.Cancel(ctx, in.ID)
	})
}
