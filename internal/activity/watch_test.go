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

func TestWatchGivesEachChangeOnce(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		var seen []string
		a := w.submit(activity.Spec{})
		watched := make(chan error)
		go func() {
			var since int64
			for {
				a, err := w.Watch(t.Context(), a.ID, since)
				if err == nil && a.Version <= since {
					err = fmt.Errorf("version %d again", a.Version)
				}
				if err != nil {
					watched <- err
					return
				}
				since = a.Version
				line := fmt.Sprintf("%s %s %d", a.Status, a.Progress.Phase, a.Progress.Done)
				if len(seen) == 0 || seen[len(seen)-1] != line { // a heartbeat is a change too
					seen = append(seen, line)
				}
				if a.Status.Finished() {
					watched <- nil
					return
				}
			}
		}()
		synctest.Wait()
		w.start(func(_ context.Context, run *activity.Run) (any, error) {
			time.Sleep(time.Minute)
			for i := range int64(3) {
				run.Progress(activity.Progress{Phase: "fetch", Done: i + 1, Total: 3})
				time.Sleep(time.Minute)
			}
			return nil, nil
		})
		if err := <-watched; err != nil {
			t.Fatal(err)
		}
		want(t, "seen", seen, []string{"waiting  0", "running  0", "running fetch 1", "running fetch 2", "running fetch 3", "done fetch 3"})
	})
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		a := w.submit(activity.Spec{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		got, err := w.Watch(ctx, a.ID, a.Version)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		want(t, "the activity beside the error", got.ID, a.ID)
	})
}

func TestProgressAtAnyRateIsCheap(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.exec(`CREATE TABLE written(n BIGINT)`)
		w.exec(`INSERT INTO written VALUES (0)`)
		w.exec(`CREATE TRIGGER counted AFTER UPDATE OF progress ON activity BEGIN UPDATE written SET n = n + 1; END`)
		const seconds, each = 10, 500
		w.start(func(_ context.Context, run *activity.Run) (any, error) {
			for i := range int64(seconds * each) {
				run.Progress(activity.Progress{Done: i, Share: float64(i) / (seconds * each)})
				time.Sleep(time.Second / each)
			}
			return nil, nil
		})
		a := w.submit(activity.Spec{})
		shown, since := 0, int64(0)
		for !a.Status.Finished() {
			var err error
			if a, err = w.Watch(t.Context(), a.ID, since); err != nil {
				t.Fatal(err)
			}
			since = a.Version
			shown++
		}
		if shown < 9*seconds || shown > 12*seconds {
			t.Errorf("watchers saw %d changes in %d seconds, want about ten a second", shown, seconds)
		}
		var written int
		_ = w.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			written, err = db.One(t.Context(), tx, db.Value[int], `SELECT n FROM written`)
			return err
		})
		if written < seconds || written > 2*seconds {
			t.Errorf("the progress was written %d times in %d seconds, want about once a second", written, seconds)
		}
		want(t, "the last progress", a.Progress.Done, seconds*each-1)
		want(t, "the share stored with it", w.get(a.ID).Progress.Fraction(), float64(seconds*each-1)/(seconds*each))
	})
}

func TestVersionsGrowAcrossACrash(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		a := w.submit(activity.Spec{MaxAttempts: 2})
		// The dead process had shown progress that it never wrote: versions
		// are of the time of day, so none was later than now.
		w.exec(`UPDATE activity SET status = 'running', attempt = 1, fence = 1, lease_owner = 'dead', lease_until = 1`)
		shown := w.d.Wall()
		time.Sleep(time.Millisecond)
		w.start(nothing)
		if a = w.wait(a.ID); a.Version <= shown {
			t.Errorf("version %d is not after %d, which a watcher has seen", a.Version, shown)
		}
	})
}

func TestLogKeepsTheLatestLines(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(_ context.Context, run *activity.Run) (any, error) {
			for i := range 1500 {
				run.Log(fmt.Sprintf("line %d", i))
				if i == 700 {
					time.Sleep(time.Minute) // some are stored by then
				}
			}
			run.Log("two\nlines\r\n")
			run.Log(strings.Repeat("é", 1000))
			run.Log("bad \xff bytes")
			return nil, nil
		})
		a := w.wait(w.submit(activity.Spec{}).ID)
		lines, err := w.Log(t.Context(), a.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "lines", len(lines), 1000)
		var last []string
		for _, l := range lines[len(lines)-5:] {
			last = append(last, l.Text)
		}
		want(t, "the last lines", last, []string{"line 1499", "two", "lines", strings.Repeat("é", 500), "bad \uFFFD bytes"})
		want(t, "the number of the last", lines[999].Number, 1504)
		rest, err := w.Log(t.Context(), a.ID, 1502)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "lines after the 1502nd", len(rest), 2)
	})
}

