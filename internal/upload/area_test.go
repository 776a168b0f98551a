package upload_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// newArea returns an empty area that is a folder in a folder.
func newArea(t *testing.T) (area *upload.Area, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "upload")
	return upload.New(folder, upload.Options{MaxFile: 1 << 20}), folder
}

func put(t *testing.T, a *upload.Area, dir, name, text string) {
	t.Helper()
	if size, err := a.Put(t.Context(), dir, name, strings.NewReader(text)); err != nil || size != int64(len(text)) {
		t.Fatalf("putting %s/%s: %d bytes, %v", dir, name, size, err)
	}
}

func get(t *testing.T, a *upload.Area, name string) string {
	t.Helper()
	f, err := a.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFilesArePutReplacedListedAndDropped(t *testing.T) {
	t.Parallel()
	a, folder := newArea(t)
	if dirs, err := a.Dirs(); err != nil || len(dirs) != 0 {
		t.Errorf("before anything came: %q, %v", dirs, err)
	}
	put(t, a, "b", "one", "first")
	put(t, a, "b", "one", "second")
	put(t, a, "b/deep/er", "two", "")
	put(t, a, "a", "three", "x")
	if dirs, err := a.Dirs(); err != nil || !slices.Equal(dirs, []string{"a", "b"}) {
		t.Errorf("directories %q, %v", dirs, err)
	}
	if names, err := a.Walk(t.Context(), "b"); err != nil || !slices.Equal(names, []string{"deep/er/two", "one"}) {
		t.Errorf("files %q, %v", names, err)
	}
	if got := get(t, a, "b/one"); got != "second" {
		t.Errorf("the file is %q", got)
	}
	for range 2 { // the second time there is nothing
		if err := a.Drop("b", "one"); err != nil {
			t.Error(err)
		}
		if err := a.Drop("a", ""); err != nil {
			t.Error(err)
		}
	}
	if _, err := a.Walk(t.Context(), "a"); !problem.Is(err, problem.NotFound) {
		t.Errorf("a dropped directory: %v", err)
	}
	if names, err := a.Walk(t.Context(), "b"); err != nil || !slices.Equal(names, []string{"deep/er/two"}) {
		t.Errorf("files %q, %v", names, err)
	}
	if left := parts(t, folder); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
}

// parts lists the files at the top of an area, where none belong.
func parts(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestNamesThatLeadElsewhereAreWrong(t *testing.T) {
	t.Parallel()
	a, folder := newArea(t)
	put(t, a, "dir", "file", "x")
	bad := []string{"", ".", "..", "a\x00b", "a\nb", "\x7f", `a\b`, "\xff", strings.Repeat("x", 256)}
	dirs := append([]string{"/", "/etc", "a/../b", "../upload", "a//b", "a/", "./a", strings.Repeat("a/", 16) + "a"}, bad...)
	for _, dir := range dirs {
		_, err := a.Put(t.Context(), dir, "file", strings.NewReader("x"))
		_, walk := a.Walk(t.Context(), dir)
		for doing, err := range map[string]error{"put": err, "drop": a.Drop(dir, "file"), "drop all": a.Drop(dir, ""), "walk": walk} {
			if !problem.Is(err, problem.Invalid) || err.Error() != "wrong dir" {
				t.Errorf("%s in %q: %v", doing, dir, err)
			}
		}
	}
	for _, name := range append([]string{"a/b", "../x", "/x"}, bad...) {
		_, err := a.Put(t.Context(), "dir", name, strings.NewReader("x"))
		if !problem.Is(err, problem.Invalid) || err.Error() != "wrong file" {
			t.Errorf("putting %q: %v", name, err)
		}
		if err := a.Drop("dir", name); name != "" && !problem.Is(err, problem.Invalid) {
			t.Errorf("dropping %q: %v", name, err)
		}
	}
	if outside, err := os.ReadDir(filepath.Dir(folder)); err != nil || len(outside) != 1 {
		t.Errorf("beside the area: %v, %v", outside, err)
	}
}

func TestAnyNameStaysInTheArea(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		outer, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			r.Fatal(err)
		}
		a := upload.New(filepath.Join(outer, "area"), upload.Options{})
		part := rapid.OneOf(rapid.SampledFrom([]string{"..", ".", "", "a", "/", "~", "$HOME", "a b", ".part-x"}), rapid.StringN(0, 8, -1))
		dir := strings.Join(rapid.SliceOfN(part, 1, 5).Draw(r, "dir"), "/")
		name := part.Draw(r, "name")
		_, err = a.Put(context.Background(), dir, name, strings.NewReader("x"))
		if err != nil && !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.Conflict) {
			r.Fatalf("putting %q in %q: %v", name, dir, err)
		}
		if entries, _ := os.ReadDir(outer); len(entries) > 1 {
			r.Fatalf("%q in %q went out of the area: %v", name, dir, entries)
		}
		if err == nil {
			if f, err := a.Open(dir + "/" + name); err != nil {
				r.Fatalf("what was put as %q in %q: %v", name, dir, err)
			} else {
				f.Close()
			}
		}
	})
}

