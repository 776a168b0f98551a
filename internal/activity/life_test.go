package activity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestSubmittedActivityRunsAndKeepsItsResult(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			var name string
			err := run.Payload(&name)
			time.Sleep(time.Minute)
			return "hello " + name, err
		})
		a := w.submit(activity.Spec{Subject: "greeting", Summary: "greet the world", Payload: "world", CreatedBy: "me"})
		want(t, "status at first", a.Status, activity.Waiting)
		a = w.wait(a.ID)
		want(t, "status", a.Status, activity.Done)
		want(t, "result", string(a.Result), `"hello world"`)
		want(t, "who and what", []string{a.Subject, a.Summary, a.CreatedBy}, []string{"greeting", "greet the world", "me"})
		want(t, "attempt", a.Attempt, 1)
		want(t, "time taken", a.FinishedAt.Sub(a.StartedAt), time.Minute)
	})
}

func TestActivityExistsExactlyWhenItsTransactionCommits(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		ran := 0
		w.start(func(context.Context, *activity.Run) (any, error) { ran++; return nil, nil })
		_ = w.d.Tx(t.Context(), func(tx *db.Tx) error {
			_, _, _ = w.Submit(t.Context(), tx, activity.Spec{Type: "work"})
			return errors.New("undone")
		})
		time.Sleep(time.Hour)
		want(t, "runs", ran, 0)
	})
}

func TestFailuresKeepTheirKindAndHint(t *testing.T) {
	t.Parallel()
	full := problem.New(problem.Full, "the disk is full").In("pool").WithHint("buy one")
	for _, c := range []struct {
		name string
		h    activity.Handler
		want activity.Failure
	}{
		{"a problem", func(context.Context, *activity.Run) (any, error) { return nil, full },
			activity.Failure{Kind: problem.Full, Field: "pool", Message: "the disk is full", Hint: "buy one"}},
		{"a wrapped problem", func(context.Context, *activity.Run) (any, error) { return nil, fmt.Errorf("sync: %w", full) },
			activity.Failure{Kind: problem.Full, Message: "sync: pool: the disk is full (buy one)"}},
		{"another error", func(context.Context, *activity.Run) (any, error) { return nil, errors.New("boom") },
			activity.Failure{Kind: problem.Internal, Message: "boom"}},
		{"a panic", func(context.Context, *activity.Run) (any, error) { panic("boom") },
			activity.Failure{Kind: problem.Internal, Message: "the handler of work panicked: boom",
				Hint: "this is a fault in aptarium; its log has the details"}},
		{"a result that is no JSON", func(context.Context, *activity.Run) (any, error) { return make(chan int), nil },
			activity.Failure{Kind: problem.Internal, Message: "the result of an activity: json: unsupported type: chan int"}},
		{"a result too long", func(context.Context, *activity.Run) (any, error) { return strings.Repeat("x", 1<<20), nil },
			activity.Failure{Kind: problem.TooLarge, Field: "result", Message: "1048578 bytes of JSON are too long", Hint: "use at most 1048576"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			each(t, activity.Options{}, func(t *testing.T, w *world) {
				w.start(c.h)
				a := w.wait(w.submit(activity.Spec{}).ID)
				want(t, "status", a.Status, activity.Failed)
				want(t, "failure", a.Error, &c.want)
			})
		})
	}
}

func TestErrorsAreNotRetriedUnlessMarked(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		var at []time.Duration
		start := time.Now()
		w.start(func(_ context.Context, run *activity.Run) (any, error) {
			at = append(at, time.Since(start))
			if run.Activity().Subject == "marked" {
				return nil, activity.Retry(problem.New(problem.Upstream, "try again"))
			}
			return nil, errors.New("no hope")
		})
		a := w.wait(w.submit(activity.Spec{MaxAttempts: 5}).ID)
		want(t, "attempts of an unmarked error", a.Attempt, 1)

		start, at = time.Now(), nil
		a = w.wait(w.submit(activity.Spec{Subject: "marked", MaxAttempts: 4}).ID)
		want(t, "status", a.Status, activity.Failed)
		want(t, "kind", a.Error.Kind, problem.Upstream)
		want(t, "begin of each attempt", at, []time.Duration{0, 5 * time.Second, 15 * time.Second, 35 * time.Second})
	})
}

func TestRetryThatSucceeds(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(_ context.Context, run *activity.Run) (any, error) {
			if run.Activity().Attempt < 3 {
				return nil, activity.Retry(errors.New("not yet"))
			}
			return nil, nil
		})
		a := w.submit(activity.Spec{MaxAttempts: 3})
		time.Sleep(time.Second)
		waiting := w.get(a.ID)
		want(t, "status between attempts", waiting.Status, activity.Waiting)
		want(t, "its last error", waiting.Error.Message, "not yet")
		a = w.wait(a.ID)
		want(t, "status", a.Status, activity.Done)
		want(t, "error", a.Error, nil)
	})
}

func TestDelayedActivityRunsAtItsTime(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(nothing)
		at := time.Now().Add(90 * time.Minute)
		a := w.wait(w.submit(activity.Spec{RunAt: at}).ID)
		want(t, "begin", a.StartedAt, at.UTC())
	})
}

