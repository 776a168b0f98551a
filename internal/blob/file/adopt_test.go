package file

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
)

// noLinks is a disk on which a file has one name alone.
type noLinks struct{ FS }

func (noLinks) Link(string, string) error { return syscall.EXDEV }

func TestAdoptLinksWhereItCan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fs     func(FS) FS
		linked bool
	}{
		"one file system":     {nil, true},
		"another file system": {func(disk FS) FS { return noLinks{disk} }, false},
	} {
		dir := t.TempDir()
		s, err := Open(filepath.Join(dir, "pool"), Options{FS: c.fs})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		path := filepath.Join(dir, "there.deb")
		if err := os.WriteFile(path, []byte("a package"), 0o644); err != nil {
			t.Fatal(err)
		}
		ref, err := s.Adopt(t.Context(), path, blob.Expect(blobtest.RefOf("a package")))
		if err != nil {
			t.Fatal(err)
		}
		blobtest.Flush(t, s)
		stored, ok := s.Path(ref.SHA256)
		if !ok {
			t.Fatalf("%s: it is not in the pool", name)
		}
		if got := sameFile(t, path, stored); got != c.linked {
			t.Errorf("%s: one file is %t, want %t", name, got, c.linked)
		}
		if left, err := os.ReadDir(s.stagedDir("new")); err != nil || len(left) > 0 {
			t.Errorf("%s: left over: %v, %v", name, left, err)
		}
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	first, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.Stat(b)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(first, second)
}

func TestAdoptedFileThatChangedIsNotGivenOutUnnoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(filepath.Join(dir, "pool"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := filepath.Join(dir, "there.deb")
	if err := os.WriteFile(path, []byte("a package"), 0o644); err != nil {
		t.Fatal(err)
	}
	ref, err := s.Adopt(t.Context(), path, blob.Anything())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("a puckage"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := blob.Verify(t.Context(), s, ref.SHA256); err == nil {
		t.Error("a scrub finds nothing wrong")
	}
}
