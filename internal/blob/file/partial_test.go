package file

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
)

// interrupt begins a download of data and keeps n bytes of it.
func interrupt(t *testing.T, s *Store, data string, n int) {
	t.Helper()
	w, err := s.Resume(t.Context(), blob.Expect(blobtest.RefOf(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, data[:n]); err != nil {
		t.Fatal(err)
	}
	if err := w.Suspend(); err != nil {
		t.Fatal(err)
	}
}

// offset returns how many bytes of data are kept.
func offset(t *testing.T, s *Store, data string) int64 {
	t.Helper()
	w, err := s.Resume(t.Context(), blob.Expect(blobtest.RefOf(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Suspend()
	return w.Offset()
}

func TestPartialsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	interrupt(t, s, "hello", 3)
	closeStore(t, s)
	s = openAt(t, dir, Options{})
	w, err := s.Resume(t.Context(), blob.Expect(blobtest.RefOf("hello")))
	if err != nil || w.Offset() != 3 {
		t.Fatalf("got offset %d, %v", w.Offset(), err)
	}
	if _, err := io.WriteString(w, "lo"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	blobtest.CheckHolds(t, s, "hello")
	checkFiles(t, dir, "staged/committed/"+blobtest.RefOf("hello").SHA256.String())
}

func TestPartialsOfADeadProcessAreReadBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left   string
		size   int64
		offset int64
	}{
		"a part":                       {"hel", 5, 3},
		"all":                          {"hello", 5, 5},
		"too much":                     {"hello!", 5, 0},
		"a part of unknown size":       {"hel", -1, 3},
		"more than a page of too much": {strings.Repeat("x", 100_000), 5, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openAt(t, dir, Options{})
			expect := blob.Expect{SHA256: blobtest.RefOf("hello").SHA256, Size: c.size}
			if err := os.WriteFile(s.partialPath(expect.SHA256), []byte(c.left), 0o600); err != nil {
				t.Fatal(err)
			}
			closeStore(t, s)
			s = openAt(t, dir, Options{})
			w, err := s.Resume(t.Context(), expect)
			if err != nil || w.Offset() != c.offset {
				t.Fatalf("got offset %d, %v", w.Offset(), err)
			}
			if _, err := io.WriteString(w, "hello"[c.offset:]); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Commit(); err != nil {
				t.Fatal(err)
			}
			blobtest.CheckHolds(t, s, "hello")
		})
	}
}

func TestTheOldestPartialsGoFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	limits := Options{Partials: 2}
	s := openAt(t, dir, limits)
	for _, data := range []string{"first", "second", "third"} {
		interrupt(t, s, data, 2)
	}
	if n := len(files(t, dir)); n != 2 {
		t.Errorf("%d partials are kept", n)
	}
	for data, want := range map[string]int64{"second": 2, "third": 2} {
		if got := offset(t, s, data); got != want {
			t.Errorf("%s: %d bytes kept, want %d", data, got, want)
		}
	}
	closeStore(t, s)
	limits.Partials = 1
	openAt(t, dir, limits)
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d partials are kept after a restart", n)
	}
}

func TestOldPartialsGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	interrupt(t, s, "old", 2)
	interrupt(t, s, "young", 2)
	long := time.Now().Add(-8 * 24 * time.Hour)
	if err := os.Chtimes(s.partialPath(blobtest.RefOf("old").SHA256), long, long); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	openAt(t, dir, Options{})
	checkFiles(t, dir, "staged/partial/"+blobtest.RefOf("young").SHA256.String())
}

func TestAPartialIsDroppedWhenTheBlobComesOtherwise(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	interrupt(t, s, "hello", 2)
	blobtest.Put(t, s, "hello")
	checkFiles(t, dir, "staged/committed/"+blobtest.RefOf("hello").SHA256.String())
}

func TestReadingBackEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{})
	interrupt(t, s, "hello", 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Resume(ctx, blob.Expect(blobtest.RefOf("hello"))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := offset(t, s, "hello"); got != 2 {
		t.Errorf("%d bytes are kept", got)
	}
}
