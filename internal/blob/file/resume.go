package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// resumableWriter is a writer on staged/partial.
type resumableWriter struct {
	writer
	release func()
}

// Resume implements [blob.Store].
func (s *Store) Resume(ctx context.Context, expect blob.Expect) (blob.ResumableWriter, error) {
	d := expect.SHA256
	if d.IsZero() {
		return nil, problem.New(problem.Invalid, "a download can be resumed only when its SHA-256 is known")
	}
	release, err := s.claim(ctx, d)
	if err != nil {
		return nil, err
	}
	w, err := s.resume(ctx, expect)
	if err != nil {
		release()
		return nil, err
	}
	w.release = release
	return w, nil
}

// claim waits until nobody else writes to the partial of d.
func (s *Store) claim(ctx context.Context, d digest.SHA256) (release func(), err error) {
	for {
		s.mu.Lock()
		other, busy := s.resuming[d]
		if !busy {
			mine := make(chan struct{})
			s.resuming[d] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.resuming, d)
				s.mu.Unlock()
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// resume opens the partial that the caller has claimed.
func (s *Store) resume(ctx context.Context, expect blob.Expect) (*resumableWriter, error) {
	d := expect.SHA256
	if _, err := s.Stat(ctx, d); err == nil {
		return nil, blob.AlreadyStored(d)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	s.mu.Lock()
	delete(s.partials, d)
	failures := s.failures
	s.mu.Unlock()
	f, err := s.fs.OpenFile(s.partialPath(d), os.O_RDWR|os.O_CREATE, partialMode)
	if err != nil {
		return nil, s.fault("resume a blob", err)
	}
	w := &resumableWriter{writer: writer{
		s: s, file: f, path: s.partialPath(d), hash: sha256.New(), expect: expect, failures: failures,
	}}
	if err := w.readBack(ctx); err != nil {
		w.forget()
		return nil, err
	}
	return w, nil
}

// readBack hashes the bytes of earlier writers. More of them than the blob can
// have are worth nothing.
func (w *resumableWriter) readBack(ctx context.Context) error {
	from := blob.WithContext(ctx, w.file)
	var err error
	if w.expect.Size < 0 {
		w.size, err = io.Copy(w.hash, from)
	} else {
		w.size, err = io.CopyN(w.hash, from, w.expect.Size+1)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read back a partial blob: %w", err)
	}
	if w.expect.Size >= 0 && w.size > w.expect.Size {
		return w.Restart()
	}
	if w.size > 0 {
		w.failures = 0 // older than any sync of this process
	}
	return nil
}

// forget closes the file of a partial that could not be resumed and keeps it
// for another try.
func (w *resumableWriter) forget() {
	_ = w.file.Close() // nothing was written through it
	w.s.keepPartial(w.expect.SHA256)
}

// Offset implements [blob.ResumableWriter].
func (w *resumableWriter) Offset() int64 { return w.size }

// Restart implements [blob.ResumableWriter].
func (w *resumableWriter) Restart() error {
	if w.closed {
		return errClosed
	}
	w.hash.Reset()
	w.size = 0
	w.failures = w.s.failedSyncs()
	_, err := w.file.Seek(0, io.SeekStart)
	if err == nil {
		err = w.file.Truncate(0)
	}
	if err != nil {
		w.failed = w.s.fault("restart a blob", err)
		return w.failed
	}
	w.failed = nil
	return nil
}

// Commit implements [blob.Writer].
func (w *resumableWriter) Commit() (blob.Ref, error) {
	if !w.closed {
		defer w.release()
	}
	return w.writer.Commit()
}

// Abort implements [blob.Writer].
func (w *resumableWriter) Abort() error {
	if w.closed {
		return nil
	}
	defer w.release()
	return w.writer.Abort()
}

// Suspend implements [blob.ResumableWriter].
func (w *resumableWriter) Suspend() error {
	if _, overrun := errors.AsType[*blob.MismatchError](w.failed); overrun || w.size == 0 {
		return w.Abort()
	}
	if w.closed {
		return nil
	}
	defer w.release()
	w.closed = true
	err := w.file.Close()
	w.s.keepPartial(w.expect.SHA256)
	if err != nil {
		return w.s.fault("keep a partial blob", err)
	}
	return nil
}

// keepPartial notes an idle partial, within the limits.
func (s *Store) keepPartial(d digest.SHA256) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.partials[d] = time.Now()
	s.prunePartials()
}
