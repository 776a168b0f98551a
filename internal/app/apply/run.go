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

// applyRun is an apply at work.
type applyRun struct {
	*applying
	*activity.Run
	children  map[int64]declared.Record // what comes out of them, by activity
	failed    map[thing]bool
	done      []ApplyChange
	told      []string // what failed, and what was left out for that
	cause     error    // the first failure
	withdrawn map[string][]int64
}

// registerApply makes the kind of applies known.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[applyPayload, ApplyResult]{Type: typeApply, Run: s.runApply})
}

// runApply is the activity of an apply. What it finds to do is decided anew, since
// applies take turns, and one that was cut short goes on here.
func (s *Service) runApply(ctx context.Context, run *activity.Run, in applyPayload) (ApplyResult, error) {
	text, err := usecase.View(ctx, s.k, func(tx *db.Tx) (string, error) { return declared.Request(ctx, tx, in.Request) })
	if err != nil {
		return ApplyResult{}, err
	}
	var stored storedApply
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return ApplyResult{}, fmt.Errorf("reading what is to be applied: %w", err)
	}
	// Whoever asked had the permission for each step.
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

// approved refuses to do what was not in the plan that somebody approved.
func (ap *applying) approved(keys []string) error {
	if len(ap.faults) > 0 {
		return ap.faults
	}
	for _, s := range ap.steps {
		if !slices.Contains(keys, s.key()) {
			return problem.New(problem.Conflict, "things have changed since the plan was made: it would also %s %s", s.Action, s.thing()).
				WithHint("look at the plan anew, and apply again")
		}
	}
	return nil
}

// work does the steps, stage by stage. The error is that of the work as a whole;
// what failed by itself is kept.
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

// markPending remembers what of the things that are there is to be synced or
// published, so that a later apply does it if this one does not.
func (r *applyRun) markPending(ctx context.Context) error {
	return r.app.k.DB.Tx(ctx, func(tx *db.Tx) error {
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

// errLeftOut is of a step that needs another one, which failed.
var errLeftOut = errors.New("is left out")

// blocked tells what keeps a step from being done.
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

// note keeps how a step came out. One that goes on below this activity is noted
// when it ends.
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

// submit starts an activity below this one. Its record is settled when it is done.
func (r *applyRun) submit(ctx context.Context, tx *db.Tx, record declared.Record, spec activity.Spec) error {
	spec.Parent = r.Activity().ID
	started, err := r.app.k.Submit(ctx, tx, spec)
	if err == nil {
		r.children[started.ID] = record
	}
	return err
}

// await waits for what the steps of a stage have started.
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
		if err := r.app.k.DB.Tx(ctx, func(tx *db.Tx) error { return declared.Put(ctx, tx, record) }); err != nil {
			return err
		}
	}
	return nil
}

// childError tells why an activity did not get done.
func childError(child activity.Activity) error {
	if child.Error != nil {
		return child.Error.Problem()
	}
	return problem.New(problem.Conflict, "activity %d was %s", child.ID, child.Status)
}

// failure tells what failed, what was left out, and what is done nevertheless.
func (r *applyRun) failure() error {
	if len(r.told) == 0 {
		return nil
	}
	message := strings.Join(r.told, "; ")
	if len(r.done) > 0 {
		done := make([]string, len(r.done))
		for i, c := range r.done {
			done[i] = c.key()
		}
		message += "; this is done: " + strings.Join(done, ", ")
	}
	return problem.New(problem.KindOf(r.cause), "%s", message).WithHint("mend that, and apply again: it goes on from there")
}

// remember keeps what is declared now.
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
