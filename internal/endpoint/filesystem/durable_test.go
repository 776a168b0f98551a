package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/endpointtest"
)

// witness is a disk that notes what is not durable: files that were written and
// directories in which names were made.
type witness struct {
	FS
	t      *testing.T
	last   string // names that contain it are of the last stage
	mu     sync.Mutex
	owed   map[string]bool
	counts map[string]int
}

func (w *witness) owe(name string, owes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.owed, name)
	if owes {
		w.owed[name] = true
	}
}

func (w *witness) count(call string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[call]++
}

// named notes that a name was made in a directory, which counts unless hidden.
func (w *witness) named(name string) {
	if !strings.Contains(name, hidden) {
		w.owe(filepath.Dir(name), true)
	}
}

func (w *witness) Create(name string) (File, error) {
	w.owe(name, true)
	f, err := w.FS.Create(name)
	return witnessFile{f, w, name}, err
}

func (w *witness) Chtimes(name string, modified time.Time) error {
	w.owe(name, true)
	return w.FS.Chtimes(name, modified)
}

func (w *witness) Mkdir(name string, perm fs.FileMode) error {
	err := w.FS.Mkdir(name, perm)
	if err == nil {
		w.named(name)
	}
	return err
}

func (w *witness) Link(from, to string) error {
	w.mu.Lock()
	if w.owed[from] { // the same file under a second name
		w.owed[to] = true
	}
	w.mu.Unlock()
	err := w.FS.Link(from, to)
	if err == nil {
		w.named(to)
	}
	return err
}

func (w *witness) Rename(from, to string) error {
	w.mu.Lock()
	if w.owed[from] {
		w.t.Errorf("%s appears before its bytes are durable", to)
	}
	if strings.Contains(to, w.last) {
		for name := range w.owed {
			if !strings.Contains(name, hidden) {
				w.t.Errorf("%s appears before %s is durable", to, name)
			}
		}
	}
	w.mu.Unlock()
	w.named(to)
	return w.FS.Rename(from, to)
}

func (w *witness) Sync(directory string) error {
	w.count("sync")
	w.owe(directory, false)
	return w.FS.Sync(directory)
}

func (w *witness) SyncAll(open *os.File) error {
	w.count("sync all")
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.owed)
	return w.FS.SyncAll(open)
}

type witnessFile struct {
	File
	disk *witness
	name string
}

func (f witnessFile) Write(p []byte) (int, error) {
	f.disk.owe(f.name, true)
	return f.File.Write(p)
}

func (f witnessFile) Chmod(perm fs.FileMode) error {
	f.disk.owe(f.name, true)
	return f.File.Chmod(perm)
}

func (f witnessFile) Sync() error {
	f.disk.count("sync file")
	f.disk.owe(f.name, false)
	return f.File.Sync()
}

// TestWhatAppearsIsDurable deploys few and many files, linked and copied, and
// lets a witness see that nothing appears too early.
func TestWhatAppearsIsDurable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files  int
		config Config
		all    bool // syncfs is worth its price
	}{
		"few copies":      {5, Config{Link: Copy}, false},
		"few links":       {5, Config{Link: Hard}, false},
		"falling back":    {5, Config{FS: func(d FS) FS { return unlinked{d, syscall.EPERM} }}, false},
		"a narrow umask":  {5, Config{FS: func(d FS) FS { return narrow{d} }}, false},
		"many copies":     {syncEach + 10, Config{Link: Copy}, true},
		"many links":      {syncEach + 10, Config{Link: Hard}, true},
		"many copied now": {syncEach + 10, Config{FS: func(d FS) FS { return unlinked{d, syscall.EXDEV} }}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &witness{t: t, last: "InRelease", owed: map[string]bool{}, counts: map[string]int{}}
			inner := c.config.FS
			c.config.FS = func(d FS) FS {
				if w.FS = d; inner != nil {
					w.FS = inner(d)
				}
				return w
			}
			f := newFixture(t, c.config)
			stages := manyFiles(t, f, c.files)
			for range 2 { // the second vouches for what it finds
				endpointtest.Deploy(t, f.Place, stages...)
				for name := range w.owed {
					if !strings.Contains(name, hidden) {
						t.Errorf("in the end %s is not durable", name)
					}
				}
			}
			if all := w.counts["sync all"] > 0; all != c.all {
				t.Errorf("syncfs was used: %v (%v)", all, w.counts)
			}
			if w.counts["sync file"] > syncEach+10 {
				t.Errorf("too many files were flushed each by itself: %v", w.counts)
			}
		})
	}
}

// manyFiles returns a release with n packages, each in a directory of its own.
func manyFiles(t *testing.T, f fixture, n int) []endpoint.Stage {
	t.Helper()
	var packages, indexes endpoint.Stage
	for i := range n {
		packages = append(packages, endpointtest.Whole(t, f.Pool, fmt.Sprintf("pool/%d/f", i), "package", endpointtest.Day(1)))
	}
	index := endpointtest.File("dists/x/Packages", "index", endpointtest.Day(1))
	index.Like = "dists/x/by-hash/1"
	indexes = append(indexes, endpointtest.File("dists/x/by-hash/1", "index", endpointtest.Day(1)), index)
	return []endpoint.Stage{packages, indexes, {endpointtest.File("dists/x/InRelease", "signed", endpointtest.Day(1))}}
}

// TestAFailedFlushShowsNothing lets the flush of many files fail.
func TestAFailedFlushShowsNothing(t *testing.T) {
	t.Parallel()
	trouble := &trouble{call: "sync all", first: 1, count: 1, with: syscall.EIO}
	f := newFixture(t, Config{Link: Copy, FS: func(d FS) FS { return haunted{d, trouble.may} }})
	stages := manyFiles(t, f, syncEach+10)
	if err := f.Place.Deploy(t.Context(), stages, nil); !errors.Is(err, syscall.EIO) {
		t.Fatalf("got %v", err)
	}
	endpointtest.CheckSees(t, f.World, map[string]string{})
	endpointtest.Deploy(t, f.Place, stages...)
	if got := len(f.look(t)); got != syncEach+13 {
		t.Errorf("%d files are seen", got)
	}
}
