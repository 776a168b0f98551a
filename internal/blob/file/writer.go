package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"os"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

// writer hashes and stores the bytes of one blob. It keeps them in memory and creates a file only when they are too
// many: a blob that is complete and checked when its file is created needs no temporary name.
type writer struct {
	s      *Store
	expect blob.Expect
	hash   hash.Hash
	size   int64

	held []byte // all bytes, while there is no file
	file File   // nil while they are held
	path string // of the file
	// failures is the store's count of failed syncs when the file was made: if
	// it has grown by the commit, bytes may be gone.
	failures uint64

	looked bool  // the blob was not stored when the writer began
	failed error // the first failed write; nothing is written after it
	closed bool
}

var errClosed = errors.New("the blob's writer is closed")

// Writer implements [blob.Store].
func (s *Store) Writer(ctx context.Context, expect blob.Expect) (blob.Writer, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return s.newWriter(expect)
}

func (s *Store) newWriter(expect blob.Expect) (*writer, error) {
	w := &writer{s: s, expect: expect, hash: sha256.New()}
	if s.limits.Held < 0 || expect.Size > int64(s.limits.Held) {
		if err := w.begin(); err != nil {
			return nil, err
		}
		return w, nil
	}
	w.held = s.buffer()
	return w, nil
}

// begin makes the file and writes to it what is held.
func (w *writer) begin() (err error) {
	w.failures = w.s.failedSyncs()
	w.path = w.s.temporaryPath()
	if w.file, err = w.s.fs.OpenFile(w.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, blobMode); err != nil {
		w.file = nil
		return w.s.fault("begin a blob", err)
	}
	if len(w.held) > 0 {
		_, err = w.append(w.held)
	}
	return err
}

func (w *writer) release() {
	w.s.giveBuffer(w.held)
	w.held = nil
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (n int, err error) {
	switch {
	case w.closed:
		return 0, errClosed
	case w.failed != nil:
		return 0, w.failed
	case w.expect.Size >= 0 && int64(len(p)) > w.expect.Size-w.size:
		got := blob.Ref{Size: w.size + int64(len(p))}
		w.failed = blob.Mismatch(&blob.MismatchError{Expect: w.expect, Got: got})
		return 0, w.failed
	}
	if w.file == nil && len(p) > w.s.limits.Held-len(w.held) {
		w.failed = w.begin()
		w.release()
	}
	switch {
	case w.failed != nil:
	case w.file == nil:
		w.held = append(w.held, p...)
		n = len(p)
	default:
		n, w.failed = w.append(p)
	}
	w.hash.Write(p[:n])
	w.size += int64(n)
	return n, w.failed
}

// append writes to the file.
func (w *writer) append(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		err = w.s.fault("write a blob", err)
	}
	return n, err
}

// Commit implements [blob.Writer].
func (w *writer) Commit() (blob.Ref, error) {
	if w.closed {
		return blob.Ref{}, errClosed
	}
	ref, err := w.verified()
	if err == nil && w.file != nil {
		err = w.seal()
	}
	if err != nil {
		return blob.Ref{}, errors.Join(err, w.Abort())
	}
	if err := w.show(ref); err != nil {
		return blob.Ref{}, err
	}
	return ref, nil
}

// show makes the blob visible and closes the writer.
func (w *writer) show(ref blob.Ref) error {
	w.s.Touch(ref.SHA256)
	if w.file != nil {
		return w.s.place(w.path, ref, w.failures)
	}
	defer w.release()
	w.closed = true
	if !w.looked && w.s.holds(ref) && !w.s.isDoubtful(ref.SHA256) {
		return nil
	}
	return w.s.arrive(ref, w.held)
}

// verified returns the written blob if it is the expected one.
func (w *writer) verified() (ref blob.Ref, err error) {
	if w.failed != nil {
		return blob.Ref{}, w.failed
	}
	ref.Size = w.size
	w.hash.Sum(ref.SHA256[:0])
	if !w.expect.Allows(ref) {
		return blob.Ref{}, blob.Mismatch(&blob.MismatchError{Expect: w.expect, Got: ref})
	}
	return ref, nil
}

// seal makes the file read-only and closes it. Some file systems report a full disk only at close.
func (w *writer) seal() error {
	if err := w.file.Chmod(blobMode); err != nil {
		return w.s.fault("finish a blob", err)
	}
	w.closed = true
	if err := w.file.Close(); err != nil {
		return w.s.fault("finish a blob", errors.Join(err, w.s.fs.Remove(w.path)))
	}
	return nil
}

// Abort implements [blob.Writer].
func (w *writer) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	w.release()
	if w.file == nil {
		return nil
	}
	return problem.While(errors.Join(w.file.Close(), w.s.fs.Remove(w.path)), "give up a blob")
}

func (s *Store) failedSyncs() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}
