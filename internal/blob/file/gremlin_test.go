package file

import (
	"errors"
	"io/fs"
	"sync"
	"syscall"

	"github.com/aptarium/aptarium/internal/testkit"
)

// gremlin lets a change of the disk happen, or gives the error it fails with.
type gremlin func(call string) error

// haunted is a disk with a gremlin in it.
type haunted struct {
	FS
	may gremlin
}

func (h haunted) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	if err := h.may("open"); err != nil {
		return nil, err
	}
	f, err := h.FS.OpenFile(name, flag, perm)
	return hauntedFile{f, h.may}, err
}

func (h haunted) Mkdir(name string) error {
	if err := h.may("mkdir"); err != nil {
		return err
	}
	return h.FS.Mkdir(name)
}

func (h haunted) Rename(from, to string) error {
	if err := h.may("rename"); err != nil {
		return err
	}
	return h.FS.Rename(from, to)
}

func (h haunted) Link(from, to string) error {
	if err := h.may("link"); err != nil {
		return err
	}
	return h.FS.Link(from, to)
}

func (h haunted) Remove(name string) error {
	if err := h.may("remove"); err != nil {
		return err
	}
	return h.FS.Remove(name)
}

func (h haunted) Sync(name string) error {
	if err := h.may("sync"); err != nil {
		return err
	}
	return h.FS.Sync(name)
}

func (h haunted) SyncAll(dir string) error {
	if err := h.may("sync all"); err != nil {
		return err
	}
	return h.FS.SyncAll(dir)
}

type hauntedFile struct {
	File
	may gremlin
}

func (f hauntedFile) Write(p []byte) (int, error) {
	return testkit.TornWrite(f.File, p, f.may("write"))
}

func (f hauntedFile) Read(p []byte) (int, error) {
	if err := f.may("read"); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f hauntedFile) Close() error {
	if err := f.may("close"); err != nil {
		return errors.Join(err, f.File.Close())
	}
	return f.File.Close()
}

func (f hauntedFile) Chmod(perm fs.FileMode) error {
	if err := f.may("chmod"); err != nil {
		return err
	}
	return f.File.Chmod(perm)
}

func (f hauntedFile) Truncate(size int64) error {
	if err := f.may("truncate"); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// trouble fails the calls from the first-th on, count of them, until healed.
type trouble struct {
	mu           sync.Mutex
	first, count int
	with         error
	calls        int
	hit          string // the first call that failed
}

func (f *trouble) may(call string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.calls < f.first || f.calls >= f.first+f.count || !f.possible(call) {
		return nil
	}
	if f.hit == "" {
		f.hit = call
	}
	return f.with
}

// possible reports whether a call can fail in this way at all.
func (f *trouble) possible(call string) bool {
	switch {
	case errors.Is(f.with, testkit.ErrShort):
		return call == "write"
	case f.full():
		return call != "read"
	}
	return true
}

// full reports whether the trouble is lack of room.
func (f *trouble) full() bool {
	return errors.Is(f.with, syscall.ENOSPC) || errors.Is(f.with, syscall.EDQUOT)
}

// heal ends the trouble and reports whether its time had come at all.
func (f *trouble) heal() (came bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count = 0
	return f.calls >= f.first
}
