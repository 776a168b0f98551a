package app

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Activity is a unit of work, as callers see it.
type Activity struct {
	ID          int64            `json:"id"`
	Parent      int64            `json:"parent,omitempty"`
	Type        string           `json:"type"`
	Status      string           `json:"status" enum:"waiting,running,done,failed,cancelled"`
	Subject     string           `json:"subject,omitempty"`
	Progress    ActivityProgress `json:"progress"`
	Result      json.RawMessage  `json:"result,omitempty" doc:"What it did, when done; its shape depends on the type"`
	Error       *ActivityError   `json:"error,omitempty"`
	CreatedBy   string           `json:"created_by,omitempty"`
	CancelledBy string           `json:"cancelled_by,omitempty"`
	CreatedAt   time.Time        `json:"created_at"`
	RunAt       time.Time        `json:"run_at,omitzero"`
	StartedAt   time.Time        `json:"started_at,omitzero"`
	FinishedAt  time.Time        `json:"finished_at,omitzero"`
	Attempt     int              `json:"attempt,omitempty"`
	Version     int64            `json:"version" doc:"Grows with every change that can be seen"`
	Summary     string           `json:"summary,omitempty"`
	Resources   []string         `json:"resources,omitempty" doc:"What a job of another dialect takes turns for"`
	PocketID    int64            `json:"pocket_id,omitempty" doc:"Of the pocket that it works on"`
	PocketName  string           `json:"pocket_name,omitempty"`
}

// ActivityProgress is how far an activity is.
type ActivityProgress = activity.Progress

// ActivityError is why an activity failed.
type ActivityError = activity.Failure

// Finished tells whether the activity has come to its end.
func (a Activity) Finished() bool { return activity.Status(a.Status).Finished() }

// show returns an activity as callers see it.
func (a *App) show(x activity.Activity) Activity {
	show := Activity{
		ID: x.ID, Parent: x.Parent, Type: x.Type, Status: string(x.Status), Subject: x.Subject, Progress: x.Progress, Error: x.Error,
		CreatedBy: x.CreatedBy, CancelledBy: x.CancelledBy, CreatedAt: x.CreatedAt, RunAt: x.RunAt, StartedAt: x.StartedAt,
		FinishedAt: x.FinishedAt, Attempt: x.Attempt, Version: x.Version, Summary: x.Summary,
	}
	if len(x.Result) > 0 && string(x.Result) != "null" {
		show.Result = x.Result
	}
	a.rulesOf(x).about(x.Payload, &show)
	return show
}

// submit starts an activity in the name of whoever asks.
func (a *App) submit(ctx context.Context, tx *db.Tx, spec activity.Spec) (Activity, error) {
	if who, known := access.From(ctx); known {
		spec.CreatedBy = who.Name
	}
	started, _, err := a.Engine.Submit(ctx, tx, spec)
	return a.show(started), err
}

// ActivityFilter chooses activities; empty fields choose all.
type ActivityFilter struct {
	Status  string
	Type    string
	Subject string
}

// Activities lists activities, newest first.
func (a *App) Activities(ctx context.Context, f ActivityFilter, p Page) (List[Activity], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Activity]{}, err
	}
	before, err := pageNumber(p)
	if err != nil {
		return List[Activity]{}, err
	}
	filter := activity.Filter{Type: f.Type, Subject: f.Subject}
	if f.Status != "" {
		filter.Statuses = []activity.Status{activity.Status(f.Status)}
	}
	// One more than a page tells whether there is another.
	found, err := a.Engine.List(ctx, filter, activity.Page{After: before, Limit: p.limit() + 1})
	if err != nil {
		return List[Activity]{}, err
	}
	items := make([]Activity, len(found))
	for i, x := range found {
		items[i] = a.show(x)
	}
	return pageOf(items, p.limit(), func(x Activity) string { return number(x.ID) }), nil
}

// ActivityCondition chooses activities by all that is known of them.
type ActivityCondition = activity.Condition

// The statuses of activities, as conditions name them.
const (
	ActivityWaiting   = activity.Waiting
	ActivityRunning   = activity.Running
	ActivityDone      = activity.Done
	ActivityFailed    = activity.Failed
	ActivityCancelled = activity.Cancelled
)

// SearchActivities gives the activities that a condition chooses, oldest first: at most
// limit (1 to 1000) of them after the first offset.
func (a *App) SearchActivities(ctx context.Context, c ActivityCondition, offset, limit int) ([]Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	found, err := a.Engine.Search(ctx, c, offset, limit)
	items := make([]Activity, len(found))
	for i, x := range found {
		items[i] = a.show(x)
	}
	return items, err
}

// Author is the person who began an activity.
type Author struct {
	ID          int64
	Name, Email string
}

// Authors finds the persons among those who began activities, by what these say of it
// (CreatedBy). Tokens, and the server itself, are none.
func (a *App) Authors(ctx context.Context, names []string) (map[string]Author, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	return read(ctx, a, func(tx *db.Tx) (map[string]Author, error) {
		found := map[string]Author{}
		for _, name := range names {
			if _, known := found[name]; known || !strings.Contains(name, "@") {
				continue
			}
			p, err := a.Access.Person(ctx, tx, name)
			if problem.Is(err, problem.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found[name] = Author{ID: p.ID, Name: p.Name, Email: p.Email}
		}
		return found, nil
	})
}

// Activity gives one activity.
func (a *App) Activity(ctx context.Context, id int64) (Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Activity{}, err
	}
	x, err := a.Engine.Get(ctx, id)
	return a.show(x), err
}

// WatchActivity gives an activity as soon as it is newer than a version, or as
// it is when the context's deadline comes first.
func (a *App) WatchActivity(ctx context.Context, id, version int64, wait time.Duration) (Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Activity{}, err
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	x, err := a.Engine.Watch(limited, id, version)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		x, err = a.Engine.Get(ctx, id)
	}
	return a.show(x), err
}

// CancelActivity ends an activity that has not come to its end.
func (a *App) CancelActivity(ctx context.Context, id int64) (Activity, error) {
	x, err := a.cancellable(ctx, id)
	if err != nil {
		return Activity{}, err
	}
	if x.Finished() {
		return Activity{}, problem.New(problem.Conflict, "activity %d is %s already", id, x.Status)
	}
	who, _ := access.From(ctx)
	cancelled, err := a.Engine.Cancel(ctx, id, who.Name)
	return a.show(cancelled), err
}

// cancellable returns an activity that the caller may end.
func (a *App) cancellable(ctx context.Context, id int64) (Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Activity{}, err
	}
	x, err := a.Engine.Get(ctx, id)
	if err == nil {
		err = a.rulesOf(x).mayCancel(ctx, x.Payload)
	}
	return a.show(x), err
}
