package filesystem

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/aptarium/aptarium/internal/endpoint"
)

// Remove implements [endpoint.Place].
func (p *Place) Remove(ctx context.Context, paths []string) error {
	for _, path := range paths {
		if err := endpoint.CheckPath(path); err != nil {
			return err
		}
	}
	if err := p.checkRoot(); err != nil {
		return err
	}
	var mu sync.Mutex
	left := map[string]bool{} // directories that are perhaps empty
	err := each(ctx, paths, func(_ context.Context, path string) error {
		if err := p.removeFile(path); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for dir := range above(path) {
			if dir == "." || left[dir] {
				break
			}
			left[dir] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.removeEmpty(ctx, slices.Collect(maps.Keys(left)))
}

// removeFile deletes one file. A directory instead of it is an error; a file instead of a parent directory means that
// it is missing.
func (p *Place) removeFile(path string) error {
	name := p.at(path)
	err := p.disk.Unlink(name)
	switch {
	case err == nil, errors.Is(err, syscall.ENOTDIR):
		return nil
	case errors.Is(err, syscall.EISDIR):
		return inTheWay(name, "a directory", "a file")
	}
	return p.fault("remove", name, err)
}

// removeEmpty deletes the empty directories, the deepest first.
func (p *Place) removeEmpty(ctx context.Context, dirs []string) error {
	slices.SortFunc(dirs, func(x, y string) int {
		return cmp.Or(cmp.Compare(strings.Count(y, "/"), strings.Count(x, "/")), strings.Compare(x, y))
	})
	for _, dir := range dirs {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		err := p.disk.Rmdir(p.at(dir))
		if err != nil && !kept(err) {
			return p.fault("remove the directory", p.at(dir), err)
		}
	}
	return nil
}

// kept reports whether an error of rmdir(2) means that a directory must stay: it is not empty, a mount, a file, or the
// operator's symbolic link.
func kept(err error) bool {
	for _, code := range []error{unix.ENOTEMPTY, unix.EEXIST, unix.EBUSY, unix.ENOTDIR} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