func TestLinksDoNotLeadOut(t *testing.T) {
	t.Parallel()
	a, folder := newArea(t)
	put(t, a, "dir", "file", "x")
	outside := filepath.Join(filepath.Dir(folder), "outside")
	if err := os.MkdirAll(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(outside, "secret")
	for _, err := range []error{
		os.WriteFile(secret, []byte("secret"), 0o600),
		os.Symlink(outside, filepath.Join(folder, "way")),
		os.Symlink(secret, filepath.Join(folder, "dir", "link")),
		syscall.Mkfifo(filepath.Join(folder, "dir", "pipe"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Put(t.Context(), "way", "new", strings.NewReader("x")); err == nil {
		t.Error("a file was put through a link")
	}
	for _, name := range []string{"way/secret", "dir/link", "dir/pipe", "dir/none", "dir"} {
		if f, err := a.Open(name); err == nil {
			t.Errorf("%s was opened", name)
			f.Close()
		}
	}
	if names, err := a.Walk(t.Context(), "dir"); err != nil || !slices.Equal(names, []string{"file"}) {
		t.Errorf("files %q, %v", names, err)
	}
	if err := a.Drop("way", ""); err != nil {
		t.Error(err)
	}
	if err := a.Drop("dir", ""); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(secret); err != nil || string(text) != "secret" {
		t.Errorf("outside is %q, %v", text, err)
	}
}

func TestAFileThatFailsLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	fault := problem.New(problem.Unavailable, "wait")
	for _, c := range []struct {
		name string
		ctx  context.Context
		body io.Reader
		disk error
		kind problem.Kind
	}{
		{"a body without end", nil, endless{}, nil, problem.TooLarge},
		{"one byte more than allowed", nil, bytes.NewReader(make([]byte, 1<<20+1)), nil, problem.TooLarge},
		{"a body cut short", nil, io.MultiReader(strings.NewReader("new"), iotest.ErrReader(io.ErrUnexpectedEOF)), nil, problem.Invalid},
		{"a body that tells its own problem", nil, iotest.ErrReader(fault), nil, problem.Unavailable},
		{"a caller who went away", ended, strings.NewReader("new"), nil, problem.Internal},
		{"a full disk", nil, strings.NewReader("new"), syscall.ENOSPC, problem.Full},
		{"a full quota", nil, strings.NewReader("new"), syscall.EDQUOT, problem.Full},
		{"a broken disk", nil, strings.NewReader("new"), syscall.EIO, problem.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, folder := newArea(t)
			put(t, a, "dir", "file", "old")
			if c.disk != nil {
				a.SetDisk(func([]byte) error { return c.disk })
			}
			ctx := c.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			if _, err := a.Put(ctx, "dir", "file", c.body); !problem.Is(err, c.kind) {
				t.Errorf("the error is %v, of kind %s", err, problem.KindOf(err))
			}
			if got := get(t, a, "dir/file"); got != "old" {
				t.Errorf("the file is %q", got)
			}
			if left := parts(t, folder); len(left) != 0 {
				t.Errorf("left over: %q", left)
			}
		})
	}
	a, _ := newArea(t)
	put(t, a, "dir", "file", strings.Repeat("x", 1<<20)) // as large as allowed
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestAFileAndADirectoryCannotHaveOneName(t *testing.T) {
	t.Parallel()
	a, _ := newArea(t)
	put(t, a, "dir/sub", "file", "x")
	for _, c := range []struct{ dir, name string }{{"dir", "sub"}, {"dir/sub/file", "under"}} {
		if _, err := a.Put(t.Context(), c.dir, c.name, strings.NewReader("x")); !problem.Is(err, problem.Conflict) {
			t.Errorf("putting %s in %s: %v", c.name, c.dir, err)
		}
	}
	if got := get(t, a, "dir/sub/file"); got != "x" {
		t.Errorf("the file is %q", got)
	}
}

func TestManyPutAndDropAtOnce(t *testing.T) {
	t.Parallel()
	a, folder := newArea(t)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 20 {
				text := strings.Repeat(fmt.Sprint(worker), 1000+i)
				if _, err := a.Put(t.Context(), "dir/sub", "file", strings.NewReader(text)); err != nil {
					t.Errorf("putting: %v", err)
				}
				if i%5 == 0 {
					if err := a.Drop("dir", ""); err != nil {
						t.Errorf("dropping: %v", err)
					}
				}
				f, err := a.Open("dir/sub/file")
				if problem.Is(err, problem.NotFound) {
					continue
				} else if err != nil {
					t.Errorf("opening: %v", err)
					continue
				}
				got, err := io.ReadAll(f)
				if err != nil || len(got) < 1000 || strings.Trim(string(got), string(got[:1])) != "" {
					t.Errorf("a file is mixed of several, %v", err)
				}
				f.Close()
			}
		})
	}
	all.Wait()
	if left := parts(t, folder); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
}

