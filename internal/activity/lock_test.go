package activity_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// minute is a handler that takes a minute and notes who ran when.
type minute struct {
	mu    sync.Mutex
	start time.Time
	begun []string // "subject@minutes"
}

func (m *minute) handle(_ context.Context, run *activity.Run) (any, error) {
	m.mu.Lock()
	m.begun = append(m.begun, fmt.Sprintf("%s@%d", run.Activity().Subject, int(time.Since(m.start).Minutes())))
	m.mu.Unlock()
	time.Sleep(time.Minute)
	return nil, nil
}

func TestWhoWaitsForWhom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		locks [][]activity.Lock // of activities a, b, c, … submitted in this order
		want  []string          // who begins in which minute
	}{
		{"nobody without locks", [][]activity.Lock{nil, nil, nil}, []string{"a@0", "b@0", "c@0"}},
		{"exclusive ones, in order", [][]activity.Lock{exclusive("x"), exclusive("x"), exclusive("x")}, []string{"a@0", "b@1", "c@2"}},
		{"shared ones do not", [][]activity.Lock{shared("x"), shared("x"), shared("x")}, []string{"a@0", "b@0", "c@0"}},
		{"other resources do not", [][]activity.Lock{exclusive("x"), exclusive("x"), exclusive("y")}, []string{"a@0", "b@1", "c@0"}},
		{"shared does not overtake exclusive", [][]activity.Lock{shared("x"), exclusive("x"), shared("x")}, []string{"a@0", "b@1", "c@2"}},
		{"all locks are taken at once", [][]activity.Lock{exclusive("x"), exclusive("x", "y"), exclusive("y")}, []string{"a@0", "b@1", "c@2"}},
		{"a name given twice is exclusive", [][]activity.Lock{shared("x"), append(shared("x"), exclusive("x")...)}, []string{"a@0", "b@1"}},
		{"others pass one that waits", [][]activity.Lock{exclusive("x"), exclusive("x", "y"), shared("z"), nil}, []string{"a@0", "b@1", "c@0", "d@0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			each(t, activity.Options{Workers: 8}, func(t *testing.T, w *world) {
				m := minute{start: time.Now()}
				var last int64
				for i, locks := range c.locks {
					last = w.submit(activity.Spec{Subject: string(rune('a' + i)), Locks: locks}).ID
				}
				w.start(m.handle)
				for id := range last {
					w.wait(id + 1)
				}
				slices.Sort(m.begun)
				want(t, "begun", m.begun, c.want)
			})
		})
	}
}

func TestDelayedOnesTakeTheirPlaceWhenDue(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		w.submit(activity.Spec{Subject: "later", Locks: exclusive("x"), RunAt: m.start.Add(30 * time.Second)})
		w.start(m.handle)
		w.submit(activity.Spec{Subject: "first", Locks: exclusive("x")})
		time.Sleep(45 * time.Second)
		last := w.submit(activity.Spec{Subject: "last", Locks: exclusive("x")})
		w.wait(last.ID)
		want(t, "begun", m.begun, []string{"first@0", "later@1", "last@2"})
	})
}

func TestNoSharersHoldBackAnExclusiveOneForEver(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{Workers: 8}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		w.start(m.handle)
		var exclusiveID int64
		for i := range 20 { // sharers keep coming, always overlapping
			if i == 5 {
				exclusiveID = w.submit(activity.Spec{Subject: "exclusive", Locks: exclusive("x")}).ID
			}
			w.submit(activity.Spec{Subject: "sharer", Locks: shared("x")})
			time.Sleep(20 * time.Second)
		}
		a := w.wait(exclusiveID)
		if waited := a.StartedAt.Sub(a.CreatedAt); waited > time.Minute {
			t.Errorf("the exclusive one waited for %v, want at most those that had begun", waited)
		}
	})
}

func TestLocksAreGivenBackHoweverItEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]activity.Handler{
		"done":   nothing,
		"failed": func(context.Context, *activity.Run) (any, error) { return nil, context.DeadlineExceeded },
		"panic":  func(context.Context, *activity.Run) (any, error) { panic("boom") },
		"retry": func(_ context.Context, run *activity.Run) (any, error) {
			return nil, activity.Retry(fmt.Errorf("attempt %d", run.Activity().Attempt))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, activity.Options{}, func(t *testing.T, w *world) {
				w.start(end)
				w.submit(activity.Spec{Locks: exclusive("x"), MaxAttempts: 2})
				synctest.Wait()
				before := time.Now()
				if _, err := w.Run(t.Context(), activity.Spec{Type: "inline", Locks: exclusive("x")}, nothing); err != nil {
					t.Error(err)
				}
				want(t, "waited", time.Since(before), 0)
			})
		})
	}
}

// holders watches that no two hold a resource in a conflicting way.
type holders struct {
	mu   sync.Mutex
	held map[string]int // sharers, or -1
	runs map[int64]int
}

func (h *holders) take(t *testing.T, id int64, locks []activity.Lock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs[id]++
	for _, l := range locks {
		n := h.held[l.Resource]
		if n < 0 || n > 0 && !l.Shared {
			t.Errorf("%s is taken (shared %v) while held (%d)", l.Resource, l.Shared, n)
		}
		if l.Shared {
			h.held[l.Resource]++
		} else {
			h.held[l.Resource] = -1
		}
	}
}

