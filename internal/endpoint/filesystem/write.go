package filesystem

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/endpoint"
)

// write copies a file to the hidden directory. Unless it must be durable at once, the flush of its batch can make it
// durable.
func (d *deploy) write(ctx context.Context, w *work, durable bool) (err error) {
	from, err := w.Open(ctx)
	if err != nil {
		return fmt.Errorf("open what is to be deployed as %s: %w", w.Path, err)
	}
	defer from.Close()
	name := w.area.name()
	to, err := d.disk.Create(name)
	if err != nil {
		return d.fault("write", d.at(w.Path), err)
	}
	err = d.fill(ctx, to, from, w.File)
	if err == nil {
		err = d.finish(to, name, w.File, durable)
	}
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = d.disk.Unlink(name) // else it is deleted with the hidden directory
		return d.fault("write", d.at(w.Path), err)
	}
	w.temp = name
	return nil
}

// fill copies the bytes of a file and checks them.
func (d *deploy) fill(ctx context.Context, to io.Writer, from io.Reader, f *endpoint.File) error {
	var sum hash.Hash
	if f.Whole {
		sum = sha256.New()
		to = io.MultiWriter(to, sum)
	}
	// One byte more detects a file that is too long.
	n, err := io.CopyBuffer(onlyWriter{to}, io.LimitReader(blob.WithContext(ctx, from), f.Size+1), make([]byte, bufferSize(f.Size)))
	if err != nil {
		return err
	}
	got := blob.Ref{Size: n}
	if sum != nil && n == f.Size {
		sum.Sum(got.SHA256[:0])
	}
	if n != f.Size || sum != nil && got.SHA256 != f.SHA256 {
		return fmt.Errorf("%s: %w", f.Path, blob.Mismatch(&blob.MismatchError{
			Expect: blob.Expect{SHA256: f.SHA256, Size: f.Size}, Got: got,
		}))
	}
	return nil
}

// finish sets the mode and the time of a file, and makes it durable.
func (d *deploy) finish(to File, name string, f *endpoint.File, durable bool) error {
	if err := to.Chmod(fileMode); err != nil {
		return err
	}
	if err := d.disk.Chtimes(name, f.Modified); err != nil {
		return err
	}
	if !durable && d.written.Add(1) > syncEach {
		d.unflushed.Store(true)
		return nil
	}
	return to.Sync()
}

// bufferSize returns the buffer size for a file: large for indexes, small for thousands of small packages.
func bufferSize(size int64) int64 { return min(max(size+1, 512), 256<<10) }

// onlyWriter hides the optimised methods of a file, which would bypass its FS.
type onlyWriter struct{ io.Writer }
