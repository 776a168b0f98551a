package filesystem

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// FS has all operations by which a [Place] changes the disk. Tests replace it by a version that fails or kills the
// process. Read operations use the operating system directly.
type FS interface {
	// Create creates a new file for writing.
	Create(name string) (File, error)
	// Lock opens or creates a file, and locks it against other callers and processes
	// until it is closed. A locked file is unix.EWOULDBLOCK.
	Lock(name string) (*os.File, error)
	// Mkdir creates one directory.
	Mkdir(name string, perm fs.FileMode) error
	// Chmod sets the mode of a file or directory.
	Chmod(name string, perm fs.FileMode) error
	// Chtimes sets the modification time.
	Chtimes(name string, modified time.Time) error
	// Link creates another name of a file.
	Link(from, to string) error
	// Symlink creates a symbolic link.
	Symlink(target, name string) error
	// Rename replaces to atomically.
	Rename(from, to string) error
	// Unlink deletes a name, except of a directory. A missing one is not an error.
	Unlink(name string) error
	// Rmdir deletes an empty directory. A missing one is not an error.
	Rmdir(name string) error
	// Sync makes the names in a directory durable.
	Sync(directory string) error
	// SyncAll makes everything durable on the file system of an open file. Linux
	// reports failed writes only to files that were open at that time (syncfs(2)), so
	// the file must have been opened before the writes.
	SyncAll(open *os.File) error
}

// File is an open file that a Place writes.
type File interface {
	io.WriteCloser
	Chmod(perm fs.FileMode) error
	// Sync makes the file durable, with its modification time.
	Sync() error
}

// disk is the operating system's file system.
type disk struct{}

func (disk) Create(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (disk) Lock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (disk) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }
func (disk) Chmod(name string, perm fs.FileMode) error { return os.Chmod(name, perm) }
func (disk) Chtimes(name string, modified time.Time) error {
	return os.Chtimes(name, time.Time{}, modified)
}
func (disk) Link(from, to string) error        { return os.Link(from, to) }
func (disk) Symlink(target, name string) error { return os.Symlink(target, name) }
func (disk) Rename(from, to string) error      { return os.Rename(from, to) }
func (disk) SyncAll(open *os.File) error       { return unix.Syncfs(int(open.Fd())) }

func (disk) Unlink(name string) error {
	if err := unix.Unlink(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "unlink", Path: name, Err: err}
	}
	return nil
}

func (disk) Rmdir(name string) error {
	if err := unix.Rmdir(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "rmdir", Path: name, Err: err}
	}
	return nil
}

func (disk) Sync(directory string) error {
	f, err := os.Open(directory)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
