package blobtest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

const whole = "a download in two halves"

// begin resumes a download of whole, checks where it stands and writes part.
func begin(t *testing.T, s blob.Store, offset int64, part string) blob.ResumableWriter {
	t.Helper()
	w, err := s.Resume(t.Context(), blob.Expect(RefOf(whole)))
	if err != nil {
		t.Fatalf("resume: %v", err)
	}
	t.Cleanup(func() { w.Abort() })
	if w.Offset() != offset {
		t.Fatalf("resumed at %d, want %d", w.Offset(), offset)
	}
	if _, err := io.WriteString(w, part); err != nil {
		t.Fatalf("write: %v", err)
	}
	return w
}

func suspend(t *testing.T, w blob.ResumableWriter) {
	t.Helper()
	if err := w.Suspend(); err != nil {
		t.Fatalf("suspend: %v", err)
	}
}

func commit(t *testing.T, w blob.ResumableWriter) {
	t.Helper()
	if ref, err := w.Commit(); err != nil || ref != RefOf(whole) {
		t.Fatalf("commit returns %v, %v", ref, err)
	}
}

func resume(t *testing.T, s blob.Store) {
	suspend(t, begin(t, s, 0, ""))
	suspend(t, begin(t, s, 0, whole[:3]))
	CheckLacks(t, s, whole)
	checkEach(t, s)
	suspend(t, begin(t, s, 3, whole[3:10]))
	w := begin(t, s, 10, whole[10:])
	if w.Offset() != int64(len(whole)) {
		t.Errorf("offset at the end is %d", w.Offset())
	}
	commit(t, w)
	suspend(t, w)
	CheckHolds(t, s, whole)
	Flush(t, s)
	CheckHolds(t, s, whole)
	if _, err := s.Resume(t.Context(), blob.Anything()); !problem.Is(err, problem.Invalid) {
		t.Errorf("resuming an unknown digest returns %v", err)
	}
}

func resumeWrong(t *testing.T, s blob.Store) {
	wrong := "A" + whole[1:]
	if _, err := begin(t, s, 0, wrong).Commit(); !isMismatch(err) {
		t.Errorf("commit of wrong bytes returns %v", err)
	}
	if _, err := begin(t, s, 0, whole[:4]).Commit(); !isMismatch(err) {
		t.Errorf("commit of too few bytes returns %v", err)
	}
	CheckLacks(t, s, whole)
	CheckLacks(t, s, wrong)
	commit(t, begin(t, s, 0, whole))
}

func resumeOverrun(t *testing.T, s blob.Store) {
	w := begin(t, s, 0, whole)
	if n, err := io.WriteString(w, "!"); n != 0 || !isMismatch(err) {
		t.Errorf("writing one byte too many returns %d, %v", n, err)
	}
	suspend(t, w)
	commit(t, begin(t, s, 0, whole))
}

func restart(t *testing.T, s blob.Store) {
	w := begin(t, s, 0, "wrong bytes")
	if err := w.Restart(); err != nil || w.Offset() != 0 {
		t.Fatalf("restart: %v, offset %d", err, w.Offset())
	}
	suspend(t, w)
	w = begin(t, s, 0, whole[:4])
	suspend(t, w)
	w = begin(t, s, 4, "oops")
	if err := w.Restart(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, whole); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "!"); !isMismatch(err) {
		t.Errorf("committing after the overrun returns %v", err)
	}
	if err := w.Restart(); err != nil {
		t.Fatalf("restart after a failed write: %v", err)
	}
	if _, err := io.WriteString(w, whole); err != nil {
		t.Fatal(err)
	}
	commit(t, w)
	if err := w.Restart(); err == nil {
		t.Error("a committed writer restarts")
	}
	CheckHolds(t, s, whole)
}

func abortPartial(t *testing.T, s blob.Store) {
	w := begin(t, s, 0, whole[:5])
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	suspend(t, w)
	suspend(t, begin(t, s, 0, ""))
}

func resumeStored(t *testing.T, s blob.Store) {
	suspend(t, begin(t, s, 0, whole[:5]))
	Put(t, s, whole)
	for range 2 {
		_, err := s.Resume(t.Context(), blob.Expect(RefOf(whole)))
		if !problem.Is(err, problem.Conflict) || !errors.Is(err, fs.ErrExist) {
			t.Errorf("resuming a stored blob returns %v", err)
		}
		Flush(t, s)
	}
}

func resumeTogether(t *testing.T, s blob.Store) {
	first := begin(t, s, 0, whole[:6])
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Resume(impatient, blob.Expect(RefOf(whole))); !errors.Is(err, context.Canceled) {
		t.Errorf("a second writer that does not wait gets %v", err)
	}
	second := make(chan error)
	go func() {
		_, err := s.Resume(t.Context(), blob.Expect(RefOf(whole)))
		second <- err
	}()
	if _, err := io.WriteString(first, whole[6:]); err != nil {
		t.Fatal(err)
	}
	commit(t, first)
	if err := <-second; !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second writer that waits gets %v", err)
	}
}
