package activity_test

import (
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/notify"
)

// TestAFailingClaimIsNotRepeatedAtOnce lets every commit fail after that of more activities than one claim parks.
func TestAFailingClaimIsNotRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	var commits atomic.Int64
	d, err := db.Open(t.Context(), db.Options{
		Path: filepath.Join(t.TempDir(), "db"), Schemas: []db.Schema{activity.Schema()},
		Committing: func() error {
			if n := commits.Add(1); armed.Load() && n > 1 && n < 100 {
				return errors.New("the disk is full")
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, d: d, hub: new(notify.Hub)}
		w.Engine = w.another(activity.Options{Exclusive: true})
		w.start((&minute{start: time.Now()}).handle)
		w.submit(activity.Spec{Locks: exclusive("x")})
		synctest.Wait()
		commits.Store(0)
		armed.Store(true)
		err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			for range 101 {
				_, _, e := w.Submit(t.Context(), tx, activity.Spec{Type: "work", Locks: exclusive("x")})
				err = errors.Join(err, e)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := commits.Load(); n > 3 {
			t.Errorf("%d commits were tried in a second", n)
		}
		armed.Store(false)
	})
}