func TestListFiltersAndPages(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.submit(activity.Spec{Type: "sync", Subject: "trixie"})
		w.submit(activity.Spec{Type: "sync", Subject: "sid"})
		w.submit(activity.Spec{Type: "publish", Subject: "sid", Parent: 1})
		if _, err := w.Cancel(t.Context(), 2, "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		recent := time.Now()
		w.submit(activity.Spec{Type: "sync", Subject: "sid"})
		for _, c := range []struct {
			name   string
			filter activity.Filter
			page   activity.Page
			want   []int64
		}{
			{"all, newest first", activity.Filter{}, activity.Page{}, []int64{4, 3, 2, 1}},
			{"the first page", activity.Filter{}, activity.Page{Limit: 2}, []int64{4, 3}},
			{"the second page", activity.Filter{}, activity.Page{Limit: 2, After: 3}, []int64{2, 1}},
			{"by type", activity.Filter{Type: "sync"}, activity.Page{}, []int64{4, 2, 1}},
			{"by subject", activity.Filter{Subject: "sid"}, activity.Page{}, []int64{4, 3, 2}},
			{"by status", activity.Filter{Statuses: []activity.Status{activity.Cancelled, activity.Done}}, activity.Page{}, []int64{2}},
			{"children of one", activity.Filter{Parent: 1}, activity.Page{}, []int64{3}},
			{"roots", activity.Filter{Roots: true}, activity.Page{}, []int64{4, 2, 1}},
			{"recent ones", activity.Filter{Since: recent}, activity.Page{}, []int64{4}},
			{"all together", activity.Filter{Type: "sync", Subject: "sid", Statuses: []activity.Status{activity.Waiting}}, activity.Page{Limit: 5, After: 9}, []int64{4}},
		} {
			all, err := w.List(t.Context(), c.filter, c.page)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			var ids []int64
			for _, a := range all {
				ids = append(ids, a.ID)
			}
			want(t, c.name, ids, c.want)
		}
		if _, err := w.List(t.Context(), activity.Filter{}, activity.Page{Limit: 5000}); !problem.Is(err, problem.Invalid) {
			t.Errorf("a page of 5000: got %v, want an Invalid problem", err)
		}
	})
}

func TestPruneDeletesWholeOldTrees(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			run.Log("something")
			if run.Activity().Subject == "parent" {
				// A child that nobody here can run: it stays unfinished.
				_, err := run.Child(ctx, activity.Spec{Type: "for somebody else"})
				return nil, err
			}
			return nil, nil
		})
		old := w.wait(w.submit(activity.Spec{}).ID)
		parent := w.wait(w.submit(activity.Spec{Subject: "parent"}).ID)
		time.Sleep(time.Hour)
		border := time.Now()
		recent := w.wait(w.submit(activity.Spec{}).ID)
		n, err := w.Prune(t.Context(), border)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "trees deleted", n, 1)
		if _, err := w.Get(t.Context(), old.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("the old one: got %v, want NotFound", err)
		}
		lines, err := w.Log(t.Context(), old.ID, 0)
		if err != nil || len(lines) != 0 {
			t.Errorf("the log of the old one has %d lines (%v)", len(lines), err)
		}
		w.get(parent.ID)
		w.get(recent.ID)
	})
}

func TestForgetDeletesWhatHasEnded(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			if run.Activity().Subject == "parent" {
				_, err := run.Child(ctx, activity.Spec{Type: "for somebody else"})
				return nil, err
			}
			return nil, nil
		})
		waiting := w.submit(activity.Spec{RunAt: time.Now().Add(time.Hour)})
		parent := w.wait(w.submit(activity.Spec{Subject: "parent"}).ID)
		for _, open := range []int64{waiting.ID, parent.ID} {
			if _, err := w.Forget(t.Context(), open); !problem.Is(err, problem.Conflict) {
				t.Errorf("forgetting what is not over: %v", err)
			}
		}
		over := w.wait(w.submit(activity.Spec{Subject: "over"}).ID)
		gone, err := w.Forget(t.Context(), over.ID)
		if err != nil || gone.Subject != "over" {
			t.Errorf("got %+v, %v", gone, err)
		}
		if _, err := w.Forget(t.Context(), over.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("forgetting twice: %v", err)
		}
		w.get(waiting.ID)
	})
}
