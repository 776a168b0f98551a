package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of activities.
var (
	ListActivities = get[ListActivitiesInput, usecase.List[usecase.Activity]]("list-activities", "/v1/activities", "List activities, newest first")
	GetActivity    = get[GetActivityInput, usecase.Activity]("get-activity", "/v1/activities/{id}", "Get an activity, at once or when it has changed")
	GetActivityLog = get[ActivityID, ActivityLog]("get-activity-log", "/v1/activities/{id}/log", "Get what an activity told of itself")
	CancelActivity = post[ActivityID, usecase.Activity]("cancel-activity", "/v1/activities/{id}/cancel", "End an activity before it is done", http.StatusAccepted)
	Events         = get[EventsInput, usecase.Activity]("events", "/v1/events", "Follow the activities as server-sent events")
)

// EventsInput is the input of [Events].
type EventsInput struct {
	LastEventID string `header:"Last-Event-ID" doc:"The version that you know; only newer states are told. Without it, those of unfinished activities come first"`
}

// ActivityID is a path that names an activity.
type ActivityID struct {
	ID int64 `path:"id" minimum:"1"`
}

// ActivityLog is the log of an activity.
type ActivityLog struct {
	Lines []string `json:"lines" doc:"Oldest first"`
}

// ListActivitiesInput is the input of [ListActivities].
type ListActivitiesInput struct {
	Paging
	Status  string `query:"status" enum:"waiting,running,done,failed,cancelled"`
	Type    string `query:"type" doc:"Such as mirror.sync"`
	Subject string `query:"subject" doc:"Such as mirror:bookworm"`
}

// GetActivityInput is the input of [GetActivity].
type GetActivityInput struct {
	ActivityID
	Version int64 `query:"version" doc:"The version that you know"`
	Wait    int   `query:"wait" minimum:"0" maximum:"60" doc:"Seconds to wait for a newer version"`
}
