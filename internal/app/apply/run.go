package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/problem"
)

// applyRun is a running apply.
type applyRun struct {
	*applying
	*activity.Run
	children  map[int64]declared.Record // the records to store when they are done, by activity
	failed    map[thing]bool
	done      []ApplyChange
	told      []string // the failed steps, and those left out because of them
	cause     error    // the first failure
	withdrawn map[string][]int64
}

// register adds the kind of activities.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[applyPayload, ApplyResult]{Type: typeApply, Run: s.runApply})
}

// runApply is the activity of an apply. It plans again, because applies take turns, and an
// interrupted one continues here.
func (s *Service) runApply(ctx context.Context, run *activity.Run, in applyPayload) (ApplyResult, error) {
	text, err := usecase.View(ctx, s.k, func(tx *db.Tx) (string, error) { return declared.Request(ctx, tx, in.Request) })
	if err != nil {
		return ApplyResult{}, err
	}
	var stored storedApply
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return ApplyResult{}, fmt.Errorf("reading what is to be applied: %w", err)
	}
	// The caller of Apply had the permission for each step.
	who := access.Principal{Name: run.Activity().CreatedBy, Kind: access.System, Roles: []access.Role{access.Administrator}}
	ctx = access.With(ctx, who)
	ap, err := s.planApply(ctx, stored.Request)
	if err != nil {
		return ApplyResult{}, err
	}
	if err := ap.approved(stored.Approved); err != nil {
		return ApplyResult{}, errors.Join(err, s.forgetRequest(ctx, in.Request))
	}
	r := &applyRun{applying: ap, Run: run, children: map[int64]declared.Record{}, failed: map[thing]bool{}, withdrawn: map[string][]int64{}}
	if err := r.work(ctx); err != nil {
		return ApplyResult{}, err
	}
	if err := r.failure(); err != nil {
		return ApplyResult{}, errors.Join(err, s.forgetRequest(ctx, in.Request))
	}
	result := ApplyResult{Changes: usecase.OrEmpty(r.done)}
	return result, run.Commit(ctx, result, func(tx *db.Tx) error {
		if err := r.remember(ctx, tx); err != nil {
			return err
		}
		return declared.ForgetRequests(ctx, tx, in.Request)
	})
}

func (s *Service) forgetRequest(ctx context.Context, id int64) error {
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error { return declared.ForgetRequests(ctx, tx, id) })
}

// approved refuses steps that were not in the approved plan.
func (ap *applying) approved(keys []string) error {
	if len(ap.faults) > 0 {
		return ap.faults
	}
	for _, s := range ap.steps {
		if !slices.Contains(keys, s.key()) {
			return problem.New(problem.Conflict, "things have changed since the plan was made: it would also %s %s", s.Action, s.thing()).
				WithHint("look at the plan again, and apply it")
		}
	}
	return nil
}

// work does the steps, stage by stage. Its error ends the whole apply; failures of single steps
// are noted.
func (r *applyRun) work(ctx context.Context) error {
	if err := r.markPending(ctx); err != nil {
		return err
	}
	for at := 0; at < len(r.steps); {
		stage := r.steps[at].stage
		for ; at < len(r.steps) && r.steps[at].stage == stage; at++ {
			s := r.steps[at]
			r.Progress(activity.Progress{Phase: s.Action + " " + s.thing().String(), Done: int64(at), Total: int64(len(r.steps))})
			err := r.blocked(s)
			if err == nil {
				err = s.do(ctx, r)
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r.note(s.ApplyChange, err)
		}
		if err := r.await(ctx, stage); err != nil {
			return err
		}
	}
	return nil
}

// markPending notes the existing things that need a sync or a release, so that a later apply
// does it if this one fails.
func (r *applyRun) markPending(ctx context.Context) error {
	return r.service.k.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, s := range r.states {
			t := thing{s.Kind, s.Name}
			if r.synced[t] || r.releases(t) {
				if err := declared.Put(ctx, tx, pending(s)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// errLeftOut is the error of a step that needs a failed one.
var errLeftOut = errors.New("is left out")

// blocked returns an error if the step cannot be done because of another.
func (r *applyRun) blocked(s applyStep) error {
	if s.Action == "drop" && len(r.failed) > 0 {
		return fmt.Errorf("%w, since not everything else is done", errLeftOut)
	}
	for _, t := range s.needs {
		if r.failed[t] {
			return fmt.Errorf("%w, since it needs the %s", errLeftOut, t)
		}
	}
	return nil
}

// note keeps the outcome of a step. A step that runs as a child is noted again at its end.
func (r *applyRun) note(c ApplyChange, err error) {
	switch {
	case err == nil:
		r.done = append(r.done, c)
		return
	case errors.Is(err, errLeftOut):
		r.told = append(r.told, c.key()+" "+err.Error())
	default:
		r.told = append(r.told, c.key()+": "+err.Error())
		if r.cause == nil {
			r.cause = err
		}
	}
	r.failed[c.thing()] = true
	r.Log(r.told[len(r.told)-1])
}

// submit starts a child activity. Its record is stored when it is done.
func (r *applyRun) submit(ctx context.Context, tx *db.Tx, record declared.Record, spec activity.Spec) error {
	spec.Parent = r.Activity().ID
	started, err := r.service.k.Submit(ctx, tx, spec)
	if err == nil {
		r.children[started.ID] = record
	}
	return err
}

// await waits for the children that the steps of a stage have started.
func (r *applyRun) await(ctx context.Context, of stage) error {
	if of != syncMirrors && of != publishReleases {
		return nil
	}
	ended, err := r.WaitChildren(ctx)
	if err != nil {
		return err
	}
	for _, child := range ended {
		record, ours := r.children[child.ID]
		if !ours {
			continue // of an earlier attempt, or stage
		}
		delete(r.children, child.ID)
		t := thing{record.Kind, record.Name}
		if child.Status != activity.Done {
			i := slices.IndexFunc(r.done, func(c ApplyChange) bool { return c.thing() == t && (c.Action == "sync" || c.Action == "publish") })
			step := r.done[i]
			r.done = slices.Delete(r.done, i, i+1)
			r.note(step, childError(child))
			continue
		}
		record.Pending = false
		if err := r.service.k.DB.Tx(ctx, func(tx *db.Tx) error { return declared.Put(ctx, tx, record) }); err != nil {
			return err
		}
	}
	return nil
}

// childError returns the reason why an activity is not done.
func childError(child activity.Activity) error {
	if child.Error != nil {
		return child.Error.Problem()
	}
	return problem.New(problem.Conflict, "activity %d was %s", child.ID, child.Status)
}

// failure returns an error that lists the failed, the left out and the done steps.
func (r *applyRun) failure() error {
	if len(r.told) == 0 {
		return nil
	}
	message := strings.Join(r.told, "; ")
	if len(r.done) > 0 {
		message += "; this is done: " + strings.Join(usecase.Map(r.done, ApplyChange.key), ", ")
	}
	return problem.New(problem.KindOf(r.cause), "%s", message).WithHint("correct this, and apply again: it continues from there")
}

// remember stores the declared things.
func (r *applyRun) remember(ctx context.Context, tx *db.Tx) error {
	stored, err := declared.List(ctx, tx, r.in.Name)
	if err != nil {
		return err
	}
	for _, s := range stored {
		if r.prune && !r.statesNow(thing{s.Kind, s.Name}) {
			if err := declared.Drop(ctx, tx, s); err != nil {
				return err
			}
		}
	}
	for _, s := range r.states {
		s.Pending = false // all is done
		if err := declared.Put(ctx, tx, s); err != nil {
			return err
		}
	}
	return nil
}
