package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/aptarium/aptarium/internal/endpoint"
)

// Each implements [endpoint.Place]. It follows symbolic links, but not into a parent directory. It returns only files.
func (p *Place) Each(ctx context.Context, under string) iter.Seq2[endpoint.Entry, error] {
	return func(yield func(endpoint.Entry, error) bool) {
		err := p.checkRoot()
		if under == "" {
			under = "."
		} else if err == nil {
			err = endpoint.CheckPath(under)
		}
		if err != nil {
			yield(endpoint.Entry{}, err)
			return
		}
		w := walk{Place: p, ctx: ctx, yield: yield}
		info, err := os.Stat(p.at(under))
		switch {
		case absent(err):
		case err != nil:
			w.fail(under, err)
		case info.IsDir():
			w.directory(under, info)
		}
	}
}

// walk is one run of Each. Its methods return false to stop.
type walk struct {
	*Place
	ctx   context.Context
	yield func(endpoint.Entry, error) bool
	trail []fs.FileInfo // the current directory and its parents
}

func (w *walk) fail(path string, err error) bool {
	w.yield(endpoint.Entry{}, w.fault("look at", w.at(path), err))
	return false
}

func (w *walk) directory(dir string, info fs.FileInfo) bool {
	for _, above := range w.trail {
		if os.SameFile(above, info) {
			return true
		}
	}
	w.trail = append(w.trail, info)
	defer func() { w.trail = w.trail[:len(w.trail)-1] }()
	entries, err := os.ReadDir(w.at(dir))
	if err != nil && !absent(err) {
		return w.fail(dir, err)
	}
	for _, e := range entries {
		if err := context.Cause(w.ctx); err != nil {
			return w.fail(dir, err)
		}
		if !strings.HasPrefix(e.Name(), ".") && !w.entry(path.Join(dir, e.Name())) {
			return false
		}
	}
	return true
}

func (w *walk) entry(name string) bool {
	info, err := os.Stat(w.at(name))
	if unreachable(err) {
		if info, err = os.Lstat(w.at(name)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return w.yield(endpoint.Entry{Path: name, Size: endpoint.Unreachable, Modified: info.ModTime()}, nil)
		}
	}
	switch {
	case absent(err):
		return true
	case err != nil:
		return w.fail(name, err)
	case info.IsDir():
		return w.directory(name, info)
	case info.Mode().IsRegular():
		return w.yield(endpoint.Entry{Path: name, Size: info.Size(), Modified: info.ModTime()}, nil)
	}
	return true
}

// unreachable reports whether an error can be that of a dangling or cyclic symbolic link.
func unreachable(err error) bool { return absent(err) || errors.Is(err, syscall.ELOOP) }

// absent reports whether a name does not exist.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
