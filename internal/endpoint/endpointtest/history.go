package endpointtest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

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

// history makes random changes of a place and of a map, which must agree.
func history(t *testing.T, w World) {
	model := map[string]string{}
	clock := Day(1)
	paths := []string{"a", "b/c", "b/d", "b/e/f", "g/h"}
	names := rapid.SampledFrom(paths)
	rapid.Check(t, func(rt *rapid.T) {
		rt.Repeat(map[string]func(*rapid.T){
			"deploy": func(rt *rapid.T) {
				clock = clock.Add(time.Second)
				stages := make([]endpoint.Stage, rapid.IntRange(1, 3).Draw(rt, "stages"))
				for _, path := range rapid.SliceOfDistinct(names, rapid.ID).Draw(rt, "paths") {
					f := drawFile(rt, t, w, path, clock)
					n := rapid.IntRange(0, len(stages)-1).Draw(rt, "stage")
					stages[n] = append(stages[n], f.File)
					model[path] = f.data
				}
				if err := w.Place.Deploy(t.Context(), stages, nil); err != nil {
					rt.Fatal(err)
				}
			},
			"remove": func(rt *rapid.T) {
				gone := rapid.SliceOf(names).Draw(rt, "paths")
				if err := w.Place.Remove(t.Context(), gone); err != nil {
					rt.Fatal(err)
				}
				for _, path := range gone {
					delete(model, path)
				}
			},
			"": func(rt *rapid.T) {
				seen := w.Look(t)
				for _, path := range slices.Sorted(maps.Keys(seen)) {
					if data, ok := model[path]; !ok || data != seen[path].Data {
						rt.Errorf("%s is %q, want %q (%v)", path, seen[path].Data, data, ok)
					}
				}
				if len(seen) != len(model) {
					rt.Errorf("%d files are seen, want %d", len(seen), len(model))
				}
			},
		})
	})
}

type drawn struct {
	endpoint.File
	data string
}

// drawFile gives a file of few possible contents, whole or not, like another
// path or not.
func drawFile(rt *rapid.T, t testing.TB, w World, path string, modified time.Time) drawn {
	data := rapid.SampledFrom([]string{"", "one", "two", "three"}).Draw(rt, "data")
	if rapid.Bool().Draw(rt, "whole") {
		return drawn{Whole(t, w.Pool, path, data, modified), data}
	}
	return drawn{File(path, data, modified), data}
}