func TestScheduleRepeatsWithoutPilingUp(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		var at []time.Duration
		start := time.Now()
		w.start(func(_ context.Context, run *activity.Run) (any, error) {
			at = append(at, time.Since(start))
			switch len(at) {
			case 2:
				time.Sleep(150 * time.Minute) // past the third and fourth
			case 3:
				return nil, errors.New("a failure does not end a schedule")
			}
			return nil, nil
		})
		w.submit(activity.Spec{RunAt: start.Add(time.Hour), Every: time.Hour, UniqueKey: "hourly", Locks: exclusive("x")})
		time.Sleep(390 * time.Minute)
		hours := func(h ...time.Duration) (all []time.Duration) {
			for _, n := range h {
				all = append(all, n*time.Hour)
			}
			return all
		}
		want(t, "begin of each run", at, hours(1, 2, 5, 6))

		all, err := w.List(t.Context(), activity.Filter{Statuses: []activity.Status{activity.Waiting}}, activity.Page{})
		if err != nil || len(all) != 1 {
			t.Fatalf("%d activities wait (%v), want the next occurrence", len(all), err)
		}
		if _, err := w.Cancel(t.Context(), all[0].ID, "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		want(t, "runs after the schedule was cancelled", len(at), 4)
	})
}

func TestCancellingARunLeavesItsSchedule(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		runs := 0
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			runs++
			return untilTold(ctx, run)
		})
		a := w.submit(activity.Spec{Every: time.Hour})
		synctest.Wait()
		if _, err := w.Cancel(t.Context(), a.ID, "me"); err != nil {
			t.Fatal(err)
		}
		want(t, "status", w.wait(a.ID).Status, activity.Cancelled)
		time.Sleep(time.Hour)
		synctest.Wait()
		want(t, "runs", runs, 2)
	})
}

func TestWaitingOnesWithAKeyAreJoined(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		later := time.Now().Add(8 * time.Hour)
		first, created := w.submitted(activity.Spec{UniqueKey: "sync trixie", RunAt: later, Every: 24 * time.Hour})
		want(t, "the first is created", created, true)
		second, created := w.submitted(activity.Spec{UniqueKey: "sync trixie"})
		want(t, "the second is created", created, false)
		want(t, "its id", second.ID, first.ID)
		want(t, "its time", second.RunAt, time.Time{}) // the schedule's next run is moved forward
		want(t, "its interval", second.Every, 24*time.Hour)
		_, created = w.submitted(activity.Spec{UniqueKey: "sync sid"})
		want(t, "another key is created", created, true)

		w.start(untilTold)
		synctest.Wait() // the first runs now
		_, created = w.submitted(activity.Spec{UniqueKey: "sync trixie"})
		want(t, "one beside the running one is created", created, true)
	})
}

func TestSpecsThatAreNotPossible(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(nothing)
		finished := w.wait(w.submit(activity.Spec{}).ID)
		for _, c := range []struct {
			name  string
			spec  activity.Spec
			kind  problem.Kind
			field string
		}{
			{"no type", activity.Spec{}, problem.Invalid, "type"},
			{"a long type", activity.Spec{Type: strings.Repeat("x", 2000)}, problem.Invalid, "type"},
			{"a long subject", activity.Spec{Type: "work", Subject: strings.Repeat("x", 2000)}, problem.Invalid, "subject"},
			{"a lock without a name", activity.Spec{Type: "work", Locks: exclusive("")}, problem.Invalid, "locks"},
			{"too many locks", activity.Spec{Type: "work", Locks: make([]activity.Lock, 1000)}, problem.Invalid, "locks"},
			{"too many attempts", activity.Spec{Type: "work", MaxAttempts: 1000}, problem.Invalid, "attempts"},
			{"every nanosecond", activity.Spec{Type: "work", Every: 1}, problem.Invalid, "every"},
			{"backwards", activity.Spec{Type: "work", Every: -time.Hour}, problem.Invalid, "every"},
			{"a repeated child", activity.Spec{Type: "work", Every: time.Hour, Parent: 1}, problem.Invalid, "every"},
			{"a parent that is not there", activity.Spec{Type: "work", Parent: 99}, problem.NotFound, "parent"},
			{"a parent that is finished", activity.Spec{Type: "work", Parent: finished.ID}, problem.Conflict, "parent"},
			{"a long payload", activity.Spec{Type: "work", Payload: make([]byte, 1<<20)}, problem.TooLarge, "payload"},
		} {
			err := w.d.Tx(t.Context(), func(tx *db.Tx) error {
				_, _, err := w.Submit(t.Context(), tx, c.spec)
				return err
			})
			p, ok := errors.AsType[*problem.Problem](err)
			if !ok || p.Kind != c.kind || p.Field != c.field {
				t.Errorf("%s: got %v, want %s in %s", c.name, err, c.kind, c.field)
			}
		}
	})
}

func TestUnknownActivityIsNotFound(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		_, get := w.Get(t.Context(), 7)
		_, wait := w.Wait(t.Context(), 7)
		_, cancel := w.Cancel(t.Context(), 7, "me")
		for _, err := range []error{get, wait, cancel} {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("got %v, want a NotFound problem", err)
			}
		}
	})
}
