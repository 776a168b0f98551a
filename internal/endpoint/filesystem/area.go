package filesystem

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// hidden begins the names of the directories in which files are written.
const hidden = ".aptarium-"

// lockName is the file in a hidden directory that its Deploy holds locked.
const lockName = "lock"

// area is the part of a place that lies on one file system, with the hidden
// directory of one Deploy in it.
type area struct {
	disk   FS
	device uint64
	folder string   // the hidden directory, absolute
	lock   *os.File // held as long as folder is in use
	masked bool     // the umask would make directories narrower than directoryMode
	serial atomic.Uint64

	probing sync.Mutex
	probed  bool // linked counts
	linked  bool // files of the pool can be linked to here
}

// openArea clears up after killed processes in top and makes a hidden directory
// there.
func openArea(d FS, top string, device uint64) (*area, error) {
	sweep(d, top)
	for range 10 {
		a := &area{disk: d, device: device, folder: filepath.Join(top, hidden+rand.Text())}
		if err := d.Mkdir(a.folder, directoryMode); err != nil {
			return nil, err
		}
		held, err := a.claim()
		if err != nil {
			a.close()
			return nil, err
		}
		if held {
			return a, nil
		}
	}
	return nil, fmt.Errorf("the directories made in %s are taken away at once", top)
}

// claim locks the hidden directory. It gives false when a sweep by another
// Deploy came between making and locking it.
func (a *area) claim() (held bool, err error) {
	info, err := os.Lstat(a.folder)
	if err == nil {
		a.masked = info.Mode().Perm()&directoryMode != directoryMode
		err = a.disk.Chmod(a.folder, 0o700)
	}
	if err == nil {
		a.lock, err = a.disk.Lock(filepath.Join(a.folder, lockName))
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mine, err := a.lock.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Lstat(a.lock.Name())
	if err != nil || !os.SameFile(mine, there) {
		a.lock.Close()
		return false, nil
	}
	return true, nil
}

// name gives an unused name in the hidden directory.
func (a *area) name() string {
	return filepath.Join(a.folder, strconv.FormatUint(a.serial.Add(1), 10))
}

// close takes the hidden directory away. What cannot be deleted now is left to
// the next Deploy: it is in nobody's way.
func (a *area) close() {
	empty(a.disk, a.folder)
	if a.lock != nil {
		a.lock.Close()
	}
}

// sweep takes the hidden directories in top away that nobody holds. Deploying
// does not depend on it, so what fails is left to the next time.
func sweep(d FS, top string) {
	entries, err := os.ReadDir(top)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), hidden) {
			continue
		}
		folder := filepath.Join(top, e.Name())
		lock, err := d.Lock(filepath.Join(folder, lockName))
		if err != nil {
			continue
		}
		empty(d, folder)
		lock.Close()
	}
}

// empty deletes a hidden directory and what is in it, the lock last. The lock
// must be held.
func empty(d FS, folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		switch name := filepath.Join(folder, e.Name()); {
		case e.IsDir():
			_ = d.Rmdir(name)
		case e.Name() != lockName:
			_ = d.Unlink(name)
		}
	}
	_ = d.Unlink(filepath.Join(folder, lockName))
	_ = d.Rmdir(folder)
}

// links tells whether a file of the pool can be linked to this area. It finds
// out once for all of them, as far as that depends on the file system.
func (a *area) links(blob string) (bool, error) {
	a.probing.Lock()
	defer a.probing.Unlock()
	if a.probed {
		return a.linked, nil
	}
	name := a.name()
	err := a.disk.Link(blob, name)
	switch {
	case err == nil:
		a.probed, a.linked = true, true
		return true, a.disk.Unlink(name)
	case errors.Is(err, syscall.EMLINK), errors.Is(err, syscall.EPERM), errors.Is(err, os.ErrNotExist):
		return false, nil // this one cannot; others may
	case unlinkable(err):
		a.probed = true
		return false, nil
	}
	return false, err
}

// unlinkable tells whether an error says that a file cannot be linked, though
// it may be copied: link(2).
func unlinkable(err error) bool {
	for _, code := range []error{syscall.EXDEV, syscall.EPERM, syscall.EMLINK, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
