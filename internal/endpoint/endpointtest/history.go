package endpointtest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/endpoint"
)

// together lets some deploy and others remove in the same directories. What is
// removed by nobody must be there.
func together(t *testing.T, w World) {
	var all sync.WaitGroup
	want := map[string]string{}
	for n := range 4 {
		kept := fmt.Sprintf("kept/%d/f", n)
		want[kept] = "data"
		all.Go(func() {
			for round := range 20 {
				passing := fmt.Sprintf("a/b/c/%d", n)
				err := w.Place.Deploy(t.Context(), []endpoint.Stage{
					{File(passing, "data", Day(1+round))}, {File(kept, "data", Day(1+round))},
				}, nil)
				if err == nil {
					err = w.Place.Remove(t.Context(), []string{passing})
				}
				if err != nil {
					t.Errorf("%d in round %d: %v", n, round, err)
					return
				}
			}
		})
	}
	all.Wait()
	CheckSees(t, w, want)
}

// paths are few, so that a history often comes back to the same.
var paths = [...]string{"a", "b/c", "b/d", "b/e/f", "g/h"}

// history makes random changes of a place and of a map, which must agree.
func history(t *testing.T, w World) {
	clock := Day(1)
	rapid.Check(t, func(rt *rapid.T) {
		if err := w.Place.Remove(t.Context(), paths[:]); err != nil {
			rt.Fatal(err)
		}
		model := map[string]string{}
		for range rapid.IntRange(1, 5).Draw(rt, "changes") {
			named := rapid.SliceOfDistinct(rapid.SampledFrom(paths[:]), rapid.ID).Draw(rt, "paths")
			var err error
			if rapid.IntRange(0, 2).Draw(rt, "change") == 0 {
				err = w.Place.Remove(t.Context(), named)
				maps.DeleteFunc(model, func(path, _ string) bool { return slices.Contains(named, path) })
			} else {
				clock = clock.Add(time.Second)
				err = w.Place.Deploy(t.Context(), drawStages(rt, t, w, named, clock, model), nil)
			}
			if err != nil {
				rt.Fatal(err)
			}
			checkModel(rt, w.Look(t), model)
		}
	})
}

// drawStages puts files of these paths into some stages and into the model.
func drawStages(rt *rapid.T, t testing.TB, w World, named []string, modified time.Time, model map[string]string) []endpoint.Stage {
	stages := make([]endpoint.Stage, rapid.IntRange(1, 3).Draw(rt, "stages"))
	for _, path := range named {
		data := rapid.SampledFrom([]string{"", "one", "two", "three"}).Draw(rt, "data")
		f := File(path, data, modified)
		if rapid.Bool().Draw(rt, "whole") {
			f = Whole(t, w.Pool, path, data, modified)
		}
		n := rapid.IntRange(0, len(stages)-1).Draw(rt, "stage")
		stages[n] = append(stages[n], f)
		model[path] = data
	}
	return stages
}

func checkModel(rt *rapid.T, seen map[string]Seen, model map[string]string) {
	rt.Helper()
	got := map[string]string{}
	for path, s := range seen {
		got[path] = s.Data
	}
	if diff := cmp.Diff(model, got); diff != "" {
		rt.Errorf("the place differs from the map (-map +place):\n%s", diff)
	}
}