func TestOnlyWhatWasReadIsRemoved(t *testing.T) {
	t.Parallel()
	a, folder := newArea(t)
	seen := func(name string) upload.Seen {
		f, err := a.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return f.Seen()
	}
	put(t, a, "dir/sub", "read", "x")
	put(t, a, "dir", "replaced", "old")
	put(t, a, "dir", "gone", "x")
	list := []upload.Seen{seen("dir/sub/read"), seen("dir/replaced"), seen("dir/gone")}
	put(t, a, "dir", "replaced", "new")
	if err := a.Drop("dir", "gone"); err != nil {
		t.Fatal(err)
	}
	if err := a.Remove(list); err != nil {
		t.Fatal(err)
	}
	if names, err := a.Walk(t.Context(), "dir"); err != nil || !slices.Equal(names, []string{"replaced"}) {
		t.Errorf("left are %q, %v", names, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "dir", "sub")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty directory: %v", err)
	}
	if err := a.Remove([]upload.Seen{seen("dir/replaced")}); err != nil {
		t.Fatal(err)
	}
	if dirs, err := a.Dirs(); err != nil || len(dirs) != 0 {
		t.Errorf("directories %q, %v", dirs, err)
	}
}

func TestPartsOfAKilledServerAreRemoved(t *testing.T) {
	t.Parallel()
	a, folder := newArea(t)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(folder, ".part-old")
	for _, name := range []string{old, filepath.Join(folder, ".part-new")} {
		if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	put(t, a, "dir", "file", "x")
	if left := parts(t, folder); !slices.Equal(left, []string{".part-new"}) {
		t.Errorf("left over: %q", left)
	}
}

func TestWithoutAFolderThereIsNoArea(t *testing.T) {
	t.Parallel()
	a := upload.New("", upload.Options{})
	_, err := a.Put(t.Context(), "dir", "file", strings.NewReader("x"))
	if !problem.Is(err, problem.Unavailable) {
		t.Errorf("got %v", err)
	}
}
