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

// maxFiles bounds how many files one directory lists.
const maxFiles = 1_000_000

// Walk returns the files of a directory and of those in it, as paths below the
// directory, sorted. Only plain files count. A directory that is not there is
// NotFound; over a million files are TooLarge.
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
			return nil // removed meanwhile
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

// File is an uploaded file, opened to be read.
type File struct {
	*os.File
	Name string // its path in the area
	info fs.FileInfo
}

// Open opens a file by its path in the area, as Walk gives it below its directory.
// What is not there, or is no plain file, is NotFound.
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
	// Without blocking, in case it is a pipe; with plain files that means nothing.
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

// missing tells that a file is not there. Links that lead out of the area, and what
// is no file, are not there either.
func missing(name string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("opening an uploaded file: %w", err)
	}
	return problem.New(problem.NotFound, "there is no uploaded file %s", name).WithHint("upload it first")
}

// Seen is a file as it was when it was opened.
type Seen struct {
	name string
	info fs.FileInfo
}

// Seen keeps what is needed to remove this very file later.
func (f *File) Seen() Seen { return Seen{f.Name, f.info} }

// Remove removes files that were read, unless others took their place since then,
// and the directories that are empty after that.
func (a *Area) Remove(files []Seen) error {
	if len(files) == 0 {
		return nil // the area need not be there
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
		for ; dir != "." && root.Remove(dir) == nil; dir = path.Dir(dir) { // one that is not empty stays
		}
	}
	return nil
}
