package crash

import (
	"io/fs"
	"os"
	"time"

	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
)

// poolDisk is the disk under the pool of blobs, with a point before each
// operation. It leaves out what makes things durable: a process that is killed
// takes nothing with it that the kernel has.
type poolDisk struct {
	file.FS
	points *points
}

func (d poolDisk) OpenFile(name string, flag int, perm fs.FileMode) (file.File, error) {
	kind := "pool open"
	if flag&os.O_CREATE != 0 {
		kind = "pool create"
	}
	if err := d.points.pass(kind); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f, err := d.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return poolFile{f, d.points, name}, nil
}

func (d poolDisk) Mkdir(name string) error {
	return d.points.then("pool mkdir", name, func() error { return d.FS.Mkdir(name) })
}

func (d poolDisk) Rename(from, to string) error {
	return d.points.then("pool rename", from, func() error { return d.FS.Rename(from, to) })
}

func (d poolDisk) Remove(name string) error {
	return d.points.then("pool remove", name, func() error { return d.FS.Remove(name) })
}

func (d poolDisk) Sync(name string) error {
	return d.points.then("pool sync", name, func() error { return nil })
}

func (d poolDisk) SyncAll(dir string) error {
	return d.points.then("pool sync", dir, func() error { return nil })
}

// then is a point and, where that lets it, an operation.
func (p *points) then(kind, name string, do func() error) error {
	if err := p.pass(kind); err != nil {
		return &fs.PathError{Op: kind, Path: name, Err: err}
	}
	return do()
}

// poolFile is a file that the pool writes.
type poolFile struct {
	file.File
	points *points
	name   string
}

func (f poolFile) Write(p []byte) (int, error) {
	return f.points.write("pool write", f.name, f.File, p)
}

func (f poolFile) Truncate(size int64) error {
	return f.points.then("pool truncate", f.name, func() error { return f.File.Truncate(size) })
}

func (f poolFile) Chmod(perm fs.FileMode) error {
	return f.points.then("pool chmod", f.name, func() error { return f.File.Chmod(perm) })
}

// write is a point and a write, half of which may be done when it fails.
func (p *points) write(kind, name string, to interface{ Write([]byte) (int, error) }, data []byte) (n int, err error) {
	err = p.passWrite(kind, func() { n, _ = to.Write(data[:len(data)/2]) })
	if err != nil {
		return n, &fs.PathError{Op: "write", Path: name, Err: err}
	}
	return to.Write(data)
}

// placeDisk is the disk under a directory in which releases appear.
type placeDisk struct {
	filesystem.FS
	points *points
}

func (d placeDisk) Create(name string) (filesystem.File, error) {
	if err := d.points.pass("place create"); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f, err := d.FS.Create(name)
	if err != nil {
		return nil, err
	}
	return placeFile{f, d.points, name}, nil
}

func (d placeDisk) Lock(name string) (f *os.File, err error) {
	err = d.points.then("place lock", name, func() error { f, err = d.FS.Lock(name); return err })
	return f, err
}

func (d placeDisk) Mkdir(name string, perm fs.FileMode) error {
	return d.points.then("place mkdir", name, func() error { return d.FS.Mkdir(name, perm) })
}

func (d placeDisk) Chmod(name string, perm fs.FileMode) error {
	return d.points.then("place chmod", name, func() error { return d.FS.Chmod(name, perm) })
}

func (d placeDisk) Chtimes(name string, modified time.Time) error {
	return d.points.then("place chtimes", name, func() error { return d.FS.Chtimes(name, modified) })
}

func (d placeDisk) Link(from, to string) error {
	return d.points.then("place link", to, func() error { return d.FS.Link(from, to) })
}

func (d placeDisk) Symlink(target, name string) error {
	return d.points.then("place symlink", name, func() error { return d.FS.Symlink(target, name) })
}

func (d placeDisk) Rename(from, to string) error {
	return d.points.then("place rename", to, func() error { return d.FS.Rename(from, to) })
}

func (d placeDisk) Unlink(name string) error {
	return d.points.then("place unlink", name, func() error { return d.FS.Unlink(name) })
}

func (d placeDisk) Rmdir(name string) error {
	return d.points.then("place rmdir", name, func() error { return d.FS.Rmdir(name) })
}

func (d placeDisk) Sync(directory string) error {
	return d.points.then("place sync", directory, func() error { return nil })
}

func (d placeDisk) SyncAll(open *os.File) error {
	return d.points.then("place sync", open.Name(), func() error { return nil })
}

// placeFile is a file that a place writes.
type placeFile struct {
	filesystem.File
	points *points
	name   string
}

func (f placeFile) Write(p []byte) (int, error) {
	return f.points.write("place write", f.name, f.File, p)
}

func (f placeFile) Chmod(perm fs.FileMode) error {
	return f.points.then("place chmod", f.name, func() error { return f.File.Chmod(perm) })
}

func (f placeFile) Sync() error {
	return f.points.then("place sync", f.name, func() error { return nil })
}
