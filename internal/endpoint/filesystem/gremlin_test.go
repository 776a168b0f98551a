package filesystem

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/testkit"
)

// gremlin permits a change of the disk, or returns the error with which it fails.
type gremlin func(call string) error

// haunted is a disk with a gremlin in it.
type haunted struct {
	FS
	may gremlin
}

// do makes a call if the gremlin lets it.
func (h haunted) do(call string, change func() error) error {
	if err := h.may(call); err != nil {
		return err
	}
	return change()
}

func (h haunted) Create(name string) (File, error) {
	if err := h.may("create"); err != nil {
		return nil, err
	}
	f, err := h.FS.Create(name)
	if err != nil {
		return nil, err
	}
	return hauntedFile{f, h.may}, nil
}

func (h haunted) Lock(name string) (*os.File, error) {
	if err := h.may("lock"); err != nil {
		return nil, err
	}
	return h.FS.Lock(name)
}

func (h haunted) Mkdir(name string, perm fs.FileMode) error {
	return h.do("mkdir", func() error { return h.FS.Mkdir(name, perm) })
}

func (h haunted) Chmod(name string, perm fs.FileMode) error {
	return h.do("chmod", func() error { return h.FS.Chmod(name, perm) })
}

func (h haunted) Chtimes(name string, modified time.Time) error {
	return h.do("chtimes", func() error { return h.FS.Chtimes(name, modified) })
}

func (h haunted) Link(from, to string) error {
	return h.do("link", func() error { return h.FS.Link(from, to) })
}

func (h haunted) Symlink(target, name string) error {
	return h.do("symlink", func() error { return h.FS.Symlink(target, name) })
}

func (h haunted) Rename(from, to string) error {
	return h.do("rename", func() error { return h.FS.Rename(from, to) })
}

func (h haunted) Unlink(name string) error {
	return h.do("unlink", func() error { return h.FS.Unlink(name) })
}

func (h haunted) Rmdir(name string) error {
	return h.do("rmdir", func() error { return h.FS.Rmdir(name) })
}

func (h haunted) Sync(directory string) error {
	return h.do("sync", func() error { return h.FS.Sync(directory) })
}

func (h haunted) SyncAll(open *os.File) error {
	return h.do("sync all", func() error { return h.FS.SyncAll(open) })
}

type hauntedFile struct {
	File
	may gremlin
}

func (f hauntedFile) Write(p []byte) (int, error) {
	return testkit.TornWrite(f.File, p, f.may("write"))
}

func (f hauntedFile) Chmod(perm fs.FileMode) error {
	if err := f.may("chmod file"); err != nil {
		return err
	}
	return f.File.Chmod(perm)
}

func (f hauntedFile) Sync() error {
	if err := f.may("sync file"); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f hauntedFile) Close() error {
	if err := f.may("close"); err != nil {
		return errors.Join(err, f.File.Close())
	}
	return f.File.Close()
}

// trouble fails the calls of one kind from the first-th on, count of them.
// Workers make their calls in any order, so that a number identifies a call only
// among calls of one kind.
type trouble struct {
	mu           sync.Mutex
	call         string
	first, count int
	with         error
	calls        int
}

func (f *trouble) may(call string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if call != f.call {
		return nil
	}
	f.calls++
	if f.calls < f.first || f.calls >= f.first+f.count {
		return nil
	}
	return f.with
}

// came reports whether anything failed.
func (f *trouble) came() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls >= f.first
}
