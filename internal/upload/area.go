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

// Options configure an area.
type Options struct {
	MaxFile int64 // bytes of one file; 0: 16 GiB
}

// defaultMaxFile is larger than any package, and limits an endless body.
const defaultMaxFile = 16 << 30

const (
	directoryMode = 0o755
	fileMode      = 0o644
)

// Area is a folder of uploaded files. It is safe for concurrent use; two areas must not share
// a folder. The first file creates the folder.
type Area struct {
	folder  string
	options Options
	sweep   sync.Once
	// names is locked while names change, so that Remove deletes the checked file, and
	// not a new one of the same name.
	names sync.Mutex
	// disk, if not nil, wraps the file that Put writes. For tests.
	disk func(*os.File) writer
}

// New returns the area of a folder, which need not exist.
func New(folder string, o Options) *Area {
	o.MaxFile = cmp.Or(o.MaxFile, defaultMaxFile)
	return &Area{folder: folder, options: o}
}

// Path converts a path in the area to a path in the server's file system.
func (a *Area) Path(name string) string { return path.Join(a.folder, name) }

// Dirs returns the names of the top directories, sorted.
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

// Drop deletes a file, or with an empty name the directory and its content. A missing file is
// not an error.
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

// open opens the folder. No name can leave it.
func (a *Area) open() (*os.Root, error) {
	if a.folder == "" {
		return nil, problem.New(problem.Unavailable, "this server has no upload area").WithHint("start it with a folder for uploads")
	}
	root, err := os.OpenRoot(a.folder)
	return root, problem.While(err, "opening the upload area")
}

// isMissing reports whether a name does not exist, or has a file as a parent directory.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// fault wraps an error of the disk. A full disk, and a directory instead of a file or the
// reverse, are problems.
func (a *Area) fault(doing string, err error) error {
	switch {
	case slices.ContainsFunc([]error{syscall.ENOSPC, syscall.EDQUOT}, func(full error) bool { return errors.Is(err, full) }):
		return problem.New(problem.Full, "the upload area is full: %w", err).
			WithHint("free some space in the file system of %s", a.folder)
	case slices.ContainsFunc([]error{syscall.EISDIR, syscall.ENOTDIR, syscall.EEXIST, syscall.ENOTEMPTY}, func(other error) bool { return errors.Is(err, other) }):
		return problem.New(problem.Conflict, "%s: a directory exists instead of a file, or a file instead of a directory: %w", doing, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
