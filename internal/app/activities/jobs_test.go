package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAJobIsAnActivityWithAResult(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		a, err := h.Activities.Do(h.Ctx, usecase.Job{Type: "test", Name: "Count", Resources: []string{"beans"}}, func(_ context.Context, run usecase.JobRun) (any, error) {
			run.Log("one")
			run.Log("two")
			return 2, nil
		})
		if err != nil || a.Status != "done" || string(a.Result) != "2" || a.Summary != "Count" || len(a.Resources) != 1 || a.Resources[0] != "beans" {
			h.TB.Errorf("got %+v, %v", a, err)
		}
		if lines := apptest.Must(h.Activities.Log(h.Ctx, a.ID))(h.TB); len(lines) != 2 || lines[1] != "two" {
			h.TB.Errorf("it told %q", lines)
		}
		wrong := errors.New("no beans")
		if a, err = h.Activities.Do(h.Ctx, usecase.Job{Type: "test"}, func(context.Context, usecase.JobRun) (any, error) { return nil, wrong }); !errors.Is(err, wrong) || a.Status != "failed" {
			h.TB.Errorf("a job that fails gives %+v, %v", a, err)
		}
		apptest.Must(h.Activities.Forget(h.Ctx, a.ID))(h.TB)
		if _, err := h.Activities.Get(h.Ctx, a.ID); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("a forgotten job is there: %v", err)
		}
	})
}

func TestJobsOfOneResourceTakeTurns(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		var order []string
		gate := make(chan struct{})
		note := func(name string) usecase.Work {
			return func(ctx context.Context, _ usecase.JobRun) (any, error) {
				if name == "a" {
					<-gate
				}
				order = append(order, name)
				return nil, nil
			}
		}
		var last usecase.Activity
		for _, name := range []string{"a", "b", "c"} {
			last = apptest.Must(h.Activities.Begin(h.Ctx, usecase.Job{Type: "test", Resources: []string{"x"}}, note(name)))(h.TB)
		}
		other := apptest.Must(h.Activities.Do(h.Ctx, usecase.Job{Type: "test", Resources: []string{"y"}}, func(context.Context, usecase.JobRun) (any, error) { return nil, nil }))(h.TB)
		if other.Status != "done" {
			h.TB.Errorf("another resource's job is %s", other.Status)
		}
		close(gate)
		h.Done(last, nil)
		if len(order) != 3 || order[0] != "a" || order[1] != "b" || order[2] != "c" {
			h.TB.Errorf("they ran as %q", order)
		}
	})
}

func TestJobsEndWithTheServer(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		begun := make(chan struct{})
		a := apptest.Must(h.Activities.Begin(h.Ctx, usecase.Job{Type: "test"}, func(ctx context.Context, _ usecase.JobRun) (any, error) {
			close(begun)
			<-ctx.Done()
			return nil, ctx.Err()
		}))(h.TB)
		<-begun
		if err := h.EndJobs(h.Ctx); err != nil {
			h.TB.Fatal(err)
		}
		if a, err := h.Activities.Watch(h.Ctx, a.ID, 0, time.Second); err != nil || a.Status != "cancelled" {
			h.TB.Errorf("the job is %s, %v", a.Status, err)
		}
		if _, err := h.Activities.Begin(h.Ctx, usecase.Job{Type: "test"}, nil); !problem.Is(err, problem.Unavailable) {
			h.TB.Errorf("a job began after the end: %v", err)
		}
	})
}

// TestAJobOutlivesItsCaller covers clients and proxies that stop waiting: their job is done
// nevertheless.
func TestAJobOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		asked, leave := context.WithCancel(h.Ctx)
		alone := make(chan struct{})
		ended := make(chan error, 1)
		_, err := h.Activities.Do(asked, usecase.Job{Type: "test"}, func(ctx context.Context, _ usecase.JobRun) (any, error) {
			leave()
			<-alone
			ended <- ctx.Err()
			return "done", ctx.Err()
		})
		close(alone)
		if !errors.Is(err, context.Canceled) {
			h.TB.Errorf("a caller who left is told %v", err)
		}
		if err := <-ended; err != nil {
			h.TB.Errorf("the work ended with its caller: %v", err)
		}
	})
}

func TestJobsThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		release := make(chan struct{})
		wait := func(ctx context.Context, _ usecase.JobRun) (any, error) {
			<-release
			return nil, nil
		}
		var refused error
		begun := 0
		for refused == nil && begun < 2000 {
			if _, refused = h.Activities.Begin(h.Ctx, usecase.Job{Type: "test"}, wait); refused == nil {
				begun++
			}
		}
		close(release)
		if begun != 1000 || !problem.Is(refused, problem.Unavailable) {
			h.TB.Errorf("%d jobs begin, then: %v", begun, refused)
		}
		if err := h.EndJobs(h.Ctx); err != nil {
			h.TB.Error(err)
		}
	})
}
