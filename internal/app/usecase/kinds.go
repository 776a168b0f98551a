package usecase

import (
	"context"
	"encoding/json"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
)

// Kind is one kind of activity: In is its payload, Out its result. A noun registers its
// kinds when it is made, before the engine starts.
type Kind[In, Out any] struct {
	// Type names the kind. Databases store it, so it never changes.
	Type string
	// Run does the work, again from the start after a crash. It is nil where the work
	// begins and ends in one process (see [Kernel.BeginHere]).
	Run func(ctx context.Context, run *activity.Run, in In) (Out, error)
	// MayCancel returns an error for callers who may not cancel an activity of the kind nor
	// delete its record; nil: [access.Mirror] is needed.
	MayCancel func(ctx context.Context, in In) error
	// About adds facts from the payload to an activity as callers see it; nil: none.
	About func(in In, show *Activity)
}

// kindRules are the rules of a [Kind] for showing and cancelling its activities.
type kindRules struct {
	mayCancel func(ctx context.Context, payload json.RawMessage) error
	about     func(payload json.RawMessage, show *Activity)
}

// Register adds a kind to the kernel and its engine. It panics where two kinds have one type.
func Register[In, Out any](k *Kernel, kind Kind[In, Out]) {
	if kind.Run != nil {
		k.Engine.Register(kind.Type, func(ctx context.Context, run *activity.Run) (any, error) {
			var in In
			if err := run.Payload(&in); err != nil {
				return nil, err
			}
			return kind.Run(ctx, run, in)
		})
	}
	if k.kinds == nil {
		k.kinds = map[string]kindRules{}
	}
	if _, twice := k.kinds[kind.Type]; twice {
		panic("two kinds of activities are called " + kind.Type)
	}
	k.kinds[kind.Type] = kindRules{
		mayCancel: func(ctx context.Context, payload json.RawMessage) error {
			var in In
			if kind.MayCancel == nil {
				return access.Require(ctx, access.Mirror)
			}
			if err := json.Unmarshal(payload, &in); err != nil {
				return err
			}
			return kind.MayCancel(ctx, in)
		},
		about: func(payload json.RawMessage, show *Activity) {
			var in In
			if kind.About != nil && json.Unmarshal(payload, &in) == nil {
				kind.About(in, show)
			}
		},
	}
}

// jobRules returns the rules of jobs, whose types are the choice of dialects.
func jobRules() kindRules {
	return kindRules{
		mayCancel: func(ctx context.Context, _ json.RawMessage) error { return access.Require(ctx, access.Mirror) },
		about: func(payload json.RawMessage, show *Activity) {
			var job jobPayload
			if json.Unmarshal(payload, &job) == nil {
				show.Resources = job.Resources
			}
		},
	}
}

// rulesOf returns the rules of an activity's kind.
func (k *Kernel) rulesOf(x activity.Activity) kindRules {
	if rules, registered := k.kinds[x.Type]; registered {
		return rules
	}
	return jobRules()
}
