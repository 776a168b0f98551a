package filesystem

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint/endpointtest"
)

// fixture is a world whose directories are known.
type fixture struct {
	endpointtest.World
	root string
	pool string
}

// newFixture makes a pool and a place of these options, of which Root and Blobs
// are filled in.
func newFixture(t testing.TB, config Config) fixture {
	t.Helper()
	f := fixture{root: t.TempDir(), pool: t.TempDir()}
	return f.with(t, config)
}

// with returns a fixture of the same directories with another place.
func (f fixture) with(t testing.TB, config Config) fixture {
	t.Helper()
	if f.Pool == nil {
		pool, err := file.Open(f.pool, file.Options{FS: func(d file.FS) file.FS { return hastyPool{d} }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pool.Close() })
		f.Pool = pool
	}
	config.Root, config.Blobs = f.root, f.blob
	inner := config.FS
	config.FS = func(d FS) FS {
		d = hasty{d}
		if inner != nil {
			d = inner(d)
		}
		return d
	}
	place, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	f.Place = place
	f.Look = f.look
	return f
}

// blob returns the path of a blob in the pool, and reports whether it exists.
func (f fixture) blob(d digest.SHA256) (string, bool) {
	name := filepath.Join(f.pool, "pool", d.String()[:2], d.String())
	_, err := os.Stat(name)
	return name, err == nil
}

// look walks with nothing of ours. A file that vanishes meanwhile is not there.
func (f fixture) look(t testing.TB) map[string]endpointtest.Seen {
	t.Helper()
	seen := map[string]endpointtest.Seen{}
	f.lookBelow(t, "", seen)
	return seen
}

func (f fixture) lookBelow(t testing.TB, dir string, seen map[string]endpointtest.Seen) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(f.root, dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		info, err := os.Stat(filepath.Join(f.root, name))
		if err == nil && info.IsDir() {
			f.lookBelow(t, name, seen)
			continue
		}
		var data []byte
		if err == nil {
			data, err = os.ReadFile(filepath.Join(f.root, name))
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		seen[name] = endpointtest.Seen{Data: string(data), Modified: info.ModTime()}
	}
}

// hasty is a disk that does not wait to be durable, for tests that do not cut
// the power.
type hasty struct{ FS }

func (h hasty) Create(name string) (File, error) {
	f, err := h.FS.Create(name)
	return hastyFile{f}, err
}
func (hasty) Sync(string) error      { return nil }
func (hasty) SyncAll(*os.File) error { return nil }

type hastyFile struct{ File }

func (hastyFile) Sync() error { return nil }

type hastyPool struct{ file.FS }

func (hastyPool) Sync(string) error    { return nil }
func (hastyPool) SyncAll(string) error { return nil }