func (h *holders) drop(locks []activity.Lock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range locks {
		if l.Shared {
			h.held[l.Resource]--
		} else {
			h.held[l.Resource] = 0
		}
	}
}

func TestRandomLocksNeverConflictAndAllRunOnce(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{Workers: 6}, func(t *testing.T, w *world) {
		random := rand.New(rand.NewPCG(1, 2))
		h := holders{held: map[string]int{}, runs: map[int64]int{}}
		w.start(func(_ context.Context, run *activity.Run) (any, error) {
			var locks []activity.Lock
			if err := run.Payload(&locks); err != nil {
				return nil, err
			}
			h.take(t, run.Activity().ID, locks)
			time.Sleep(time.Duration(1+run.Activity().ID%7) * time.Second)
			h.drop(locks)
			return nil, nil
		})
		const count = 80
		for range count {
			var locks []activity.Lock
			for _, r := range random.Perm(4)[:random.IntN(4)] {
				locks = append(locks, activity.Lock{Resource: string(rune('w' + r)), Shared: random.IntN(2) == 0})
			}
			w.submit(activity.Spec{Payload: locks, Locks: locks})
			if random.IntN(3) == 0 {
				time.Sleep(time.Second)
			}
		}
		for id := range int64(count) {
			want(t, "status", w.wait(id+1).Status, activity.Done)
		}
		want(t, "activities that ran", len(h.runs), count)
		for id, n := range h.runs {
			if n != 1 {
				t.Errorf("activity %d ran %d times", id, n)
			}
		}
	})
}

func TestManySubmittersManyWorkersEachRunsOnce(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{Workers: 8}, func(t *testing.T, w *world) {
		second := w.another(activity.Options{Workers: 8})
		var mu sync.Mutex
		runs := map[int64]int{}
		count := func(_ context.Context, run *activity.Run) (any, error) {
			mu.Lock()
			defer mu.Unlock()
			runs[run.Activity().ID]++
			return nil, nil
		}
		second.Register("work", count)
		if err := second.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.start(count)
		var submitters sync.WaitGroup
		for range 16 {
			submitters.Go(func() {
				for range 10 {
					w.submit(activity.Spec{})
				}
			})
		}
		submitters.Wait()
		for id := range int64(160) {
			w.wait(id + 1)
		}
		want(t, "activities that ran", len(runs), 160)
		for id, n := range runs {
			if n != 1 {
				t.Errorf("activity %d ran %d times", id, n)
			}
		}
	})
}

func TestRetriedOnesGoToTheEndOfTheQueue(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		w.start(func(ctx context.Context, run *activity.Run) (any, error) {
			if run.Activity().Subject == "again" && run.Activity().Attempt == 1 {
				time.Sleep(time.Second)
				return nil, activity.Retry(fmt.Errorf("not yet"))
			}
			return m.handle(ctx, run)
		})
		again := w.submit(activity.Spec{Subject: "again", Locks: exclusive("x"), MaxAttempts: 2})
		w.submit(activity.Spec{Subject: "b", Locks: exclusive("x")})
		w.submit(activity.Spec{Subject: "c", Locks: exclusive("x")})
		w.wait(again.ID)
		want(t, "begun", m.begun, []string{"b@0", "c@1", "again@2"})
	})
}

func TestDelayedChildrenHoldNobodyBackBeforeTheirTime(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		parent := w.submit(activity.Spec{Type: "for somebody else"})
		// It stands where its parent stands, before the next one.
		w.submit(activity.Spec{Subject: "child", Parent: parent.ID, RunAt: m.start.Add(5 * time.Minute), Locks: exclusive("x")})
		w.start(m.handle)
		w.wait(w.submit(activity.Spec{Subject: "next", Locks: exclusive("x")}).ID)
		want(t, "begun", m.begun, []string{"next@0"})
	})
}

func TestWhoDoesNotWantToWaitIsRefused(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		m := minute{start: time.Now()}
		at := func(resource string, l activity.Lock) (activity.Activity, error) {
			l.Resource = resource
			var a activity.Activity
			err := w.d.Tx(t.Context(), func(tx *db.Tx) (err error) {
				a, _, err = w.Submit(t.Context(), tx, activity.Spec{Type: "work", Locks: []activity.Lock{l}})
				return err
			})
			return a, err
		}
		first, err := at("x", activity.Lock{NoWait: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := at("x", activity.Lock{NoWait: true}); !problem.Is(err, problem.Conflict) {
			t.Errorf("while another one waits: %v", err)
		}
		if _, err := at("y", activity.Lock{NoWait: true}); err != nil {
			t.Errorf("of another resource: %v", err)
		}
		w.start(m.handle)
		synctest.Wait()
		if _, err := at("x", activity.Lock{Shared: true, NoWait: true}); !problem.Is(err, problem.Conflict) {
			t.Errorf("while another one runs: %v", err)
		}
		patient, err := at("x", activity.Lock{})
		if err != nil {
			t.Errorf("one that waits: %v", err)
		}
		w.wait(first.ID)
		w.wait(patient.ID)
		if _, err := at("x", activity.Lock{NoWait: true}); err != nil {
			t.Errorf("when all are done: %v", err)
		}
	})
}
