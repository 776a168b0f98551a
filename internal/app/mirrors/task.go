package mirrors

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

const typeTask = "mirror.task"

// The reasons of problems with a task, with debusine's names: the task is malformed, it does not
// fit the archive, or its run failed.
const (
	taskSetupFailed     problem.Reason = "setup-failed"
	taskConfigureFailed problem.Reason = "configure-failed"
	taskExecuteFailed   problem.Reason = "execute-failed"
)

// Task is the task_data of an APTMirror task.
type Task = mirror.Task

// The changes in the result of a task.
type (
	TaskChanges = mirror.Changes
	TaskChanged = mirror.Changed
	TaskNames   = mirror.Names
)

// ReadTask reads a task from JSON, alone or with its name. A malformed task is a problem that names
// the member, with the reason setup-failed.
func ReadTask(document []byte) (Task, error) {
	t, err := mirror.ReadTask(document)
	return t, problem.Because(err, taskSetupFailed)
}

// TaskOptions are the options of one run of a task.
type TaskOptions struct {
	// DryRun reports the packages that the task would add, replace and remove, and changes nothing.
	DryRun bool
	// At compares, in a dry run, with the state at this time (microseconds since 1970); 0: now.
	At int64
	// Force accepts an upstream that lost many packages.
	Force bool
}

// taskPayload is the payload of a task. Config is the mirror's config with the task's settings.
type taskPayload struct {
	Collection int64         `json:"collection"`
	Config     mirror.Config `json:"config"`
	Base       *catalog.View `json:"base,omitempty"` // the state with which a dry run compares
	Options    TaskOptions   `json:"options"`
}

// RunTask starts an activity that syncs a mirror as an APTMirror task states. It checks the task and
// resolves its collection first. The commit that changes the packages also configures the mirror.
// While a sync or another task of the collection runs, RunTask returns problem.Conflict. Errors,
// also of the activity, have the reason setup-failed, configure-failed or execute-failed (see
// [problem.ReasonOf]).
func (s *Service) RunTask(ctx context.Context, task Task, o TaskOptions) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return usecase.Activity{}, err
	}
	if _, err := task.Configure(mirror.Config{}); err != nil {
		return usecase.Activity{}, problem.Because(err, taskSetupFailed)
	}
	if o.At != 0 && !o.DryRun {
		err := problem.New(problem.Invalid, "only a dry run can look at the past").In("at").WithHint("ask for a dry run too")
		return usecase.Activity{}, problem.Because(err, taskSetupFailed)
	}
	ref := string(catalog.Mirror) + ":" + task.Collection
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.task", Subject: ref, Detail: task.Redacted()}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		spec, err := s.taskSpec(ctx, tx, task, o)
		if err != nil {
			return usecase.Activity{}, problem.Because(err, taskConfigureFailed)
		}
		started, err := s.k.Submit(ctx, tx, spec)
		return started, problem.Because(err, taskExecuteFailed)
	})
}

func (s *Service) taskSpec(ctx context.Context, tx *db.Tx, task Task, o TaskOptions) (activity.Spec, error) {
	m, err := s.taskMirror(ctx, tx, task.Collection)
	if err != nil {
		return activity.Spec{}, err
	}
	in := taskPayload{Collection: m.Collection.ID, Options: o}
	if in.Config, err = task.Configure(m.Config); err != nil {
		return activity.Spec{}, err
	}
	ref := m.Collection.Ref()
	spec := activity.Spec{Type: typeTask, Subject: ref, MaxAttempts: 3, Summary: fmt.Sprintf("mirror %s from %s", task.Collection, task.Redacted().URL)}
	if o.DryRun {
		_, base, err := s.collections.Resolve(ctx, tx, collections.Ref{Kind: catalog.Mirror, Name: task.Collection, At: o.At})
		if err != nil {
			return activity.Spec{}, err
		}
		in.Base = &base
	} else {
		spec.Locks = []activity.Lock{{Resource: ref}, {Resource: followLock(m.Collection), NoWait: true}}
	}
	spec.Payload = in
	return spec, nil
}

// followLock returns the lock of the syncs and tasks of a mirror. Readers of the mirror do not need
// it.
func followLock(c catalog.Collection) string { return fmt.Sprintf("%s:%d:upstream", c.Kind, c.ID) }

// taskMirror returns the mirror of a task. A collection of another kind is problem.Conflict.
func (s *Service) taskMirror(ctx context.Context, tx *db.Tx, name string) (mirror.Mirror, error) {
	m, err := s.mirror.Get(ctx, tx, name)
	if !problem.Is(err, problem.NotFound) {
		return m, err
	}
	for _, kind := range []catalog.Kind{catalog.Repo, catalog.Snapshot} {
		if c, err := s.k.Catalog.ByName(ctx, tx, kind, name); err == nil {
			return m, problem.New(problem.Conflict, "%s is not a mirror, but a %s", c.Name, kind).In("collection").
				WithHint("create one with `aptarium mirror create NAME`, and name that")
		}
	}
	return m, problem.New(problem.NotFound, "there is no mirror %q", name).In("collection").WithHint("create it with `aptarium mirror create %s`", name)
}

// runTask runs a task.
func (s *Service) runTask(ctx context.Context, run *activity.Run, in taskPayload) (mirror.Result, error) {
	defer s.k.Hold("task of " + run.Activity().Subject)()
	m, err := usecase.View(ctx, s.k, func(tx *db.Tx) (mirror.Mirror, error) { return s.mirror.Kept(ctx, tx, in.Collection) })
	if err != nil {
		return mirror.Result{}, problem.Because(err, taskConfigureFailed)
	}
	m.Config = in.Config
	if in.Base != nil {
		r, err := s.previewTask(ctx, run, m, in)
		return r, problem.Because(err, taskExecuteFailed)
	}
	r, err := s.syncTask(ctx, run, m, in.Options.Force)
	return r, problem.Because(err, taskExecuteFailed)
}

// previewTask returns the changes that a task would make to a view.
func (s *Service) previewTask(ctx context.Context, run *activity.Run, m mirror.Mirror, in taskPayload) (mirror.Result, error) {
	if in.Base.Revision != m.Collection.Head {
		m.Collection.Head = in.Base.Revision
		m.State.Config = digest.SHA256{} // so that an unchanged upstream is read too
	}
	plan, err := s.syncer.Plan(ctx, s.k.DB, m, in.Options.Force, run.Progress)
	if err != nil {
		return mirror.Result{}, err
	}
	return plan.Preview(ctx, s.k.DB)
}

// syncTask plans, downloads and commits as a sync does, and configures the mirror in the same commit.
func (s *Service) syncTask(ctx context.Context, run *activity.Run, m mirror.Mirror, force bool) (result mirror.Result, err error) {
	plan, err := s.syncer.Plan(ctx, s.k.DB, m, force, run.Progress)
	if err != nil {
		return result, err
	}
	if err := plan.Fetch(ctx, s.k.DB, run.Progress); err != nil {
		return result, err
	}
	err = run.Commit(ctx, &result, func(tx *db.Tx) error {
		now, err := s.mirror.Kept(ctx, tx, m.Collection.ID)
		if err != nil {
			return err
		}
		now.Config = m.Config
		if err := s.mirror.Save(ctx, tx, now); err != nil {
			return err
		}
		result, err = plan.Commit(ctx, tx, run.Activity().ID)
		return err
	})
	return result, err
}
