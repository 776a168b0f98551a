package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/aptarium/aptarium/internal/problem"
)

// FS has all operations by which a [Store] changes the disk. Tests replace it by a failing one. Open, Stat and Each
// read with the operating system directly.
type FS interface {
	// OpenFile is os.OpenFile.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Mkdir makes one directory; an existing one is no error.
	Mkdir(name string) error
	// Rename replaces to atomically.
	Rename(from, to string) error
	// Link creates another name of a file, which must not exist.
	Link(from, to string) error
	// Remove deletes a file; an absent one is no error.
	Remove(name string) error
	// Sync makes one file, or the names in one directory, durable.
	Sync(name string) error
	// SyncAll makes everything on dir's file system durable, or answers
	// errors.ErrUnsupported when the system cannot do that.
	SyncAll(dir string) error
}

// File is an open file that a Store writes.
type File interface {
	io.ReadWriteSeeker
	io.Closer
	Chmod(perm fs.FileMode) error
	Truncate(size int64) error
}

// diskFS is the operating system's file system. Its SyncAll always uses the
// same open directory: Linux tells a failed write-back once to each descriptor
// that was open when it happened (syncfs(2), since Linux 5.8).
type diskFS struct{ root *os.File }

func openDisk(dir string) (diskFS, error) {
	root, err := os.Open(dir)
	return diskFS{root}, problem.While(err, "open the pool's directory")
}

func (diskFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (diskFS) Mkdir(name string) error {
	if err := os.Mkdir(name, directoryMode); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (diskFS) Rename(from, to string) error { return os.Rename(from, to) }

func (diskFS) Link(from, to string) error { return os.Link(from, to) }

func (diskFS) Remove(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (diskFS) Sync(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d diskFS) SyncAll(string) error { return unix.Syncfs(int(d.root.Fd())) }

func (d diskFS) Close() error { return d.root.Close() }

// fault wraps an error of the disk. A full disk becomes a problem with a hint.
func (s *Store) fault(doing string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return problem.New(problem.Full, "the disk is full: cannot %s: %w", doing, err).
			WithHint("free some space in the file system of %s", s.dir)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
