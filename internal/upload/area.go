package upload

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
	"syscall"

	"github.com/aptarium/aptarium/internal/problem"
)

// Options adjust an area.
type Options struct {
	MaxFile int64 // bytes of one file; 0: 16 GiB
}

// defaultMaxFile is more than any package has, and bounds a body without end.
const defaultMaxFile = 16 << 30

const (
	directoryMode = 0o755
	fileMode      = 0o644
)

// Area is a folder of uploaded files. It is safe for use by many goroutines; two
// areas must not share a folder. The folder is made when the first file comes.
type Area struct {
	folder  string
	options Options
	sweep   sync.Once
	// names is held while names change: a file that is removed is the one that was
	// looked at, and not one that took its place meanwhile.
	names sync.Mutex
	// disk stands between Put and the file it writes; nil: nothing does.
	disk func(*os.File) writer
}

// New returns the area of a folder, which need not be there yet.
func New(folder string, o Options) *Area {
	o.MaxFile = cmp.Or(o.MaxFile, defaultMaxFile)
	return &Area{folder: folder, options: o}
}

// Path returns the place of a file or directory in the server's file system, from its
// path in the area.
func (a *Area) Path(name string) string { return path.Join(a.folder, name) }

// Dirs returns the names of the directories at the top, sorted.
func (a *Area) Dirs() (names []string, err error) {
	root, err := a.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("listing the upload area: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Drop removes a file, or with an empty name the directory with all that is in it.
// What is not there is no error.
func (a *Area) Drop(dir, name string) error {
	if err := CheckDir(dir); err != nil {
		return err
	}
	if name != "" {
		if err := CheckFile(name); err != nil {
			return err
		}
	}
	root, err := a.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer root.Close()
	a.names.Lock()
	defer a.names.Unlock()
	if name == "" {
		err = root.RemoveAll(dir)
	} else {
		err = root.Remove(path.Join(dir, name))
	}
	if err != nil && !isMissing(err) {
		return a.fault("removing "+path.Join(dir, name), err)
	}
	return nil
}

// open opens the folder, in which all names then stay.
func (a *Area) open() (*os.Root, error) {
	if a.folder == "" {
		return nil, problem.New(problem.Unavailable, "this server has no upload area").WithHint("start it with a folder for uploads")
	}
	root, err := os.OpenRoot(a.folder)
	if err != nil {
		return nil, fmt.Errorf("opening the upload area: %w", err)
	}
	return root, nil
}

// isMissing tells of names that lead nowhere, also because a file is where a
// directory should be.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// fault wraps an error of the disk; lack of room, and names that are of another
// kind than asked for, are problems that people can mend.
func (a *Area) fault(doing string, err error) error {
	switch {
	case slices.ContainsFunc([]error{syscall.ENOSPC, syscall.EDQUOT}, func(full error) bool { return errors.Is(err, full) }):
		return problem.New(problem.Full, "no room left in the upload area: %w", err).
			WithHint("free some space in the file system of %s", a.folder)
	case slices.ContainsFunc([]error{syscall.EISDIR, syscall.ENOTDIR, syscall.EEXIST, syscall.ENOTEMPTY}, func(other error) bool { return errors.Is(err, other) }):
		return problem.New(problem.Conflict, "%s: there is a directory in the place of a file, or a file in the place of a directory: %w", doing, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
