package filesystem

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"sync"
	"syscall"

	"github.com/aptarium/aptarium/internal/problem"
)

// attempts is the number of retries after a parallel Remove: it can interfere only as often as it deletes a
// file nearby.
const attempts = 1000

// directories are the directories that one Deploy has seen or created, by path below the root; "." is the
// root itself.
type directories struct {
	place *Place
	mu    sync.RWMutex
	known map[string]*area
	areas []*area // of the different file systems
}

// openDirectories returns directories with only the root.
func openDirectories(p *Place) (*directories, error) {
	if err := p.checkRoot(); err != nil {
		return nil, err
	}
	ds := &directories{place: p, known: map[string]*area{}}
	_, err := ds.survey(".", nil)
	return ds, err
}

func (p *Place) checkRoot() error {
	info, err := os.Stat(p.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.New(problem.NotFound, "the directory %s does not exist: %w", p.root, err).In("root").
			WithHint("create it, or mount its file system")
	case err != nil:
		return p.fault("look at", p.root, err)
	case !info.IsDir():
		return inTheWay(p.root, "a file", "a directory")
	}
	return nil
}

// close deletes the hidden directories.
func (ds *directories) close() {
	for _, a := range ds.areas {
		a.close()
	}
}

// enter returns the area of a directory, and creates missing directories.
func (ds *directories) enter(dir string) (*area, error) {
	for range attempts {
		a, err := ds.descend(dir)
		if !errors.Is(err, fs.ErrNotExist) {
			return a, err
		}
		ds.forget(dir)
	}
	return nil, problem.New(problem.Conflict, "another program deletes the directory %s each time", ds.place.at(dir)).
		WithHint("see which other program works in %s", ds.place.root)
}

func (ds *directories) descend(dir string) (*area, error) {
	ds.mu.RLock()
	a := ds.known[dir]
	ds.mu.RUnlock()
	if a != nil {
		return a, nil
	}
	parent, err := ds.descend(path.Dir(dir))
	if err != nil {
		return nil, err
	}
	switch err := ds.make(parent, dir); {
	case errors.Is(err, fs.ErrExist):
		return ds.survey(dir, parent)
	case err != nil:
		return nil, ds.place.fault("make the directory", ds.place.at(dir), err)
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.known[dir] = parent
	return parent, nil
}

// make creates one directory. If the umask restricts its mode, the mode is set before the directory gets
// its name: otherwise a crash in between would leave it inaccessible.
func (ds *directories) make(parent *area, dir string) error {
	disk, name := ds.place.disk, ds.place.at(dir)
	if !parent.masked {
		return disk.Mkdir(name, directoryMode)
	}
	if _, err := os.Lstat(name); err == nil {
		return fs.ErrExist
	}
	temporary := parent.name()
	if err := disk.Mkdir(temporary, directoryMode); err != nil {
		return err
	}
	err := disk.Chmod(temporary, directoryMode)
	if err == nil {
		err = disk.Rename(temporary, name)
	}
	if errors.Is(err, syscall.ENOTDIR) { // a file is in its place
		err = fs.ErrExist
	}
	return err
}

// survey checks the path of a directory and returns its area, which differs from its parent's if it is on
// another file system.
func (ds *directories) survey(dir string, parent *area) (*area, error) {
	name := ds.place.at(dir)
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, linkErr := os.Lstat(name); linkErr == nil {
			return nil, inTheWay(name, "a symbolic link that leads nowhere", "a directory")
		}
		return nil, err
	}
	if err != nil {
		return nil, ds.place.fault("look at", name, err)
	}
	if !info.IsDir() {
		return nil, inTheWay(name, "a file", "a directory")
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	a, err := ds.areaOn(info, name, parent)
	if err == nil {
		ds.known[dir] = a
	}
	return a, err
}

// areaOn returns the area of a directory's file system. The caller holds mu.
func (ds *directories) areaOn(info fs.FileInfo, name string, parent *area) (*area, error) {
	device := uint64(info.Sys().(*syscall.Stat_t).Dev)
	if parent != nil && parent.device == device {
		return parent, nil
	}
	for _, a := range ds.areas {
		if a.device == device {
			sweep(ds.place.disk, name) // a killed Deploy may have entered the file system here
			return a, nil
		}
	}
	a, err := openArea(ds.place.disk, name, device)
	if err != nil {
		return nil, ds.place.fault("write in", name, err)
	}
	ds.areas = append(ds.areas, a)
	return a, nil
}

// forget makes the next enter check a directory and its parents again.
func (ds *directories) forget(dir string) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	for ; dir != "."; dir = path.Dir(dir) {
		delete(ds.known, dir)
	}
}

// within calls do, which needs the directory of a path, and retries it if the directory was deleted
// meanwhile.
func (ds *directories) within(file string, do func() error) error {
	dir := path.Dir(file)
	for range attempts {
		err := do()
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		ds.forget(dir)
		if _, err := ds.enter(dir); err != nil {
			return err
		}
	}
	return problem.New(problem.Conflict, "another program deletes the directory of %s each time", file).
		WithHint("see which other program works in %s", ds.place.root)
}

// above returns the directories above a path, from the nearest to the root.
func above(file string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for dir := path.Dir(file); yield(dir) && dir != "."; {
			dir = path.Dir(dir)
		}
	}
}
