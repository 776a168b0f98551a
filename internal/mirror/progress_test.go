package mirror_test

import (
	"sync"
	"testing"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/mirror"
)

func TestTheShareOfASyncOnlyGrows(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, mirror.Config{URL: "file://" + several(t, 10), Suite: "./"})
		var mu sync.Mutex
		var last activity.Progress
		ends := map[string]float64{} // the share at which each phase was last
		progress := func(p activity.Progress) {
			mu.Lock()
			defer mu.Unlock()
			if p.Share < last.Share || p.Share > 1 {
				t.Errorf("%+v after %+v", p, last)
			}
			last, ends[p.Phase] = p, p.Share
		}
		p, err := b.Plan(t.Context(), d, b.Mirror, false, progress)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Fetch(t.Context(), d, progress); err != nil {
			t.Fatal(err)
		}
		for phase, want := range map[string]float64{"release": 0, "indexes": 0.01, "compare": 0.1, "download": 0.9} {
			if got, reported := ends[phase]; !reported || got != want {
				t.Errorf("%s ends at %v, want %v", phase, got, want)
			}
		}
	})
}
