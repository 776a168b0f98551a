package endpointtest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/endpoint"
)

func remove(t *testing.T, w World) {
	Deploy(t, w.Place, release(t, w, "one", 1)...)
	Deploy(t, w.Place, release(t, w, "two", 2)...)
	err := w.Place.Remove(t.Context(), []string{"pool/main/h/hello/hello_one.deb", "dists/x/main/by-hash/one"})
	if err != nil {
		t.Fatal(err)
	}
	want := holding("one", "two")
	delete(want, "pool/main/h/hello/hello_one.deb")
	delete(want, "dists/x/main/by-hash/one")
	CheckSees(t, w, want)
	if err := w.Place.Remove(t.Context(), slices.Collect(maps.Keys(want))); err != nil {
		t.Fatal(err)
	}
	CheckSees(t, w, map[string]string{})
	Deploy(t, w.Place, release(t, w, "one", 1)...)
	CheckSees(t, w, holding("one"))
}

func removeAgain(t *testing.T, w World) {
	Deploy(t, w.Place, endpoint.Stage{File("a/b", "data", Day(1)), File("f", "data", Day(1))})
	for range 2 {
		if err := w.Place.Remove(t.Context(), []string{"a/b", "never/was", "f/below/a/file"}); err != nil {
			t.Error(err)
		}
	}
	CheckSees(t, w, map[string]string{"f": "data"})
	if err := w.Place.Remove(t.Context(), nil); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBroken)
	if err := w.Place.Remove(ctx, []string{"f"}); !errors.Is(err, errBroken) {
		t.Errorf("a cancelled walk returns %v", err)
	}
	CheckSees(t, w, map[string]string{"f": "data"})
}

// walk returns the sizes of the files that Each finds.
func walk(t testing.TB, p endpoint.Place, under string) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	for e, err := range p.Each(t.Context(), under) {
		if err != nil {
			t.Fatalf("walking below %q: %v", under, err)
		}
		if _, twice := found[e.Path]; twice {
			t.Errorf("%s is given twice", e.Path)
		}
		found[e.Path] = e.Size
	}
	return found
}

func each(t *testing.T, w World) {
	if got := walk(t, w.Place, ""); len(got) > 0 {
		t.Errorf("an empty place holds %v", got)
	}
	stages := release(t, w, "one", 1)
	Deploy(t, w.Place, stages...)
	want := map[string]int64{}
	for path, data := range holding("one") {
		want[path] = int64(len(data))
	}
	if diff := cmp.Diff(want, walk(t, w.Place, "")); diff != "" {
		t.Error(diff)
	}
	for e, err := range w.Place.Each(t.Context(), "dists") {
		if err != nil || !e.Modified.Equal(Day(1)) {
			t.Errorf("%+v, %v", e, err)
		}
	}
}

func eachUnder(t *testing.T, w World) {
	Deploy(t, w.Place, endpoint.Stage{
		File("a/f", "1", Day(1)), File("a/b/f", "12", Day(1)), File("ab/f", "123", Day(1)), File("f", "1234", Day(1)),
	})
	for under, want := range map[string]map[string]int64{
		"a":    {"a/f": 1, "a/b/f": 2},
		"a/b":  {"a/b/f": 2},
		"none": {},
		"f":    {},
		"f/g":  {},
	} {
		if diff := cmp.Diff(want, walk(t, w.Place, under)); diff != "" {
			t.Errorf("below %s: %s", under, diff)
		}
	}
}

func eachBreak(t *testing.T, w World) {
	Deploy(t, w.Place, release(t, w, "one", 1)...)
	count := 0
	for _, err := range w.Place.Each(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if count++; count == 2 {
			break
		}
	}
	if count != 2 {
		t.Errorf("the walk gave %d files", count)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBroken)
	var last error
	for _, err := range w.Place.Each(ctx, "") {
		last = err
	}
	if !errors.Is(last, errBroken) {
		t.Errorf("cancelled, it ends with %v", last)
	}
}
