package usecase

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
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

// ActivityProgress is the progress of an activity.
type ActivityProgress = activity.Progress

// ActivityError is the reason why an activity failed.
type ActivityError = activity.Failure

// Finished reports whether the activity has ended.
func (a Activity) Finished() bool { return activity.Status(a.Status).Finished() }

// Show returns an activity as callers see it.
func (k *Kernel) Show(x activity.Activity) Activity {
	show := Activity{
		ID: x.ID, Parent: x.Parent, Type: x.Type, Status: string(x.Status), Subject: x.Subject, Progress: x.Progress, Error: x.Error,
		CreatedBy: x.CreatedBy, CancelledBy: x.CancelledBy, CreatedAt: x.CreatedAt, RunAt: x.RunAt, StartedAt: x.StartedAt,
		FinishedAt: x.FinishedAt, Attempt: x.Attempt, Version: x.Version, Summary: x.Summary,
	}
	if len(x.Result) > 0 && string(x.Result) != "null" {
		show.Result = x.Result
	}
	k.rulesOf(x).about(x.Payload, &show)
	return show
}

// Submit starts an activity in the name of the caller.
func (k *Kernel) Submit(ctx context.Context, tx *db.Tx, spec activity.Spec) (Activity, error) {
	if who, known := access.From(ctx); known {
		spec.CreatedBy = who.Name
	}
	started, _, err := k.Engine.Submit(ctx, tx, spec)
	return k.Show(started), err
}

// Cancellable returns an activity that the caller may cancel.
func (k *Kernel) Cancellable(ctx context.Context, id int64) (Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Activity{}, err
	}
	x, err := k.Engine.Get(ctx, id)
	if err == nil {
		err = k.rulesOf(x).mayCancel(ctx, x.Payload)
	}
	return k.Show(x), err
}
