package upload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxFiles is the largest number of files in the list of a directory.
const maxFiles = 1_000_000

// Walk returns the regular files in a directory and its subdirectories, as paths below the
// directory, sorted. A missing directory is NotFound; more than a million files are TooLarge.
func (a *Area) Walk(ctx context.Context, dir string) (names []string, err error) {
	if err := CheckDir(dir); err != nil {
		return nil, err
	}
	root, err := a.open()
	if err == nil {
		defer root.Close()
		names, err = walk(ctx, root, dir)
	}
	if isMissing(err) {
		return nil, problem.New(problem.NotFound, "there is no directory %s of uploaded files: %w", dir, err).
			WithHint("upload a file into it")
	}
	return names, err
}

func walk(ctx context.Context, root *os.Root, dir string) (names []string, err error) {
	err = fs.WalkDir(root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != dir:
			return nil // deleted meanwhile
		case err != nil:
			return err
		case name == dir && !e.IsDir():
			return syscall.ENOTDIR
		case !e.Type().IsRegular():
			return ctx.Err()
		case len(names) == maxFiles:
			return problem.New(problem.TooLarge, "the directory has more than %d files", maxFiles).In(dir)
		}
		names = append(names, strings.TrimPrefix(name, dir+"/"))
		return ctx.Err()
	})
	slices.Sort(names)
	return names, err
}

// File is an uploaded file, open for reading.
type File struct {
	*os.File
	Name string // its path in the area
	info fs.FileInfo
}

// Open opens a regular file by its path in the area: DIRECTORY/PATH, with a path that Walk
// returned. Anything else is NotFound.
func (a *Area) Open(name string) (*File, error) {
	dir, base := path.Split(name)
	if err := CheckDir(strings.TrimSuffix(dir, "/")); err != nil {
		return nil, err
	}
	if err := CheckFile(base); err != nil {
		return nil, err
	}
	root, err := a.open()
	if err != nil {
		return nil, missing(name, err)
	}
	defer root.Close()
	// O_NONBLOCK, in case it is a pipe; it does not matter for regular files.
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, missing(name, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, missing(name, errors.Join(err, file.Close()))
	}
	return &File{File: file, Name: name, info: info}, nil
}

// missing returns NotFound for a file that does not exist, is not regular, or is a link that
// leaves the area.
func missing(name string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("opening an uploaded file: %w", err)
	}
	return problem.New(problem.NotFound, "there is no uploaded file %s", name).WithHint("upload it first")
}

// Seen identifies the content of a file when it was opened.
type Seen struct {
	name string
	info fs.FileInfo
}

// Seen returns the identity of the opened file, for [Area.Remove].
func (f *File) Seen() Seen { return Seen{f.Name, f.info} }

// Remove deletes files that were read, except replaced ones, and directories that become
// empty.
func (a *Area) Remove(files []Seen) error {
	if len(files) == 0 {
		return nil // the area need not exist
	}
	root, err := a.open()
	if err != nil {
		return err
	}
	defer root.Close()
	a.names.Lock()
	defer a.names.Unlock()
	dirs := map[string]bool{}
	for _, f := range files {
		now, err := root.Lstat(f.name)
		if isMissing(err) {
			continue
		} else if err != nil {
			return a.fault("removing "+f.name, err)
		}
		if !os.SameFile(now, f.info) || !now.ModTime().Equal(f.info.ModTime()) || now.Size() != f.info.Size() {
			continue
		}
		if err := root.Remove(f.name); err != nil && !isMissing(err) {
			return a.fault("removing "+f.name, err)
		}
		dirs[path.Dir(f.name)] = true
	}
	for dir := range dirs {
		for ; dir != "." && root.Remove(dir) == nil; dir = path.Dir(dir) { // Remove fails for a directory that is not empty
		}
	}
	return nil
}
