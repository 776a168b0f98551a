package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/problem"
)

// withWall opens a database whose time of day is *wall.
func withWall(t *testing.T, wall *time.Time) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{
		Path: filepath.Join(t.TempDir(), "clock.db"), Volatile: true,
		Wall: func() time.Time { return *wall },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// instant commits a transaction and returns its instant.
func instant(t testing.TB, d *db.DB) (at int64) {
	t.Helper()
	err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
		at, err = tx.Now(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestInstantIsTheTimeOfDayAndOneForTheTransaction(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC)
	d := withWall(t, &wall)
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		first, err := tx.Now(t.Context())
		wall = wall.Add(time.Minute)
		second, err2 := tx.Now(t.Context())
		want(t, "the instant in microseconds", first, wall.Add(-time.Minute).UnixMicro())
		want(t, "the second answer", second, first)
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
	err = d.Read(t.Context(), func(tx *db.Tx) error { _, err := tx.Now(t.Context()); return err })
	if err == nil {
		t.Error("a read transaction got an instant")
	}
}

func TestInstantsGrowHoweverTheTimeOfDayMoves(t *testing.T) {
	t.Parallel()
	wall := time.Unix(1e9, 0)
	d := withWall(t, &wall)
	var last int64
	rapid.Check(t, func(rt *rapid.T) {
		wall = wall.Add(time.Duration(rapid.Int64Range(-1e10, 1e10).Draw(rt, "nanoseconds")))
		at := instant(t, d)
		if at <= last || at < wall.UnixMicro() {
			rt.Errorf("instant %d at %d, after %d", at, wall.UnixMicro(), last)
		}
		last = at
	})
}

func TestUndoneTransactionTakesNoInstant(t *testing.T) {
	t.Parallel()
	wall := time.Unix(1e9, 0)
	d := withWall(t, &wall)
	var undone int64
	_ = d.Tx(t.Context(), func(tx *db.Tx) error {
		undone, _ = tx.Now(t.Context())
		return errors.New("undone")
	})
	want(t, "the next instant", instant(t, d), undone)
}

func TestInstantsAreInCommitOrder(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					err := d.Tx(t.Context(), func(tx *db.Tx) error {
						at, err := tx.Now(t.Context())
						if err != nil {
							return err
						}
						// Whatever was committed before is seen, and earlier.
						late, err := db.One(t.Context(), tx, db.Value[int], `SELECT count(*) FROM book WHERE id >= $1`, at)
						if err != nil {
							return err
						}
						want(t, "commits seen with a later instant", late, 0)
						_, err = tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES ($1, CAST($1 AS TEXT))`, at)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		want(t, "commits", len(titles(t, d)), 80)
	})
}

func TestSealFixesThePast(t *testing.T) {
	t.Parallel()
	wall := time.Unix(1e9, 0)
	d := withWall(t, &wall)
	committed := instant(t, d)

	wall = wall.Add(10 * time.Second)
	past := wall.UnixMicro() - 1
	if err := d.Seal(t.Context(), past); err != nil {
		t.Fatal(err)
	}
	wall = wall.Add(-time.Hour) // somebody sets the clock back
	if at := instant(t, d); at <= past {
		t.Errorf("a commit after the seal of %d got %d", past, at)
	}
	if err := d.Seal(t.Context(), committed); err != nil {
		t.Errorf("sealing what is over: %v", err)
	}
	if err := d.Seal(t.Context(), wall.Add(2*time.Hour).UnixMicro()); !problem.Is(err, problem.Invalid) {
		t.Errorf("sealing the future: got %v, want an Invalid problem", err)
	}
}

func TestSealOfAFixedPastDoesNotWaitForWriters(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB) {
		at := instant(t, d)
		_ = d.Tx(t.Context(), func(*db.Tx) error { // holds the one writer
			if err := d.Seal(t.Context(), at); err != nil {
				t.Error(err)
			}
			return nil
		})
	})
}

func TestSealWaitsForTheCommitUnderWay(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB) {
		sealed := make(chan error, 1)
		var at int64
		err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			if at, err = tx.Now(t.Context()); err != nil {
				return err
			}
			go func() { sealed <- d.Seal(t.Context(), at) }()
			select {
			case err := <-sealed:
				t.Errorf("sealed (%v) an instant that is not committed yet", err)
			case <-time.After(10 * time.Millisecond):
			}
			return nil
		})
		if err := errors.Join(err, <-sealed); err != nil {
			t.Error(err)
		}
	})
}

func TestTheLastInstantIsThatOfTheNewestCommitKnown(t *testing.T) {
	t.Parallel()
	wall := time.Unix(1e9, 0)
	d := withWall(t, &wall)
	first := instant(t, d)
	want(t, "after a commit", d.Last(), first)
	undone := errors.New("undone")
	_ = d.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.Now(t.Context()); return errors.Join(err, undone) })
	want(t, "after a failed commit", d.Last(), first)
	wall = wall.Add(-time.Hour)
	second := instant(t, d)
	want(t, "after one of a time of day before", d.Last(), second)
}

func TestAGuardUndoesTransactionsThatMayWrite(t *testing.T) {
	t.Parallel()
	wall := time.Unix(1e9, 0)
	d := withWall(t, &wall)
	refused := errors.New("refused")
	nothing := func(*db.Tx) error { return nil }
	d.Guard(func(context.Context, *db.Tx) error { return refused })
	if err := d.Tx(t.Context(), nothing); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if err := d.Tx(t.Context(), func(*db.Tx) error { return db.ErrUnique }); !errors.Is(err, db.ErrUnique) {
		t.Errorf("a failed transaction returns %v", err)
	}
	if err := d.Read(t.Context(), nothing); err != nil {
		t.Errorf("reading returns %v", err)
	}
	d.Guard(nil)
	if err := d.Tx(t.Context(), nothing); err != nil {
		t.Errorf("without a guard: %v", err)
	}
}
