package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/aptarium/aptarium/internal/blob"
)

// writer writes one file and hashes it on the way.
type writer struct {
	s      *Store
	file   File
	path   string
	hash   hash.Hash
	size   int64
	expect blob.Expect
	// failures is the store's count of failed syncs when the first byte was
	// written: if it has grown by the commit, bytes may be gone.
	failures uint64
	failed   error // the first failed write; nothing is written after it
	closed   bool
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
	path := filepath.Join(s.stagedDir("new"), strconv.FormatUint(s.serial.Add(1), 10))
	f, err := s.fs.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, blobMode)
	if err != nil {
		return nil, s.fault("begin a blob", err)
	}
	return &writer{s: s, file: f, path: path, hash: sha256.New(), expect: expect, failures: s.failedSyncs()}, nil
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
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
	n, err := w.file.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	w.hash.Write(p[:n])
	w.size += int64(n)
	if err != nil {
		w.failed = w.s.fault("write a blob", err)
	}
	return n, w.failed
}

// Commit implements [blob.Writer].
func (w *writer) Commit() (blob.Ref, error) {
	if w.closed {
		return blob.Ref{}, errClosed
	}
	ref, err := w.verified()
	if err == nil {
		err = w.seal()
	}
	if err != nil {
		return blob.Ref{}, errors.Join(err, w.Abort())
	}
	if err := w.s.place(w.path, ref, w.failures); err != nil {
		return blob.Ref{}, err
	}
	return ref, nil
}

// verified gives what was written if it is what was expected.
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

// seal closes the file read-only. Some file systems tell only at close that
// there was no room.
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
	if err := errors.Join(w.file.Close(), w.s.fs.Remove(w.path)); err != nil {
		return fmt.Errorf("give up a blob: %w", err)
	}
	return nil
}

// place makes a complete file visible under its digest, or drops it when the
// blob is there already. The renames happen under mu: a file that took the place
// of a staged one during a flush would get into the pool without its sync.
func (s *Store) place(from string, ref blob.Ref, failures uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := ref.SHA256
	if _, staged := s.staged[d]; staged {
		return s.dropCopy(from)
	}
	if size, err := s.pooled(d); err == nil && size == ref.Size {
		delete(s.doubtful, d)
		return errors.Join(s.dropCopy(from), s.dropCopy(s.committedPath(d)))
	}
	if err := s.fs.Rename(from, s.committedPath(d)); err != nil {
		return s.fault("commit blob "+d.String(), errors.Join(err, s.fs.Remove(from)))
	}
	s.dropPartial(d)
	delete(s.lost, d)
	delete(s.doubtful, d)
	if failures == s.failures {
		s.staged[d] = ref.Size
	} else {
		s.doubtful[d] = true
	}
	return nil
}

func (s *Store) dropCopy(path string) error {
	if err := s.fs.Remove(path); err != nil {
		return s.fault("drop a second copy of a blob", err)
	}
	return nil
}

func (s *Store) failedSyncs() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}
