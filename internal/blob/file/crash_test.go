package file

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/problem"
)

// The environment of the process that TestKilledAtAnyMoment kills: the pool, and
// the number of the change of the disk before which it dies.
const (
	crashDir = "APTARIUM_TEST_CRASH_DIR"
	crashAt  = "APTARIUM_TEST_CRASH_AT"
	// crashHeld is how much of a blob that process holds in memory.
	crashHeld = "APTARIUM_TEST_CRASH_HELD"
)

// TestMain runs the tests, or lives the short life of the process to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := dyingLife(dir, os.Getenv(crashAt)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// dyingLife lives in the pool, tells on standard output what is flushed, and
// ends by SIGKILL just before a change of the disk, if it makes that many.
func dyingLife(dir, at string) error {
	last, err := strconv.Atoi(at)
	if err != nil {
		return err
	}
	held, err := strconv.Atoi(os.Getenv(crashHeld))
	if err != nil {
		return err
	}
	calls := 0
	kill := func(string) error {
		if calls++; calls == last {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}
	s, err := Open(dir, Options{Held: held, FS: func(disk FS) FS { return haunted{disk, kill} }})
	if err != nil {
		return err
	}
	return live(context.Background(), s, func(data ...string) {
		for _, d := range data {
			fmt.Printf("flushed %q\n", d)
		}
	})
}

// TestKilledAtAnyMoment kills a process before each change that it makes.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, held := range helds() {
		t.Run(fmt.Sprint(held), func(t *testing.T) {
			t.Parallel()
			killed := 0
			for at := 1; ; at++ {
				if died := killedAt(t, at, held); !died {
					break
				}
				killed++
			}
			if killed < 15 {
				t.Errorf("the process was killed at %d moments only", killed)
			}
		})
	}
}

// killedAt kills a process before one change and looks at what it left.
func killedAt(t *testing.T, at, held int) (died bool) {
	t.Helper()
	dir := t.TempDir()
	flushed, died := dyingProcess(t, at, held, dir)
	s := openAt(t, dir, Options{})
	if left := files(t, filepath.Join(dir, "staged", "new")); len(left) > 0 {
		t.Errorf("killed at %d: unfinished blobs %v are left", at, left)
	}
	checkSurvived(t, s, flushed)
	if err := live(t.Context(), s, func(...string) {}); err != nil {
		t.Errorf("killed at %d: the next life fails: %v", at, err)
	}
	closeStore(t, s)
	checkFiles(t, dir, pooled(early, late, piece)...)
	return died
}

// dyingProcess runs dyingLife in a process of its own and gives what it said was
// flushed.
func dyingProcess(t *testing.T, at, held int, dir string) (flushed []string, died bool) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir, crashAt+"="+strconv.Itoa(at), crashHeld+"="+strconv.Itoa(held))
	out, err := child.Output()
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var data string
		if n, _ := fmt.Sscanf(lines.Text(), "flushed %q", &data); n == 1 {
			flushed = append(flushed, data)
		}
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if err != nil && !(ok && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL) {
		t.Fatalf("the process ended by itself: %v\n%s", err, out)
	}
	return flushed, err != nil
}

// fragile is a disk whose power goes at the n-th change: what was written since
// it was last synced turns to zeros, and nothing works any more.
type fragile struct {
	haunted
	mu    sync.Mutex
	at    int
	calls int
	dirty map[string]bool
}

var errNoPower = errors.New("the power is gone")

func newFragile(disk FS, at int) *fragile {
	f := &fragile{at: at, dirty: map[string]bool{}}
	f.haunted = haunted{disk, f.power}
	return f
}

func (f *fragile) power(string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls++; f.calls < f.at {
		return nil
	}
	for name := range f.dirty {
		if err := zero(name); err != nil {
			panic(err) // the test itself is broken
		}
	}
	clear(f.dirty)
	return errNoPower
}

func (f *fragile) mark(name string, dirty bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.dirty, name)
	if dirty {
		f.dirty[name] = true
	}
}

func (f *fragile) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	file, err := f.haunted.OpenFile(name, flag, perm)
	if err == nil {
		f.mark(name, true)
	}
	return file, err
}

func (f *fragile) Rename(from, to string) error {
	err := f.haunted.Rename(from, to)
	if err == nil {
		f.mu.Lock()
		dirty := f.dirty[from]
		f.mu.Unlock()
		f.mark(from, false)
		f.mark(to, dirty)
	}
	return err
}

func (f *fragile) Sync(name string) error {
	err := f.haunted.Sync(name)
	if err == nil {
		f.mark(name, false)
	}
	return err
}

func (f *fragile) SyncAll(dir string) error {
	err := f.haunted.SyncAll(dir)
	if err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		clear(f.dirty)
	}
	return err
}

// zero replaces the bytes of a file, if it is still there, as file systems do
// that had room for them but no time.
func zero(name string) error {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(os.Chmod(name, 0o600), os.WriteFile(name, make([]byte, info.Size()), 0o600))
}

// TestPowerLostAtAnyMoment turns the power off before each change of the disk.
func TestPowerLostAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, held := range helds() {
		t.Run(fmt.Sprint(held), func(t *testing.T) {
			t.Parallel()
			for at := 1; powerLostAt(t, at, held); at++ {
			}
		})
	}
}

// powerLostAt turns the power off before one change and looks at what is left.
// It reports whether there were that many changes.
func powerLostAt(t *testing.T, at, held int) (lost bool) {
	t.Helper()
	dir := t.TempDir()
	var flushed []string
	s, err := Open(dir, Options{Held: held, FS: func(disk FS) FS { return newFragile(disk, at) }})
	if err == nil {
		err = live(t.Context(), s, func(data ...string) { flushed = data })
		closeStore(t, s)
	}
	if err != nil && !errors.Is(err, errNoPower) {
		t.Fatalf("power lost at %d: %v", at, err)
	}
	lost = err != nil
	s = openAt(t, dir, Options{}) // looks at nothing in the pool yet
	for _, path := range files(t, filepath.Join(dir, "pool")) {
		data, err := os.ReadFile(filepath.Join(dir, "pool", path))
		if name := filepath.Base(path); err != nil || blobtest.RefOf(string(data)).SHA256.String() != name {
			t.Errorf("power lost at %d: the pool has other bytes under %s", at, name)
		}
	}
	checkSurvived(t, s, flushed)
	// A partial of zeros is found out at its end and downloaded once more.
	err = live(t.Context(), s, func(...string) {})
	if problem.Is(err, problem.Untrusted) {
		err = live(t.Context(), s, func(...string) {})
	}
	if err != nil {
		t.Errorf("power lost at %d: the next life fails: %v", at, err)
	}
	closeStore(t, s)
	checkFiles(t, dir, pooled(early, late, piece)...)
	return lost
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err != nil {
		t.Fatal(err)
	}
	return info.Ino
}

func overwrite(t *testing.T, path, data string) {
	t.Helper()
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte(data), 0o600)); err != nil {
		t.Fatal(err)
	}
}
