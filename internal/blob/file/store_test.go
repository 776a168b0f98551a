package file

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// openAt opens the pool in dir until the end of the test.
func openAt(t testing.TB, dir string, options Options) *Store {
	t.Helper()
	s, err := Open(dir, options)
	if err != nil {
		t.Fatalf("open the pool: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// closeStore closes s so that the directory can be opened again.
func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close the pool: %v", err)
	}
}

// files lists the files below dir with slashes, the lock left out.
func files(t testing.TB, dir string) []string {
	t.Helper()
	found := []string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != "lock" {
			name, _ := filepath.Rel(dir, path)
			found = append(found, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func checkFiles(t testing.TB, dir string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t testing.TB) blob.Store { return openAt(t, t.TempDir(), Options{}) })
}

func TestStoreThatHoldsNothingInMemory(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t testing.TB) blob.Store { return openAt(t, t.TempDir(), Options{Held: -1}) })
}

func TestStoreWithoutSyncfs(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t testing.TB) blob.Store {
		return openAt(t, t.TempDir(), Options{FS: func(disk FS) FS { return noSyncAll{disk} }})
	})
}

// noSyncAll is a system that can only sync one file at a time.
type noSyncAll struct{ FS }

func (noSyncAll) SyncAll(string) error { return syscall.ENOSYS }

func TestBlobsMoveFromStagedToPool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	name := blobtest.Put(t, s, "hello").SHA256.String()
	if name[:2] != "2c" {
		t.Fatalf("hello has digest %s", name)
	}
	checkFiles(t, dir, "staged/committed/"+name)
	blobtest.Flush(t, s)
	checkFiles(t, dir, "pool/2c/"+name)
	blobtest.Put(t, s, "hello")
	checkFiles(t, dir, "pool/2c/"+name)
	info, err := os.Stat(filepath.Join(dir, "pool", "2c", name))
	if err != nil || info.Mode() != 0o444 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestNothingIsLeftOfRefusedBlobs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	for _, expect := range []blob.Expect{{Size: 1}, {Size: 1000}, {Size: -1, SHA256: digest.Of([]byte("other"))}} {
		if _, err := blob.Put(t.Context(), s, strings.NewReader("hello"), expect); !problem.Is(err, problem.Untrusted) {
			t.Errorf("%v: got %v", expect, err)
		}
		checkFiles(t, dir)
	}
}

func TestOpenBlobsCanBeSentByTheKernel(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{})
	b, err := s.Open(t.Context(), blobtest.Put(t, s, "hello").SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, ok := b.(syscall.Conn); !ok {
		t.Error("net/http will not use sendfile")
	}
	if w, ok := b.(io.Writer); ok {
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("a reader may write")
		}
	}
}

func TestOneProcessHoldsAPool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	if _, err := Open(dir, Options{}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second one gets %v", err)
	}
	closeStore(t, s)
	openAt(t, dir, Options{})
}

func TestOpenNeedsADirectory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("got %v", err)
	}
}

func TestUnfinishedBlobsAreDroppedAtStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{Held: -1})
	w, err := s.Writer(t.Context(), blob.Anything())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "never committed"); err != nil {
		t.Fatal(err)
	}
	if len(files(t, dir)) != 1 {
		t.Fatalf("files: %v", files(t, dir))
	}
	closeStore(t, s)
	openAt(t, dir, Options{})
	checkFiles(t, dir)
}

