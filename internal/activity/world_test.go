package activity_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/notify"
)

// world is a database with an engine, in a bubble where time passes only when
// everybody waits.
type world struct {
	t   *testing.T
	d   *db.DB
	hub *notify.Hub
	*activity.Engine
}

// each runs a test on every kind of database.
func each(t *testing.T, o activity.Options, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Run(t, []db.Schema{activity.Schema()}, func(t *testing.T, d *db.DB) {
		synctest.Test(t, func(t *testing.T) {
			w := &world{t: t, d: d, hub: new(notify.Hub)}
			w.Engine = w.another(o)
			test(t, w)
		})
	})
}

// another makes a second engine on the same database, as a second process
// would, and stops it at the end.
func (w *world) another(o activity.Options) *activity.Engine {
	o.Logger = slog.New(slog.DiscardHandler)
	e := activity.New(w.d, w.hub, o)
	w.t.Cleanup(func() {
		if err := e.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
	return e
}

// start starts the engine with one handler for the type "work".
func (w *world) start(h activity.Handler) {
	w.t.Helper()
	w.Register("work", h)
	if err := w.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// submit submits a spec, of the type "work" if it has none.
func (w *world) submit(spec activity.Spec) activity.Activity {
	w.t.Helper()
	a, _ := w.submitted(spec)
	return a
}

func (w *world) submitted(spec activity.Spec) (a activity.Activity, created bool) {
	w.t.Helper()
	if spec.Type == "" {
		spec.Type = "work"
	}
	err := w.d.Tx(w.t.Context(), func(tx *db.Tx) (err error) {
		a, created, err = w.Submit(w.t.Context(), tx, spec)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return a, created
}

// get reads an activity, wait waits for its end; status is all most tests ask.
func (w *world) get(id int64) activity.Activity {
	w.t.Helper()
	a, err := w.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) wait(id int64) activity.Activity {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 1000*time.Hour)
	defer cancel()
	a, err := w.Wait(ctx, id)
	if err != nil {
		w.t.Fatalf("waiting for activity %d, which is %s: %v", id, a.Status, err)
	}
	return a
}

// exec changes the database behind the engine's back.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	err := w.d.Tx(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// untilTold is a handler that runs until its context ends.
func untilTold(ctx context.Context, _ *activity.Run) (any, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// nothing is a handler that is done at once.
func nothing(context.Context, *activity.Run) (any, error) { return nil, nil }

func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func exclusive(names ...string) (locks []activity.Lock) {
	for _, n := range names {
		locks = append(locks, activity.Lock{Resource: n})
	}
	return locks
}

func shared(names ...string) (locks []activity.Lock) {
	for _, n := range names {
		locks = append(locks, activity.Lock{Resource: n, Shared: true})
	}
	return locks
}
