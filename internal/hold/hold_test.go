package hold_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/hold"
	"github.com/aptarium/aptarium/internal/problem"
)

// world is one database and the processes that share it.
type world struct {
	*testing.T
	path string
}

// process is one of them: each has the database open for itself.
type process struct {
	world *world
	db    *db.DB
	*hold.Node
}

// run runs a test in which time passes by itself.
func run(t *testing.T, test func(w *world)) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shared.db")
	synctest.Test(t, func(t *testing.T) { test(&world{t, path}) })
}

func (w *world) join(name string, o hold.Options) *process {
	w.Helper()
	d, err := db.Open(w.Context(), db.Options{Path: w.path, Volatile: true, Schemas: []db.Schema{
		hold.Schema(),
	}})
	if err != nil {
		w.Fatal(err)
	}
	o.Name, o.Logger = name, slog.New(slog.DiscardHandler)
	n, err := hold.Join(w.Context(), d, o)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := errors.Join(n.Leave(context.Background()), d.Close()); err != nil {
			w.Error(err)
		}
	})
	return &process{w, d, n}
}

// nodes are two processes on one database, and one that has it for itself.
func (w *world) nodes() (a, b *process) {
	return w.join("a", hold.Options{}), w.join("b", hold.Options{})
}

// commit writes something, and gives the instant of that.
func (p *process) commit() (at int64, err error) {
	err = p.db.Tx(p.world.Context(), func(tx *db.Tx) error {
		at, err = tx.Now(p.world.Context())
		return err
	})
	return at, err
}

func (p *process) begin() *hold.Round {
	p.world.Helper()
	r, err := p.Begin(p.world.Context())
	if err != nil {
		p.world.Fatal(err)
	}
	return r
}

// wait waits for a round, and gives the time that took and all who were waited for.
func (p *process) wait(r *hold.Round) (took time.Duration, holders []string) {
	p.world.Helper()
	began := time.Now()
	if err := r.Wait(p.world.Context(), func(names []string) { holders = append(holders, names...) }); err != nil {
		p.world.Error(err)
	}
	slices.Sort(holders)
	return time.Since(began), slices.Compact(holders)
}

func (p *process) inUseSince() int64 {
	p.world.Helper()
	at, err := p.InUseSince(p.world.Context())
	if err != nil {
		p.world.Fatal(err)
	}
	return at
}

func TestARoundWaitsForHoldsFromBeforeIt(t *testing.T) {
	run(t, func(w *world) {
		for name, o := range map[string]hold.Options{"alone": {Alone: true}, "one of several": {}} {
			p := w.join(name, o)
			first, second := p.Hold("the first"), p.Hold("the second")
			r := p.begin()
			defer p.Hold("a later one").Release()
			time.AfterFunc(time.Minute, first.Release)
			time.AfterFunc(time.Minute, first.Release) // again, which does nothing
			time.AfterFunc(time.Hour, second.Release)
			took, holders := p.wait(r)
			if took != time.Hour || !slices.Equal(holders, []string{"the first", "the second"}) {
				w.Errorf("%s: it took %s to wait for %q", name, took, holders)
			}
			if took, holders := p.wait(r); took != 0 || holders != nil {
				w.Errorf("%s: nobody is left, and %q are waited for %s", name, holders, took)
			}
			p.Die()
			if err := p.Leave(w.Context()); err != nil {
				w.Error(err)
			}
		}
	})
}