func TestUnflushedBlobsAreTakenOver(t *testing.T) {
	t.Parallel()
	asked := map[string]func(*testing.T, *Store, string){
		"by Stat and Open": func(t *testing.T, s *Store, data string) { blobtest.CheckHolds(t, s, data) },
		"by Open": func(t *testing.T, s *Store, data string) {
			if got, err := blobtest.ReadAll(t.Context(), s, digest.Of([]byte(data)), 100); err != nil || string(got) != data {
				t.Errorf("got %q, %v", got, err)
			}
		},
		"by Writer": func(t *testing.T, s *Store, data string) { blobtest.Put(t, s, data) },
		"by Resume": func(t *testing.T, s *Store, data string) {
			if _, err := s.Resume(t.Context(), blob.Expect(blobtest.RefOf(data))); !errors.Is(err, fs.ErrExist) {
				t.Errorf("got %v", err)
			}
		},
		"by Each": func(t *testing.T, s *Store, data string) {
			for ref, err := range s.Each(t.Context()) {
				if err != nil || ref != blobtest.RefOf(data) {
					t.Errorf("got %v, %v", ref, err)
				}
			}
		},
	}
	for name, ask := range asked {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openAt(t, dir, Options{})
			ref := blobtest.Put(t, s, "left over")
			closeStore(t, s)
			s = openAt(t, dir, Options{})
			checkFiles(t, dir, "staged/committed/"+ref.SHA256.String())
			ask(t, s, "left over")
			blobtest.Flush(t, s)
			checkFiles(t, dir, "pool/"+ref.SHA256.String()[:2]+"/"+ref.SHA256.String())
			blobtest.CheckHolds(t, s, "left over")
		})
	}
}

func TestDamagedLeftoversAreDropped(t *testing.T) {
	t.Parallel()
	for name, bytes := range map[string]string{"zeros": "\x00\x00\x00\x00\x00", "short": "hel", "empty": "", "long": "hello\x00"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			closeStore(t, openAt(t, dir, Options{}))
			left := filepath.Join(dir, "staged", "committed", digest.Of([]byte("hello")).String())
			if err := os.WriteFile(left, []byte(bytes), 0o444); err != nil {
				t.Fatal(err)
			}
			s := openAt(t, dir, Options{})
			blobtest.CheckLacks(t, s, "hello")
			checkFiles(t, dir)
			blobtest.Flush(t, s)
			blobtest.Put(t, s, "hello")
			blobtest.CheckHolds(t, s, "hello")
		})
	}
}

func TestALeftoverOfAPooledBlobIsDropped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	name := blobtest.Put(t, s, "hello").SHA256.String()
	blobtest.Flush(t, s)
	closeStore(t, s)
	if err := os.WriteFile(filepath.Join(dir, "staged", "committed", name), []byte("hel"), 0o444); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir, Options{})
	blobtest.CheckHolds(t, s, "hello")
	blobtest.Put(t, s, "hello")
	checkFiles(t, dir, "pool/2c/"+name)
}

func TestStrayFilesAreNoBlobs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	ref := blobtest.Put(t, s, "hello")
	blobtest.Flush(t, s)
	shelf := filepath.Join(dir, "pool", "2c")
	other := digest.SHA256{0x2c}
	if err := errors.Join(
		os.WriteFile(filepath.Join(shelf, "notes.txt"), nil, 0o644),
		os.Mkdir(filepath.Join(shelf, other.String()), 0o755),
		os.WriteFile(filepath.Join(dir, "staged", "committed", "notes.txt"), nil, 0o644),
		os.WriteFile(filepath.Join(dir, "staged", "partial", "notes.txt"), nil, 0o644),
	); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = openAt(t, dir, Options{})
	for got, err := range s.Each(t.Context()) {
		if err != nil || got != ref {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if _, err := s.Stat(t.Context(), other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory is a blob: %v", err)
	}
}

func TestDamageInThePoolIsSeenAndMended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	ref := blobtest.Put(t, s, "hello")
	blobtest.Flush(t, s)
	damage := func(bytes string) {
		path := s.poolPath(ref.SHA256)
		if err := errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, []byte(bytes), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, bytes := range []string{"jello", "hell", "hello!"} {
		damage(bytes)
		if err := blob.Verify(t.Context(), s, ref.SHA256); !problem.Is(err, problem.Untrusted) {
			t.Errorf("%q: verify gives %v", bytes, err)
		}
		if len(bytes) == len("hello") { // only reading it all finds this one
			if err := s.Remove(t.Context(), ref.SHA256); err != nil {
				t.Fatal(err)
			}
		}
		blobtest.Put(t, s, "hello")
		blobtest.Flush(t, s)
		blobtest.CheckHolds(t, s, "hello")
	}
}
