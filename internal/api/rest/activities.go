package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// ActivityID is a path that names an activity.
type ActivityID struct {
	ID int64 `path:"id" minimum:"1"`
}

// ActivityLog is what an activity told of itself.
type ActivityLog struct {
	Lines []string `json:"lines" doc:"Oldest first"`
}

// activities adds /v1/activities.
func (s *service) activities() {
	handle(s, get("list-activities", "/v1/activities", "List activities, newest first"), func(ctx context.Context, in *struct {
		Paging
		Status  string `query:"status" enum:"waiting,running,done,failed,cancelled"`
		Type    string `query:"type" doc:"Such as mirror.sync"`
		Subject string `query:"subject" doc:"Such as mirror:bookworm"`
	}) (usecase.List[usecase.Activity], error) {
		return s.app.Activities.List(ctx, activities.Filter{Status: in.Status, Type: in.Type, Subject: in.Subject}, in.page())
	})
	handle(s, get("get-activity", "/v1/activities/{id}", "Get an activity, at once or when it has changed"), func(ctx context.Context, in *struct {
		ActivityID
		Version int64 `query:"version" doc:"The version that you know"`
		Wait    int   `query:"wait" minimum:"0" maximum:"60" doc:"Seconds to wait for a newer version"`
	}) (usecase.Activity, error) {
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
	handle(s, get("get-activity-log", "/v1/activities/{id}/log", "Get what an activity told of itself"), func(ctx context.Context, in *ActivityID) (ActivityLog, error) {
		lines, err := s.app.Activities.Log(ctx, in.ID)
		return ActivityLog{lines}, err
	})
	handle(s, post("cancel-activity", "/v1/activities/{id}/cancel", "End an activity before it is done", http.StatusAccepted), func(ctx context.Context, in *ActivityID) (usecase.Activity, error) {
		return s.app.Activities.Cancel(ctx, in.ID)
	})
}
