package filesystem

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// FS is everything by which a [Place] changes the disk. Tests put one in its
// place that fails or kills the process; what only looks goes to the operating
// system directly.
type FS interface {
	// Create makes a new file to be written.
	Create(name string) (File, error)
	// Lock opens a file, making it if needed, and locks it against other
	// callers and processes until it is closed. One that is locked already is
	// unix.EWOULDBLOCK.
	Lock(name string) (*os.File, error)
	// Mkdir makes one directory.
	Mkdir(name string, perm fs.FileMode) error
	// Chmod sets the mode of a file or directory.
	Chmod(name string, perm fs.FileMode) error
	// Chtimes sets the time of modification.
	Chtimes(name string, modified time.Time) error
	// Link gives a file another name.
	Link(from, to string) error
	// Symlink makes a symbolic link.
	Symlink(target, name string) error
	// Rename replaces to atomically.
	Rename(from, to string) error
	// Unlink deletes a name that is not a directory's; an absent one is no error.
	Unlink(name string) error
	// Rmdir deletes an empty directory; an absent one is no error.
	Rmdir(name string) error
	// Sync makes the names in a directory durable.
	Sync(directory string) error
	// SyncAll makes everything durable on the file system of an open file.
	// Linux tells a write-back that failed only to files that were open when
	// it did (syncfs(2)), so the file is one opened before the writing began.
	SyncAll(open *os.File) error
}

// File is an open file that a Place writes.
type File interface {
	io.WriteCloser
	Chmod(perm fs.FileMode) error
	// Sync makes the file durable, its time of modification included.
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
