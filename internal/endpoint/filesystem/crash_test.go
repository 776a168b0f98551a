package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/endpointtest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestMain runs the tests, or deploys in the process that is to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := dyingDeploy(dir, os.Getenv(crashAt)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// The environment of the process that TestKilledAtAnyMoment kills: the directory
// of scene, and the number of the change of the disk before which it dies.
const (
	crashDir = "APTARIUM_TEST_CRASH_DIR"
	crashAt  = "APTARIUM_TEST_CRASH_AT"
)

// scene is a place with two releases to be deployed and a pool of plain files,
// all below one directory, so that another process finds them.
type scene struct{ dir string }

func newScene(t *testing.T) scene {
	t.Helper()
	s := scene{t.TempDir()}
	err := errors.Join(os.Mkdir(s.root(), 0o755), os.Mkdir(filepath.Join(s.dir, "pool"), 0o755))
	for _, name := range []string{"one", "two"} {
		for _, f := range s.release(name)[0] {
			blob, _ := s.blob(f.SHA256)
			err = errors.Join(err, os.WriteFile(blob, []byte("package "+name), 0o444))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s scene) root() string { return filepath.Join(s.dir, "root") }

func (s scene) blob(d digest.SHA256) (string, bool) {
	return filepath.Join(s.dir, "pool", d.String()), true
}

func (s scene) place(wrap func(FS) FS) *Place {
	p, err := New(Config{Root: s.root(), Blobs: s.blob, FS: func(d FS) FS { return wrap(hasty{d}) }})
	if err != nil {
		panic(err) // the test itself is broken
	}
	return p
}

func sound(d FS) FS { return d }

// release returns the stages of a release that uses every part of a place: links,
// copies, files that are alike, new and replaced ones.
func (s scene) release(name string) []endpoint.Stage {
	at := endpointtest.Day(map[string]int{"one": 1, "two": 2}[name])
	pool := func(path string) endpoint.File {
		f := endpointtest.File(path, "package "+name, at)
		f.Whole = true
		return f
	}
	packages := endpointtest.File("dists/x/main/Packages", "packages "+name, at)
	packages.Like = "dists/x/main/by-hash/" + name
	return []endpoint.Stage{
		{pool("pool/h/" + name), pool("pool/replaced")},
		{endpointtest.File("dists/x/main/by-hash/"+name, "packages "+name, at), packages},
		{endpointtest.File("dists/x/Release", "release "+name, at)},
		{endpointtest.File("dists/x/InRelease", "signed "+name, at)},
	}
}

// content returns what a place holds after releases, in order.
func (s scene) content(names ...string) map[string]string {
	held := map[string]string{}
	for _, name := range names {
		for _, stage := range s.release(name) {
			for _, f := range stage {
				from, err := f.Open(context.Background())
				if err != nil {
					panic(err)
				}
				data, err := io.ReadAll(from)
				if err != nil {
					panic(err)
				}
				held[f.Path] = string(data)
			}
		}
	}
	return held
}

// check wants the place between release one and two: every path old or new, and
// no stage begun before the earlier ones were complete. What is hidden is left
// out.
func (s scene) check(t *testing.T, what string) {
	t.Helper()
	before, after := s.content("one"), s.content("one", "two")
	seen := fixture{root: s.root()}.look(t)
	incomplete := ""
	for _, stage := range s.release("two") {
		missing := ""
		for _, f := range stage {
			got, found := seen[f.Path]
			old, had := before[f.Path]
			switch {
			case found && got.Data == after[f.Path] && incomplete != "":
				t.Errorf("%s: %s is visible before %s", what, f.Path, incomplete)
			case found && got.Data == after[f.Path]:
			case found == had && got.Data == old:
				missing = f.Path
			default:
				t.Errorf("%s: %s is neither old nor new: %q", what, f.Path, got.Data)
			}
		}
		incomplete += missing
	}
	for path := range seen {
		if _, known := after[path]; !known && !strings.HasPrefix(path, hidden) {
			t.Errorf("%s: %s is left behind", what, path)
		}
	}
}

// finish deploys release two on a sound disk and wants it complete.
func (s scene) finish(t *testing.T, what string) {
	t.Helper()
	if err := s.place(sound).Deploy(t.Context(), s.release("two"), nil); err != nil {
		t.Errorf("%s: the next deploy fails: %v", what, err)
	}
	endpointtest.CheckSees(t, endpointtest.World{Look: fixture{root: s.root()}.look}, s.content("one", "two"))
}

// dyingDeploy deploys release two and ends by SIGKILL just before a change of
// the disk, if it makes that many.
func dyingDeploy(dir, at string) error {
	last, err := strconv.Atoi(at)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	calls := 0
	kill := func(string) error {
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls == last {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}
	s := scene{dir}
	place := s.place(func(d FS) FS { return haunted{d, kill} })
	return place.Deploy(context.Background(), s.release("two"), nil)
}

// TestKilledAtAnyMoment kills a process before each change that it makes.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	killed := 0
	for at := 1; ; at++ {
		s := newScene(t)
		endpointtest.Deploy(t, s.place(sound), s.release("one")...)
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), crashDir+"="+s.dir, crashAt+"="+strconv.Itoa(at))
		out, err := child.Output()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if err != nil && !(ok && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL) {
			t.Fatalf("the process ended by itself: %v\n%s", err, out)
		}
		what := fmt.Sprintf("killed at %d", at)
		s.check(t, what)
		s.finish(t, what)
		if err == nil {
			break
		}
		killed++
	}
	if killed < 30 {
		t.Errorf("the process was killed at %d moments only", killed)
	}
}

// TestAnyCallMayFail lets each change of the disk fail in turn, once or from
// then on, looks at the place, and deploys again.
func TestAnyCallMayFail(t *testing.T) {
	t.Parallel()
	calls := []string{
		"create", "lock", "mkdir", "chmod", "chtimes", "link", "rename", "unlink", "rmdir",
		"write", "chmod file", "sync file", "close", "sync",
	}
	for name, c := range map[string]struct {
		with  error
		count int
		calls []string
	}{
		"full for a moment":   {syscall.ENOSPC, 1, calls},
		"full for good":       {syscall.ENOSPC, forever, calls},
		"over quota":          {syscall.EDQUOT, 1, calls},
		"broken for a moment": {syscall.EIO, 1, calls},
		"broken for good":     {syscall.EIO, forever, calls},
		"short":               {testkit.ErrShort, 1, []string{"write"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, call := range c.calls {
				for first := 1; failAt(t, &trouble{call: call, first: first, count: c.count, with: c.with}); first++ {
				}
			}
		})
	}
}

const forever = 1000

// failAt deploys with trouble and then without. It reports whether anything
// failed.
func failAt(t *testing.T, f *trouble) (came bool) {
	t.Helper()
	s := newScene(t)
	endpointtest.Deploy(t, s.place(sound), s.release("one")...)
	err := s.place(func(d FS) FS { return haunted{d, f.may} }).Deploy(t.Context(), s.release("two"), nil)
	what := fmt.Sprintf("%s number %d failed with %v", f.call, f.first, f.with)
	full := errors.Is(f.with, syscall.ENOSPC) || errors.Is(f.with, syscall.EDQUOT)
	switch {
	case err == nil:
		endpointtest.CheckSees(t, endpointtest.World{Look: fixture{root: s.root()}.lookServed}, s.content("one", "two"))
	case errors.Is(f.with, testkit.ErrShort) && errors.Is(err, io.ErrShortWrite):
	case !errors.Is(err, f.with), full != problem.Is(err, problem.Full), full && !strings.Contains(err.Error(), s.root()):
		t.Errorf("%s: returns %v", what, err)
	}
	if !f.came() && f.first == 1 {
		t.Errorf("there was no %s to fail", f.call)
	}
	s.check(t, what)
	s.finish(t, what)
	return f.came()
}

// lookServed leaves out what is hidden.
func (f fixture) lookServed(t testing.TB) map[string]endpointtest.Seen {
	seen := f.look(t)
	for path := range seen {
		if strings.HasPrefix(path, hidden) {
			delete(seen, path)
		}
	}
	return seen
}
