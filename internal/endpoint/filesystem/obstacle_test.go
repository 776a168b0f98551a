package filesystem

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/endpointtest"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestWhatIsInTheWayIsTold(t *testing.T) {
	t.Parallel()
	for name, obstruct := range map[string]func(root string) error{
		"a directory for the file": func(root string) error { return os.MkdirAll(filepath.Join(root, "a/f"), 0o755) },
		"a file for the directory": func(root string) error { return os.WriteFile(filepath.Join(root, "a"), []byte("mine"), 0o644) },
		"a dangling link":          func(root string) error { return os.Symlink("nowhere", filepath.Join(root, "a")) },
		"a link to a file": func(root string) error {
			return errors.Join(os.WriteFile(filepath.Join(root, "b"), nil, 0o644), os.Symlink("b", filepath.Join(root, "a")))
		},
		"a linked directory for a file": func(root string) error {
			return errors.Join(os.Mkdir(filepath.Join(root, "a"), 0o755), os.Symlink("/", filepath.Join(root, "a/f")))
		},
	} {
		for _, way := range []Link{Auto, Symbolic, Copy} {
			f := newFixture(t, Config{Link: way})
			if err := obstruct(f.root); err != nil {
				t.Fatal(err)
			}
			whole := endpointtest.Whole(t, f.Pool, "a/f", "data", endpointtest.Day(1))
			joined := endpointtest.File("a/f", "data", endpointtest.Day(1))
			for _, file := range []endpoint.File{whole, joined} {
				err := f.Place.Deploy(t.Context(), []endpoint.Stage{{file}}, nil)
				if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), filepath.Join(f.root, "a")) {
					t.Errorf("%s (link %q) returns %v", name, way, err)
				}
			}
		}
	}
}

func TestRemovingTakesNoDirectoryForAFile(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	if err := os.MkdirAll(filepath.Join(f.root, "a/empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Place.Remove(t.Context(), []string{"a/empty"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("got %v", err)
	}
	if err := f.Place.Remove(t.Context(), []string{"a/none"}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(f.root, "a/empty")); err != nil {
		t.Errorf("what was not named is gone: %v", err)
	}
}

func TestRemovingTakesEmptyDirectories(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	endpointtest.Deploy(t, f.Place, endpoint.Stage{
		endpointtest.File("a/b/c/f", "1", endpointtest.Day(1)), endpointtest.File("a/g", "2", endpointtest.Day(1)),
	})
	if err := f.Place.Remove(t.Context(), []string{"a/b/c/f"}); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.root, "a", "*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	if err := f.Place.Remove(t.Context(), []string{"a/g"}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(f.root); len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestLinksInPlaceOfFilesAreReplaced(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	precious := filepath.Join(t.TempDir(), "precious")
	if err := errors.Join(os.WriteFile(precious, []byte("mine"), 0o644), os.Symlink(precious, filepath.Join(f.root, "f"))); err != nil {
		t.Fatal(err)
	}
	endpointtest.Deploy(t, f.Place, endpoint.Stage{endpointtest.File("f", "data", endpointtest.Day(1))})
	endpointtest.CheckSees(t, f.World, map[string]string{"f": "data"})
	if data, err := os.ReadFile(precious); string(data) != "mine" || err != nil {
		t.Errorf("written through a link: %q, %v", data, err)
	}
}

func TestAMissingRootIsTold(t *testing.T) {
	t.Parallel()
	place, err := New(Config{Root: filepath.Join(t.TempDir(), "not mounted")})
	if err != nil {
		t.Fatal(err)
	}
	var walking error
	for _, err := range place.Each(t.Context(), "") {
		walking = err
	}
	for name, err := range map[string]error{
		"deploy": place.Deploy(t.Context(), []endpoint.Stage{{endpointtest.File("f", "data", endpointtest.Day(1))}}, nil),
		"remove": place.Remove(t.Context(), []string{"f"}),
		"walk":   walking,
	} {
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("%s returns %v", name, err)
		}
	}
}

func TestAWalkMeetsStrangeThings(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	endpointtest.Deploy(t, f.Place, endpoint.Stage{endpointtest.File("a/f", "data", endpointtest.Day(1))})
	for name, target := range map[string]string{"a/loop": "..", "a/itself": "itself", "a/dangling": "nowhere", ".hidden": "a"} {
		if err := os.Symlink(target, filepath.Join(f.root, name)); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]int64{}
	for e, err := range f.Place.Each(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got[e.Path] = e.Size
	}
	if len(got) != 3 || got["a/f"] != 4 || got["a/dangling"] != endpoint.Unreachable || got["a/itself"] != endpoint.Unreachable {
		t.Errorf("got %v", got)
	}
}

func TestOnlyLeftoversOfTheDeadAreSwept(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	dead := filepath.Join(f.root, hidden+"dead")
	if err := errors.Join(os.MkdirAll(filepath.Join(dead, "2"), 0o700), os.WriteFile(filepath.Join(dead, "1"), nil, 0o600),
		os.WriteFile(filepath.Join(dead, lockName), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	living, err := openArea(disk{}, f.root, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(living.name(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	endpointtest.Deploy(t, f.Place, endpoint.Stage{endpointtest.File("f", "data", endpointtest.Day(1))})
	left, err := filepath.Glob(filepath.Join(f.root, hidden+"*", "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("there are %v, want the file and the lock of %s", left, living.folder)
	}
	living.close()
	endpointtest.CheckSees(t, f.World, map[string]string{"f": "data"})
}

func TestADirectoryThatKeepsVanishingIsMadeAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	opened := endpointtest.File("a/b/f", "data", endpointtest.Day(1))
	open := opened.Open
	opened.Open = func(ctx context.Context) (io.ReadCloser, error) {
		// The directory was made before the bytes are read; now it goes.
		if err := os.RemoveAll(filepath.Join(f.root, "a")); err != nil {
			return nil, err
		}
		return open(ctx)
	}
	endpointtest.Deploy(t, f.Place, endpoint.Stage{opened})
	endpointtest.CheckSees(t, f.World, map[string]string{"a/b/f": "data"})
}
