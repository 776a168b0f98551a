package activity_test

import (
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/notify"
)

// BenchmarkThroughput submits, claims and finishes activities, with one
// transaction for each step: without locks, and all in one queue.
func BenchmarkThroughput(b *testing.B) {
	b.Run("free", func(b *testing.B) { throughput(b, nil) })
	b.Run("queued", func(b *testing.B) { throughput(b, exclusive("x")) })
}

func throughput(b *testing.B, locks []activity.Lock) {
	d := dbtest.New(b, activity.Schema())
	e := activity.New(d, new(notify.Hub), activity.Options{Workers: 8})
	e.Register("work", nothing)
	var last int64
	for b.Loop() {
		err := d.Tx(b.Context(), func(tx *db.Tx) error {
			a, _, err := e.Submit(b.Context(), tx, activity.Spec{Type: "work", Locks: locks})
			last = a.ID
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	start := time.Now()
	if err := e.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	for id := range last {
		if _, err := e.Wait(b.Context(), id+1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(last), "ns/run")
	if err := e.Stop(b.Context()); err != nil {
		b.Fatal(err)
	}
}
