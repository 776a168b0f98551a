package activity_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestInlineRunNeedsNoWorkers(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		a, err := w.Run(t.Context(), activity.Spec{Type: "inline", Payload: 20}, func(_ context.Context, run *activity.Run) (any, error) {
			var n int
			return n + 1, run.Payload(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "status", a.Status, activity.Done)

		boom := errors.New("boom")
		a, err = w.Run(t.Context(), activity.Spec{Type: "inline"}, func(context.Context, *activity.Run) (any, error) { return nil, boom })
		if !errors.Is(err, boom) {
			t.Errorf("got %v, want the handler's own error", err)
		}
		want(t, "status of the second", a.Status, activity.Failed)
	})
}

func TestInlineRunQueuesWithTheOthers(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		w.start(m.handle)
		w.submit(activity.Spec{Subject: "a", Locks: exclusive("x")})
		done := make(chan error)
		go func() {
			_, err := w.Run(t.Context(), activity.Spec{Type: "inline", Subject: "b", Locks: exclusive("x")}, m.handle)
			done <- err
		}()
		synctest.Wait()
		last := w.submit(activity.Spec{Subject: "c", Locks: exclusive("x")})
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.wait(last.ID)
		want(t, "begun", m.begun, []string{"a@0", "b@1", "c@2"})
	})
}

func TestInlineRunIsLeftToItsCallerWhileItWaits(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(context.Context, *activity.Run) (any, error) { time.Sleep(20 * time.Minute); return nil, nil })
		w.submit(activity.Spec{Locks: exclusive("x")})
		synctest.Wait()
		// Through many sweeps: its lease is renewed though it only waits.
		a, err := w.Run(t.Context(), activity.Spec{Type: "work", Locks: exclusive("x")}, nothing)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "status", a.Status, activity.Done)
	})
}

func TestInlineRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, waiting := range []bool{true, false} {
		each(t, activity.Options{}, func(t *testing.T, w *world) {
			if waiting {
				w.start(untilTold)
				w.submit(activity.Spec{Locks: exclusive("x")})
				synctest.Wait()
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			a, err := w.Run(ctx, activity.Spec{Type: "inline", Locks: exclusive("x")}, func(ctx context.Context, _ *activity.Run) (any, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
			want(t, "status", a.Status, activity.Cancelled)
		})
	}
}

func TestInlineRunMayBeCancelledByOthers(t *testing.T) {
	t.Parallel()
	for _, waiting := range []bool{true, false} {
		each(t, activity.Options{}, func(t *testing.T, w *world) {
			id := int64(1)
			if waiting {
				w.start(untilTold)
				w.submit(activity.Spec{Locks: exclusive("x")})
				synctest.Wait()
				id = 2
			}
			time.AfterFunc(time.Minute, func() {
				if _, err := w.Cancel(t.Context(), id, "me"); err != nil {
					t.Error(err)
				}
			})
			a, err := w.Run(t.Context(), activity.Spec{Type: "inline", Locks: exclusive("x")}, func(ctx context.Context, _ *activity.Run) (any, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
			if !errors.Is(err, activity.ErrCancelled) {
				t.Errorf("got %v, want ErrCancelled", err)
			}
			want(t, "status", a.Status, activity.Cancelled)
			want(t, "by", a.CancelledBy, "me")
		})
	}
}

func TestInlineRunPromisesNothingForLater(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		for name, spec := range map[string]activity.Spec{
			"a time":   {Type: "inline", RunAt: time.Now().Add(time.Hour)},
			"interval": {Type: "inline", Every: time.Hour},
			"key":      {Type: "inline", UniqueKey: "k"},
			"attempts": {Type: "inline", MaxAttempts: 2},
		} {
			if _, err := w.Run(t.Context(), spec, nothing); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: got %v, want an Invalid problem", name, err)
			}
		}
	})
}

func TestAbandonedInlineRunFails(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{Exclusive: true}, func(t *testing.T, w *world) {
		a := w.submit(activity.Spec{MaxAttempts: 3})
		// A process that died waiting for a lock.
		w.exec(`UPDATE activity SET inline = 1, lease_owner = 'dead', lease_until = $1`, w.d.Wall()+1e12)
		w.start(nothing)
		want(t, "status", w.wait(a.ID).Status, activity.Failed)
	})
}

func TestBegunRunKeepsItsPlaceInTheQueue(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		begun, err := w.Begin(t.Context(), activity.Spec{Type: "inline", Subject: "first", Locks: exclusive("x")})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "status", begun.Activity.Status, activity.Waiting)
		w.start(m.handle)
		later := w.submit(activity.Spec{Subject: "later", Locks: exclusive("x")})
		synctest.Wait()
		want(t, "begun before the first runs", len(m.begun), 0)
		a, err := begun.Run(t.Context(), m.handle)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "status", a.Status, activity.Done)
		w.wait(later.ID)
		want(t, "begun", m.begun, []string{"first@0", "later@1"})
	})
}
