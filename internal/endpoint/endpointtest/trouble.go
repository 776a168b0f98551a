package endpointtest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/problem"
)

var errBroken = errors.New("the source is broken")

// giving returns a file with other content than it promises.
func giving(f endpoint.File, from io.Reader) endpoint.File {
	f.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(from), nil }
	return f
}

// notInPool makes the file one whose blob the pool does not have.
func notInPool(f endpoint.File) endpoint.File {
	f.Whole = true
	f.SHA256 = digest.Of([]byte("in no pool"))
	return f
}

func wrongBytes(t *testing.T, w World) {
	Deploy(t, w.Place, release(t, w, "one", 1)...)
	good := File("dists/x/main/Packages", "packages two", Day(2))
	for name, c := range map[string]struct {
		file      endpoint.File
		untrusted bool
	}{
		"too few":                      {giving(good, strings.NewReader("pack")), true},
		"too many":                     {giving(good, strings.NewReader("packages two and more")), true},
		"other bytes of a whole file":  {giving(notInPool(good), strings.NewReader("packages 999")), true},
		"a source that breaks":         {giving(good, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("packages two")))), false},
		"a source that does not begin": {giving(good, iotest.ErrReader(errBroken)), false},
	} {
		stages := release(t, w, "two", 2)
		stages[1] = endpoint.Stage{c.file}
		err := w.Place.Deploy(t.Context(), stages, nil)
		_, mismatch := errors.AsType[*blob.MismatchError](err)
		if err == nil || problem.Is(err, problem.Untrusted) != c.untrusted || mismatch != c.untrusted {
			t.Errorf("%s: %v", name, err)
		}
		seen := w.Look(t)
		delete(seen, stages[0][0].Path) // a stage before the error may be visible
		for path, data := range holding("one") {
			if seen[path].Data != data {
				t.Errorf("%s: %s is %q", name, path, seen[path].Data)
			}
			delete(seen, path)
		}
		if len(seen) > 0 {
			t.Errorf("%s: left behind: %v", name, seen)
		}
	}
}

func finish(t *testing.T, w World) {
	Deploy(t, w.Place, release(t, w, "one", 1)...)
	stages := release(t, w, "two", 2)
	sound := stages[2][0].Open
	stages[2][0].Open = func(context.Context) (io.ReadCloser, error) { return nil, errBroken }
	if err := w.Place.Deploy(t.Context(), stages, nil); !errors.Is(err, errBroken) {
		t.Fatalf("got %v", err)
	}
	checkOrder(t, w, stages, holding("one"), holding("one", "two"))
	stages[2][0].Open = sound
	Deploy(t, w.Place, stages...)
	CheckSees(t, w, holding("one", "two"))
}

func cancelled(t *testing.T, w World) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stages := release(t, w, "one", 1)
	err := w.Place.Deploy(ctx, stages, func(int, int) { cancel(errBroken) })
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	seen := w.Look(t)
	if len(seen) != 1 {
		t.Errorf("cancelled after the first stage, seen %v", seen)
	}
	if err := w.Place.Deploy(ctx, release(t, w, "two", 2), nil); !errors.Is(err, errBroken) {
		t.Errorf("a deploy that was cancelled before returns %v", err)
	}
	if len(w.Look(t)) != 1 {
		t.Error("a deploy that was cancelled before has put something")
	}
}

func hostile(t *testing.T, w World) {
	Deploy(t, w.Place, endpoint.Stage{File("a", "data", Day(1))})
	for _, path := range []string{"", ".", "../up", "/etc/passwd", "a/../../b", "a//b", ".hidden", "b/.aptarium", "b\n", "b\x00"} {
		bad := File(path, "data", Day(2))
		if err := w.Place.Deploy(t.Context(), []endpoint.Stage{{File("good", "data", Day(2))}, {bad}}, nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("deploying %q returns %v", path, err)
		}
		if err := w.Place.Remove(t.Context(), []string{"a", path}); !problem.Is(err, problem.Invalid) {
			t.Errorf("removing %q returns %v", path, err)
		}
		if path == "" {
			continue // the root
		}
		for _, err := range w.Place.Each(t.Context(), path) {
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("walking below %q returns %v", path, err)
			}
		}
	}
	CheckSees(t, w, map[string]string{"a": "data"})
}
