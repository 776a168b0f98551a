package activity_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestCancelOfAWaitingActivityIsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		a := w.submit(activity.Spec{Locks: exclusive("x")})
		a, err := w.Cancel(t.Context(), a.ID, "me")
		if err != nil {
			t.Fatal(err)
		}
		want(t, "status", a.Status, activity.Cancelled)
		want(t, "by", a.CancelledBy, "me")
		if _, err := w.Cancel(t.Context(), a.ID, "you"); err != nil {
			t.Errorf("cancelling again: %v", err)
		}
		w.start(nothing)
		want(t, "one that wants the same lock", w.wait(w.submit(activity.Spec{Locks: exclusive("x")}).ID).Status, activity.Done)
		want(t, "by, at last", w.get(a.ID).CancelledBy, "me")
	})
}

func TestCancelOfARunEndsItsContext(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		var cause error
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			<-ctx.Done()
			cause = context.Cause(ctx)
			time.Sleep(10 * time.Minute) // takes its time; the lease must live on
			return nil, ctx.Err()
		})
		a := w.submit(activity.Spec{MaxAttempts: 5})
		synctest.Wait()
		asked := time.Now()
		if _, err := w.Cancel(t.Context(), a.ID, "me"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want(t, "told after", time.Since(asked), 0)
		want(t, "status until the handler returns", w.get(a.ID).Status, activity.Running)
		a = w.wait(a.ID)
		want(t, "status", a.Status, activity.Cancelled)
		want(t, "by", a.CancelledBy, "me")
		if !errors.Is(cause, activity.ErrCancelled) {
			t.Errorf("the cause is %v, want ErrCancelled", cause)
		}
	})
}

func TestCancelByAnotherProcessIsFoundByTheHeartbeat(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(untilTold)
		a := w.submit(activity.Spec{})
		synctest.Wait()
		w.exec(`UPDATE activity SET cancelled_by = 'another process'`)
		want(t, "status", w.wait(a.ID).Status, activity.Cancelled)
	})
}

func TestCancelledRunCannotCommit(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		var commit error
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			<-ctx.Done()
			commit = run.Commit(context.WithoutCancel(ctx), nil, func(*db.Tx) error {
				t.Error("the function of a cancelled commit ran")
				return nil
			})
			return nil, commit
		})
		a := w.submit(activity.Spec{})
		synctest.Wait()
		if _, err := w.Cancel(t.Context(), a.ID, "me"); err != nil {
			t.Fatal(err)
		}
		want(t, "status", w.wait(a.ID).Status, activity.Cancelled)
		if !errors.Is(commit, activity.ErrCancelled) {
			t.Errorf("the commit gives %v, want ErrCancelled", commit)
		}
	})
}

func TestCancelAfterTheEndIsAConflict(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(nothing)
		a := w.wait(w.submit(activity.Spec{}).ID)
		if _, err := w.Cancel(t.Context(), a.ID, "me"); !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v, want a Conflict", err)
		}
		if _, err := w.Cancel(t.Context(), a.ID, ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("cancelled by nobody: got %v, want an Invalid problem", err)
		}
	})
}

func TestCommitEndsTheActivityWithItsEffectOrNot(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.exec(`CREATE TABLE effect(id BIGINT)`)
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			var counts struct{ Rows int64 }
			err := run.Commit(ctx, &counts, func(tx *db.Tx) (err error) {
				if counts.Rows, err = tx.Exec(ctx, `INSERT INTO effect VALUES ($1), ($1)`, run.Activity().ID); err != nil {
					return err
				}
				if run.Activity().Subject == "bad" {
					return errors.New("changed my mind")
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
			return "ignored", errors.New("ignored too")
		})
		good := w.wait(w.submit(activity.Spec{}).ID)
		want(t, "status", good.Status, activity.Done)
		want(t, "result", string(good.Result), `{"Rows":2}`)
		bad := w.wait(w.submit(activity.Spec{Subject: "bad"}).ID)
		want(t, "status of the other", bad.Status, activity.Failed)
		var left int
		_ = w.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			left, err = db.One(t.Context(), tx, db.Value[int], `SELECT count(*) FROM effect WHERE id <> $1`, good.ID)
			return err
		})
		want(t, "effects of the other", left, 0)
	})
}

// family submits three children with the given type and goes on with then.
func family(typ string, then activity.Handler) activity.Handler {
	return func(ctx context.Context, run *activity.Run) (any, error) {
		for _, subject := range []string{"a", "b", "c"} {
			if _, err := run.Child(ctx, activity.Spec{Type: typ, Subject: subject, Locks: exclusive("x")}); err != nil {
				return nil, err
			}
		}
		return then(ctx, run)
	}
}

