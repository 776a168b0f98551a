package apply

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

const typeApply = "apply"

// ApplyRequest is a declaration to apply, with options.
type ApplyRequest struct {
	Declaration Declaration `json:"declaration"`
	Prune       bool        `json:"prune,omitempty" doc:"Drop what an earlier declaration of this name stated and this one does not"`
	Expect      string      `json:"expect,omitempty" doc:"The digest of the plan that was looked at: when another one would be done, nothing is"`
}

// ApplyPlan lists the steps of an apply.
type ApplyPlan struct {
	Declaration string        `json:"declaration" doc:"Its name"`
	Changes     []ApplyChange `json:"changes" doc:"In the order in which they are made; none when all is as declared"`
	Adopted     []string      `json:"adopted,omitempty" doc:"What is there already as declared and was not known to be; an apply remembers it"`
	Faults      Faults        `json:"faults,omitempty" doc:"All that is wrong; while something is, nothing can be applied"`
	Digest      string        `json:"digest" doc:"Names the changes"`
}

// ApplyChange is one step of a plan.
type ApplyChange struct {
	Action      string          `json:"action" enum:"create,change,sync,publish,drop"`
	Kind        string          `json:"kind" enum:"endpoint,keyring,mirror,repo,snapshot,publication"`
	Name        string          `json:"name"`
	Settings    []SettingChange `json:"settings,omitempty" doc:"Of a change: what is another than declared"`
	Destructive bool            `json:"destructive,omitempty" doc:"It takes something away"`
}

// SettingChange is a setting that differs from the declared one.
type SettingChange struct {
	Name string `json:"name"`
	From any    `json:"from" doc:"As it is; null for the default"`
	To   any    `json:"to" doc:"As declared; null for the default"`
}

// ApplyResult lists the steps that an apply has done.
type ApplyResult struct {
	Changes []ApplyChange `json:"changes"`
}

// key names a step without its settings.
func (c ApplyChange) key() string { return c.Action + " " + c.Kind + " " + c.Name }

func (c ApplyChange) thing() thing { return thing{c.Kind, c.Name} }

// Plan compares a declaration with what exists and returns the steps of its apply. It changes
// nothing.
func (s *Service) Plan(ctx context.Context, in ApplyRequest) (ApplyPlan, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return ApplyPlan{}, err
	}
	ap, err := s.planApply(ctx, in)
	if err != nil {
		return ApplyPlan{}, err
	}
	return ap.plan()
}

// Apply starts an activity that makes everything as declared: endpoints, keyrings, mirrors and
// their first syncs, repos, snapshots, publications and their releases. Each step does the same
// as its own use case, and long steps are child activities. A declaration with faults is refused
// whole. Later a failed step leaves out the steps that need it; the error lists the done steps,
// and another apply continues from there. Applies take turns, and do only steps that were in the
// plan at the time of this call. The result of the activity is an ApplyResult.
//
// The caller needs the permission for each step.
func (s *Service) Apply(ctx context.Context, in ApplyRequest) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.Activity{}, err
	}
	ap, err := s.planApply(ctx, in)
	if err != nil {
		return usecase.Activity{}, err
	}
	plan, err := ap.plan()
	if err != nil {
		return usecase.Activity{}, err
	}
	if len(plan.Faults) > 0 {
		return usecase.Activity{}, plan.Faults
	}
	if err := mayApply(ctx, plan); err != nil {
		return usecase.Activity{}, err
	}
	if in.Expect != "" && in.Expect != plan.Digest {
		return usecase.Activity{}, problem.New(problem.Conflict, "things have changed since the plan was made").In("expect").WithHint("look at the plan again")
	}
	return s.submitApply(ctx, in, plan)
}

// mayApply checks that the caller may do every step of a plan.
func mayApply(ctx context.Context, plan ApplyPlan) error {
	needs := map[string]access.Permission{
		endpointKind: access.Admin, keyringKind: access.Keys, mirrorKind: access.Mirror,
		repoKind: access.Upload, snapshotKind: access.Mirror, publicationKind: access.Publish,
	}
	if len(plan.Changes) == 0 {
		return access.Require(ctx, access.Publish) // to remember the declaration
	}
	for _, c := range plan.Changes {
		if err := access.Require(ctx, needs[c.Kind]); err != nil {
			return err
		}
	}
	return nil
}

// storedApply is the work of an apply that waits for its turn.
type storedApply struct {
	Request  ApplyRequest `json:"request"`
	Approved []string     `json:"approved"` // keys of the steps
}

// applyPayload names the request of an apply.
type applyPayload struct {
	Request int64 `json:"request"`
}

// submitApply starts the activity. The caller has the permissions for the steps: see mayApply.
func (s *Service) submitApply(ctx context.Context, in ApplyRequest, plan ApplyPlan) (usecase.Activity, error) {
	stored := storedApply{Request: in}
	for _, c := range plan.Changes {
		stored.Approved = append(stored.Approved, c.key())
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return usecase.Activity{}, fmt.Errorf("encoding a declaration: %w", err)
	}
	detail := map[string]any{"changes": stored.Approved, "prune": in.Prune}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Read, Action: "apply", Subject: "declaration:" + plan.Declaration, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		id, err := declared.PutRequest(ctx, tx, string(text))
		if err != nil {
			return usecase.Activity{}, err
		}
		return s.k.Submit(ctx, tx, activity.Spec{
			Type: typeApply, Subject: "declaration:" + plan.Declaration, Payload: applyPayload{id}, MaxAttempts: 3,
			Locks: []activity.Lock{{Resource: typeApply}},
		})
	})
}

// plan returns the steps as callers see them.
func (ap *applying) plan() (ApplyPlan, error) {
	p := ApplyPlan{Declaration: ap.in.Name, Changes: []ApplyChange{}, Faults: ap.faults}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int {
		return cmp.Or(slices.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	if len(ap.faults) == 0 {
		for _, s := range ap.steps {
			p.Changes = append(p.Changes, s.ApplyChange)
		}
		for _, r := range ap.states {
			if _, known := ap.known[thing{r.Kind, r.Name}]; !known {
				p.Adopted = append(p.Adopted, thing{r.Kind, r.Name}.String())
			}
		}
	}
	text, err := json.Marshal(p.Changes)
	if err != nil {
		return p, fmt.Errorf("encoding a plan: %w", err)
	}
	p.Digest = digest.Of(text).String()
	return p, nil
}
