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

// hidden starts the names of the directories in which files are written.
const hidden = ".aptarium-"

// lockName is the file in a hidden directory that its Deploy locks.
const lockName = "lock"

// area is the part of an endpoint on one file system, with the hidden directory of one Deploy.
type area struct {
	disk   FS
	device uint64
	folder string   // the hidden directory, absolute
	lock   *os.File // locked while folder is in use
	masked bool     // the umask removes permissions of directoryMode
	serial atomic.Uint64

	probing sync.Mutex
	probed  bool // linked is valid
	linked  bool // files of the pool can be linked to here
}

// openArea deletes the hidden directories of killed processes in top, and creates one there.
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

// claim locks the hidden directory. It returns false if the sweep of another Deploy has deleted it
// before.
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

// name returns an unused name in the hidden directory.
func (a *area) name() string {
	return filepath.Join(a.folder, strconv.FormatUint(a.serial.Add(1), 10))
}

// close deletes the hidden directory. If that fails, the next Deploy deletes it.
func (a *area) close() {
	empty(a.disk, a.folder)
	if a.lock != nil {
		a.lock.Close()
	}
}

// sweep deletes the unlocked hidden directories in top. Its errors do not matter: the next Deploy tries
// again.
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

// empty deletes a hidden directory and its content, the lock last. The caller holds the lock.
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

// links reports whether a file of the pool can be linked to this area. It tests the file system only
// once.
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
		return false, nil // this file cannot; others perhaps can
	case unlinkable(err):
		a.probed = true
		return false, nil
	}
	return false, err
}

// unlinkable reports whether an error means that a file can only be copied, not linked: link(2).
func unlinkable(err error) bool {
	for _, code := range []error{syscall.EXDEV, syscall.EPERM, syscall.EMLINK, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