func TestChildrenRunUnderTheirParentsLocksOnItsWorker(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{Workers: 1}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		w.Register("child", m.handle)
		w.start(family("child", func(ctx context.Context, run *activity.Run) (any, error) {
			// Another wants the lock too, from before the children came.
			children, err := run.WaitChildren(ctx)
			for _, c := range children {
				want(t, "a child's status", c.Status, activity.Done)
				want(t, "a child's parent", c.Parent, run.Activity().ID)
			}
			return len(children), err
		}))
		parent := w.submit(activity.Spec{Locks: exclusive("x")})
		other := w.submit(activity.Spec{Type: "child", Subject: "other", Locks: exclusive("x")})
		want(t, "result", string(w.wait(parent.ID).Result), "3")
		w.wait(other.ID)
		want(t, "begun", m.begun, []string{"a@0", "b@1", "c@2", "other@3"})
	})
}

func TestOtherTreesDoNotBlockChildrenOfOneThatHasBegun(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.Register("child", nothing)
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			time.Sleep(time.Minute)
			// The other wants x too and stands in its queue, but waits for p.
			if _, err := run.Child(ctx, activity.Spec{Type: "child", Locks: exclusive("x")}); err != nil {
				return nil, err
			}
			return run.WaitChildren(ctx)
		})
		a := w.submit(activity.Spec{Locks: exclusive("p")})
		b := w.submit(activity.Spec{Type: "child", Locks: exclusive("p", "x")})
		want(t, "the tree that has begun", w.wait(a.ID).Status, activity.Done)
		want(t, "the other", w.wait(b.ID).Status, activity.Done)
	})
}

func TestWhatBecomesOfChildrenWhenTheirParentEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		then activity.Handler
		want []activity.Status // of the one that runs and the two that wait for its lock
	}{
		{"done", nothing, []activity.Status{activity.Done, activity.Done, activity.Done}},
		{"failed", func(context.Context, *activity.Run) (any, error) { return nil, errors.New("boom") },
			[]activity.Status{activity.Cancelled, activity.Cancelled, activity.Cancelled}},
		{"cancelled", untilTold, []activity.Status{activity.Cancelled, activity.Cancelled, activity.Cancelled}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			each(t, activity.Options{}, func(t *testing.T, w *world) {
				w.Register("child", func(ctx context.Context, _ *activity.Run) (any, error) {
					select {
					case <-ctx.Done():
						return nil, ctx.Err()
					case <-time.After(time.Minute):
						return nil, nil
					}
				})
				w.start(family("child", func(ctx context.Context, run *activity.Run) (any, error) {
					time.Sleep(time.Second)
					return c.then(ctx, run)
				}))
				parent := w.submit(activity.Spec{})
				time.Sleep(2 * time.Second)
				if c.name == "cancelled" {
					if _, err := w.Cancel(t.Context(), parent.ID, "me"); err != nil {
						t.Fatal(err)
					}
				}
				w.wait(parent.ID)
				var got []activity.Status
				for i := range int64(3) {
					got = append(got, w.wait(parent.ID+1+i).Status)
				}
				want(t, "the children", got, c.want)
			})
		})
	}
}

func TestTreesAreNotEndlesslyDeep(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		var parent int64
		for depth := 1; ; depth++ {
			err := w.d.Tx(t.Context(), func(tx *db.Tx) error {
				a, _, err := w.Submit(t.Context(), tx, activity.Spec{Type: "work", Parent: parent})
				parent = a.ID
				return err
			})
			if err != nil {
				want(t, "kind", problem.KindOf(err), problem.Invalid)
				want(t, "depth", depth, 9)
				return
			}
		}
	})
}

func TestChildrenWaitForTheLocksOfOtherTrees(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		w.Register("child", m.handle)
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			time.Sleep(time.Second)
			_, err := run.Child(ctx, activity.Spec{Type: "child", Subject: "of the older tree", Locks: exclusive("x")})
			return nil, err
		})
		w.submit(activity.Spec{})
		w.submit(activity.Spec{Type: "child", Subject: "of the younger tree", Locks: exclusive("x")})
		time.Sleep(2 * time.Second)
		want(t, "the child", w.wait(3).Status, activity.Done)
		want(t, "begun", m.begun, []string{"of the younger tree@0", "of the older tree@1"})
	})
}

func TestChildrenDoNotWaitForThoseWhoWaitForTheirParent(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.Register("child", nothing)
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			// The older tree's child comes first and stands before the
			// younger's in the queue for x, but waits for the younger tree.
			if run.Activity().Subject == "older" {
				time.Sleep(time.Second)
			} else {
				time.Sleep(2 * time.Second)
			}
			if _, err := run.Child(ctx, activity.Spec{Type: "child", Locks: exclusive("x")}); err != nil {
				return nil, err
			}
			return run.WaitChildren(ctx)
		})
		older := w.submit(activity.Spec{Subject: "older"})
		younger := w.submit(activity.Spec{Subject: "younger", Locks: exclusive("x")})
		want(t, "the younger tree", w.wait(younger.ID).Status, activity.Done)
		want(t, "the older tree", w.wait(older.ID).Status, activity.Done)
	})
}
