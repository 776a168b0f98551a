package activity_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/notify"
)

// endLeases makes every run look dead.
const endLeases = `UPDATE activity SET lease_until = 1 WHERE lease_until > 0`

func TestHeartbeatKeepsALongRunAlive(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		second := w.another(activity.Options{}) // would take up what seems dead
		if err := second.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.start(func(ctx context.Context, _ *activity.Run) (any, error) {
			time.Sleep(20 * time.Minute)
			return nil, ctx.Err()
		})
		a := w.wait(w.submit(activity.Spec{}).ID)
		want(t, "status", a.Status, activity.Done)
	})
}

func TestStaleWorkerCannotCommit(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.exec(`CREATE TABLE effect(attempt BIGINT)`)
		var stale error
		var cause error
		handle := func(ctx context.Context, run *activity.Run) (any, error) {
			attempt := run.Activity().Attempt
			if attempt == 1 {
				<-ctx.Done() // the heartbeat finds out
				cause = context.Cause(ctx)
				ctx = context.WithoutCancel(ctx)
			}
			err := run.Commit(ctx, attempt, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO effect VALUES ($1)`, attempt)
				return err
			})
			if attempt == 1 {
				stale = err
			}
			return nil, err
		}
		w.start(handle)
		a := w.submit(activity.Spec{MaxAttempts: 2})
		synctest.Wait()
		w.exec(endLeases)
		second := w.another(activity.Options{})
		second.Register("work", handle)
		if err := second.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		a = w.wait(a.ID)
		want(t, "status", a.Status, activity.Done)
		want(t, "result", string(a.Result), "2")
		time.Sleep(time.Minute)
		if !errors.Is(stale, activity.ErrLeaseLost) || !errors.Is(cause, activity.ErrLeaseLost) {
			t.Errorf("the stale worker's commit gives %v and its context %v, want ErrLeaseLost", stale, cause)
		}
		var effects []int
		_ = w.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			effects, err = db.All(t.Context(), tx, db.Value[int], `SELECT attempt FROM effect`)
			return err
		})
		want(t, "effects", effects, []int{2})
		want(t, "status at last", w.get(a.ID).Status, activity.Done)
	})
}

func TestInterruptedActivities(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		spec      activity.Spec
		cancelled bool
		want      activity.Status
	}{
		{"fails when it has no attempt left", activity.Spec{}, false, activity.Failed},
		{"runs again when it has", activity.Spec{MaxAttempts: 2}, false, activity.Done},
		{"is cancelled when somebody asked for that", activity.Spec{MaxAttempts: 2}, true, activity.Cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			each(t, activity.Options{}, func(t *testing.T, w *world) {
				a := w.submit(c.spec)
				// What a process leaves that dies.
				w.exec(`UPDATE activity SET status = 'running', attempt = 1, fence = 1, lease_owner = 'dead', lease_until = $1`, w.d.Wall()+1e6)
				if c.cancelled {
					if _, err := w.Cancel(t.Context(), a.ID, "me"); err != nil {
						t.Fatal(err)
					}
				}
				w.start(nothing)
				synctest.Wait()
				want(t, "status while the lease lasts", w.get(a.ID).Status, activity.Running)
				want(t, "status at last", w.wait(a.ID).Status, c.want)
			})
		})
	}
}

func TestExclusiveEngineTakesUpAtOnce(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{Exclusive: true}, func(t *testing.T, w *world) {
		a := w.submit(activity.Spec{MaxAttempts: 2})
		w.exec(`UPDATE activity SET status = 'running', attempt = 1, fence = 1, lease_owner = 'dead', lease_until = $1`, w.d.Wall()+1e12)
		w.start(nothing)
		synctest.Wait()
		want(t, "status", w.get(a.ID).Status, activity.Done)
	})
}

func TestStopPutsBackWhatMayRunAgain(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		causes := make(chan error, 3)
		stopping := true
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			if !stopping {
				return run.Activity().Attempt, nil
			}
			<-ctx.Done()
			causes <- context.Cause(ctx)
			if run.Activity().Subject == "ends well" {
				return nil, nil
			}
			return nil, ctx.Err()
		})
		again := w.submit(activity.Spec{MaxAttempts: 2})
		once := w.submit(activity.Spec{})
		well := w.submit(activity.Spec{Subject: "ends well"})
		synctest.Wait()
		for range 2 { // stopping twice is stopping once
			if err := w.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "that may run again", w.get(again.ID).Status, activity.Waiting)
		want(t, "that may not", w.get(once.ID).Error.Message, "interrupted: the server is shutting down")
		want(t, "that ends well", w.get(well.ID).Status, activity.Done)
		for range 3 {
			if cause := <-causes; !errors.Is(cause, activity.ErrShutdown) {
				t.Errorf("the cause is %v, want ErrShutdown", cause)
			}
		}
		stopping = false
		for range 2 {
			if err := w.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "attempt after the restart", string(w.wait(again.ID).Result), "1")
	})
}

func TestStopDoesNotWaitLongerThanItsContext(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(context.Context, *activity.Run) (any, error) {
			time.Sleep(time.Hour) // deaf
			return nil, nil
		})
		a := w.submit(activity.Spec{})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		want(t, "status of the deaf one in the end", w.wait(a.ID).Status, activity.Done)
	})
}

// crashing names, in the environment of a copy of this test program, the
// database in which it runs activities until it is killed.
const crashing = "APTARIUM_TEST_CRASH"

func TestKilledProcess(t *testing.T) {
	if path := os.Getenv(crashing); path != "" {
		runUntilKilled(t, path)
		return
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crash.db")
	child := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
	child.Env = append(os.Environ(), crashing+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 2 { // both activities are in their handlers
		lines.Scan()
		want(t, "the child says", lines.Text(), "running")
	}
	_ = child.Process.Kill()
	_ = child.Wait()

	d, e := open(t, path)
	defer d.Close()
	e.Register("work", func(_ context.Context, run *activity.Run) (any, error) { return run.Activity().Attempt, nil })
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Stop(context.Background()) }()
	once, err := e.Wait(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the one with one attempt", once.Error.Message, "interrupted: the process that ran it ended")
	again, err := e.Wait(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the one with two", string(again.Result), "2")
}

func open(t *testing.T, path string) (*db.DB, *activity.Engine) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{Path: path, Schemas: []db.Schema{activity.Schema()}})
	if err != nil {
		t.Fatal(err)
	}
	return d, activity.New(d, new(notify.Hub), activity.Options{Exclusive: true})
}

func runUntilKilled(t *testing.T, path string) {
	d, e := open(t, path)
	e.Register("work", func(ctx context.Context, _ *activity.Run) (any, error) {
		fmt.Println("running")
		<-ctx.Done()
		return nil, ctx.Err()
	})
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		_, _, err := e.Submit(t.Context(), tx, activity.Spec{Type: "work"})
		_, _, err2 := e.Submit(t.Context(), tx, activity.Spec{Type: "work", MaxAttempts: 2})
		return errors.Join(err, err2)
	})
	if err := errors.Join(err, e.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute) // the parent kills this process long before
}

func TestStaleWorkerCannotEndTheActivity(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		gates := map[int]chan struct{}{1: make(chan struct{}), 2: make(chan struct{})}
		handle := func(_ context.Context, run *activity.Run) (any, error) {
			<-gates[run.Activity().Attempt]
			return run.Activity().Attempt, nil
		}
		w.start(handle)
		a := w.submit(activity.Spec{MaxAttempts: 2})
		synctest.Wait()
		w.exec(endLeases)
		second := w.another(activity.Options{})
		second.Register("work", handle)
		if err := second.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the second attempt has begun
		close(gates[1]) // the first ends before its heartbeat finds out
		synctest.Wait()
		want(t, "status", w.get(a.ID).Status, activity.Running)
		close(gates[2])
		want(t, "result", string(w.wait(a.ID).Result), "2")
	})
}

func TestLateHeartbeatIsNoDeath(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(context.Context, *activity.Run) (any, error) { time.Sleep(time.Minute); return nil, nil })
		time.Sleep(5 * time.Second)
		a := w.submit(activity.Spec{})
		synctest.Wait()
		w.exec(endLeases) // as after the machine slept
		time.Sleep(6 * time.Second)
		w.submit(activity.Spec{}) // the queue is looked at, ended leases too
		synctest.Wait()
		want(t, "status", w.get(a.ID).Status, activity.Running)
		want(t, "status at last", w.wait(a.ID).Status, activity.Done)
	})
}
