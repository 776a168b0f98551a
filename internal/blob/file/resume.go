package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// resumableWriter is a writer on staged/partial.
type resumableWriter struct {
	writer
	leave func() // lets the next one resume
}

// Resume implements [blob.Store].
func (s *Store) Resume(ctx context.Context, expect blob.Expect) (blob.ResumableWriter, error) {
	d := expect.SHA256
	if d.IsZero() {
		return nil, problem.New(problem.Invalid, "a download can be resumed only when its SHA-256 is known")
	}
	leave, err := s.claim(ctx, d)
	if err != nil {
		return nil, err
	}
	w, err := s.resume(ctx, expect)
	if err != nil {
		leave()
		return nil, err
	}
	w.leave = leave
	return w, nil
}

// claim waits until nobody else writes to the partial of d.
func (s *Store) claim(ctx context.Context, d digest.SHA256) (leave func(), err error) {
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

// resume opens the partial that the caller has claimed. A small blob of which
// nothing is there yet is held in memory.
func (s *Store) resume(ctx context.Context, expect blob.Expect) (*resumableWriter, error) {
	d := expect.SHA256
	if _, _, stored, err := s.find(ctx, d); err != nil {
		return nil, err
	} else if stored {
		return nil, blob.AlreadyStored(d)
	}
	s.mu.Lock()
	_, kept := s.partials[d]
	delete(s.partials, d)
	failures := s.failures
	s.mu.Unlock()
	w := &resumableWriter{writer: writer{s: s, hash: sha256.New(), expect: expect, looked: true, failures: failures}}
	if !kept && expect.Size >= 0 && expect.Size <= int64(s.limits.Held) {
		w.held = s.buffer()
		return w, nil
	}
	w.path = s.partialPath(d)
	f, err := s.fs.OpenFile(w.path, os.O_RDWR|os.O_CREATE, partialMode)
	if err != nil {
		return nil, s.fault("resume a blob", err)
	}
	w.file = f
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
	w.failed = nil
	if w.file == nil {
		w.held = w.held[:0]
		return nil
	}
	_, err := w.file.Seek(0, io.SeekStart)
	if err == nil {
		err = w.file.Truncate(0)
	}
	if err != nil {
		w.failed = w.s.fault("restart a blob", err)
	}
	return w.failed
}

// Commit implements [blob.Writer].
func (w *resumableWriter) Commit() (blob.Ref, error) {
	if !w.closed {
		defer w.leave()
	}
	return w.writer.Commit()
}

// Abort implements [blob.Writer].
func (w *resumableWriter) Abort() error {
	if w.closed {
		return nil
	}
	defer w.leave()
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
	defer w.leave()
	w.closed = true
	var err error
	if w.file == nil {
		err = w.writeHeld()
	} else {
		err = w.file.Close()
	}
	w.s.keepPartial(w.expect.SHA256)
	if err != nil {
		return w.s.fault("keep a partial blob", err)
	}
	return nil
}

// writeHeld writes the bytes held in memory to the partial, in place of what may
// be left there of another that could not be deleted.
func (w *resumableWriter) writeHeld() error {
	defer w.writer.release()
	f, err := w.s.fs.OpenFile(w.s.partialPath(w.expect.SHA256), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, partialMode)
	if err != nil {
		return err
	}
	_, err = f.Write(w.held)
	return errors.Join(err, f.Close())
}

// keepPartial notes an idle partial, within the limits.
func (s *Store) keepPartial(d digest.SHA256) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.partials[d] = time.Now()
	s.prunePartials()
}