func TestPatienceWithReadersEnds(t *testing.T) {
	run(t, func(w *world) {
		a, b := w.nodes()
		defer a.HoldForReader("a slow reader", time.Minute).Release()
		defer b.HoldForReader("a slow reader elsewhere", time.Hour).Release()
		if took, _ := a.wait(a.begin()); took < time.Hour || took > time.Hour+time.Minute {
			w.Errorf("it took %s", took)
		}
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	run(t, func(w *world) {
		a, b := w.nodes()
		for _, p := range []*process{a, b} {
			h := p.Hold("for ever")
			r := a.begin()
			ctx, cancel := context.WithCancelCause(w.Context())
			why := errors.New("enough")
			if err := r.Wait(ctx, func([]string) { cancel(why) }); !errors.Is(err, why) {
				w.Errorf("a cancelled wait gives %v", err)
			}
			h.Release()
		}
	})
}

// TestARoundWaitsForOtherProcesses, for what they did when they learnt of it.
func TestARoundWaitsForOtherProcesses(t *testing.T) {
	run(t, func(w *world) {
		a, b := w.nodes()
		h := b.Hold("work of b")
		r := a.begin()
		time.AfterFunc(time.Hour, h.Release)
		took, holders := a.wait(r)
		if took < time.Hour || took > time.Hour+time.Minute || !slices.Equal(holders, []string{"process b"}) {
			w.Errorf("it took %s to wait for %q", took, holders)
		}
		if a.Rounds() != 1 || b.Rounds() != 1 {
			w.Errorf("the processes know %d and %d rounds", a.Rounds(), b.Rounds())
		}
		defer b.Hold("later work of b").Release()
		time.Sleep(time.Minute) // for ever after
		if took, holders := a.wait(r); took != 0 {
			w.Errorf("%q were waited for once more", holders)
		}
	})
}

// TestANewcomerIsNotWaitedFor: all it does begins after the round.
func TestANewcomerIsNotWaitedFor(t *testing.T) {
	run(t, func(w *world) {
		a := w.join("a", hold.Options{})
		r := a.begin()
		b := w.join("b", hold.Options{})
		defer b.Hold("work of b").Release()
		if took, holders := a.wait(r); took != 0 {
			w.Errorf("%q were waited for", holders)
		}
		if b.Rounds() != 1 {
			w.Errorf("it knows %d rounds", b.Rounds())
		}
	})
}

func TestAKilledProcessIsWaitedForUntilItsLeaseEnds(t *testing.T) {
	run(t, func(w *world) {
		a, b := w.nodes()
		b.Hold("work that is never done")
		b.Die()
		took, _ := a.wait(a.begin())
		if took < 15*time.Second || took > time.Minute {
			w.Errorf("it took %s", took)
		}
		if took, _ := a.wait(a.begin()); took != 0 {
			w.Errorf("it is waited for again, %s", took)
		}
	})
}

// TestAProcessTakenForDeadCommitsNothing: the collector waits for it no more, so it must
// not name what was removed.
func TestAProcessTakenForDeadCommitsNothing(t *testing.T) {
	run(t, func(w *world) {
		a := w.join("a", hold.Options{})
		b := w.join("b", hold.Options{Lease: time.Hour}) // its heartbeat is slow
		if _, err := b.commit(); err != nil {
			w.Error(err)
		}
		err := a.db.Tx(w.Context(), func(tx *db.Tx) error { // its clock stood still
			_, err := tx.Exec(w.Context(), `UPDATE hold_node SET lease_until = 1 WHERE name = 'b'`)
			return err
		})
		if err != nil {
			w.Fatal(err)
		}
		if _, err := b.commit(); err != nil {
			w.Errorf("a late process that nobody took for dead cannot commit: %v", err)
		}
		a.wait(a.begin())
		if _, err := b.commit(); !errors.Is(err, hold.ErrLost) || !problem.Is(err, problem.Unavailable) {
			w.Errorf("committing gives %v", err)
		}
		<-b.Lost()
		if _, err := a.commit(); err != nil {
			w.Error(err)
		}
	})
}

// TestASlowCommitIsWaitedFor: one that was under way when the lease ended counts, and
// the collector sees it.
func TestASlowCommitIsWaitedFor(t *testing.T) {
	run(t, func(w *world) {
		a, b := w.nodes()
		defer b.Hold("a slow commit").Release()
		r := a.begin()
		b.Die()
		time.Sleep(time.Minute)
		slow, committed := make(chan struct{}), make(chan error)
		go func() {
			committed <- b.db.Tx(w.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(w.Context(), `CREATE TABLE named (it TEXT)`)
				close(slow)
				time.Sleep(5 * time.Millisecond)
				return err
			})
		}()
		<-slow
		waited := make(chan struct{})
		go func() {
			defer close(waited)
			a.wait(r)
		}()
		if err := <-committed; err != nil {
			w.Errorf("it was undone: %v", err)
		}
		<-waited
		err := a.db.Read(w.Context(), func(tx *db.Tx) error {
			_, err := db.One(w.Context(), tx, db.Value[int64], `SELECT count(*) FROM named`)
			return err
		})
		if err != nil {
			w.Errorf("the collector does not see it: %v", err)
		}
	})
}

// TestStatesInUseAreThoseSinceTheOldestWorkBegan, in whichever process.
func TestStatesInUseAreThoseSinceTheOldestWorkBegan(t *testing.T) {
	run(t, func(w *world) {
		a, b := w.nodes()
		time.Sleep(time.Hour)
		before, err := b.commit()
		if err != nil {
			w.Fatal(err)
		}
		h := b.Hold("work of b")
		reader := a.HoldForReader("a reader", time.Minute) // needs no state
		defer reader.Release()
		time.Sleep(time.Hour)
		own := a.Hold("work of a")
		after, err := a.commit()
		if err != nil {
			w.Fatal(err)
		}
		if at := a.inUseSince(); at > before {
			w.Errorf("it is %d, and work began at %d", at, before)
		}
		h.Release()
		time.Sleep(time.Minute)
		if at := a.inUseSince(); at <= before || at >= after {
			w.Errorf("it is %d, not between %d and %d", at, before, after)
		}
		own.Release()
		time.Sleep(time.Minute)
		if at := a.inUseSince(); at < after {
			w.Errorf("nobody works, and it is %d, before %d", at, after)
		}
	})
}

// TestAProcessAloneForgetsTheDead, without waiting for their leases.
func TestAProcessAloneForgetsTheDead(t *testing.T) {
	run(t, func(w *world) {
		dead := w.join("dead", hold.Options{})
		dead.Hold("work that is never done")
		dead.Die()
		alone := w.join("alone", hold.Options{Alone: true})
		before := alone.db.Last()
		if took, holders := alone.wait(alone.begin()); took != 0 {
			w.Errorf("%q were waited for", holders)
		}
		if at := alone.inUseSince(); at != before {
			w.Errorf("in use since %d, not %d", at, before)
		}
		if _, err := dead.commit(); !errors.Is(err, hold.ErrLost) {
			w.Errorf("the dead commits: %v", err)
		}
	})
}
