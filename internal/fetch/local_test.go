package fetch

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/problem"
)

// localTree is a mirror on disk with a bit of everything.
func localTree(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"file", "a b%20c+~1.deb", "real/InRelease"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"link": "file", "stable": "real", "dangling": "nothing", "loop": "loop"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// localCases give for each name of localTree how it is answered.
var localCases = map[string]problem.Kind{
	"file":               "",
	"a%20b%2520c+~1.deb": "",
	"link":               "",
	"stable/InRelease":   "",
	"missing":            problem.NotFound,
	"dangling":           problem.NotFound,
	"file/below":         problem.NotFound,
	"loop":               problem.Upstream,
	"real":               problem.Upstream,
	"stable":             problem.Upstream,
	"pipe":               problem.Upstream,
	"nul%00byte":         problem.Upstream,
}

func TestLocalDocuments(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), http.NotFound)
	dir := localTree(t)
	for name, kind := range localCases {
		got, err := b.Document(t.Context(), "file://"+dir+"/"+name, Conditions{}, 100)
		if kind == "" && (err != nil || string(got.Body) != content) || kind != "" && !problem.Is(err, kind) {
			t.Errorf("%s: got %q, %v; want %q", name, got.Body, err, kind)
		}
	}
	if _, err := b.Document(t.Context(), "file://localhost"+dir+"/file", Conditions{}, int64(len(content))); err != nil {
		t.Error(err)
	}
	if _, err := b.Document(t.Context(), "file://"+dir+"/file", Conditions{}, int64(len(content)-1)); !problem.Is(err, problem.TooLarge) {
		t.Errorf("too large: got %v", err)
	}
}

func TestLocalDocumentsTellChanges(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), http.NotFound)
	path := filepath.Join(localTree(t), "file")
	address := (&url.URL{Scheme: "file", Path: path}).String()
	first, err := b.Document(t.Context(), address, Conditions{}, 100)
	if err != nil || first.URL != address {
		t.Fatalf("got %+v, %v", first, err)
	}
	second, err := b.Document(t.Context(), address, first.Conditions, 100)
	if err != nil || !second.NotModified || second.Body != nil || second.Conditions != first.Conditions {
		t.Errorf("unchanged: got %+v, %v", second, err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Unix(1, 1)); err != nil {
		t.Fatal(err)
	}
	third, err := b.Document(t.Context(), address, first.Conditions, 100)
	if err != nil || third.NotModified || third.Conditions == first.Conditions {
		t.Errorf("changed: got %+v, %v", third, err)
	}
}

func TestLocalBlobs(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), http.NotFound)
	dir := localTree(t)
	for name, kind := range localCases {
		for _, size := range []int64{-1, int64(len(content))} {
			store := openStore(t)
			request := b.request("")
			request.URLs = []string{"file://" + dir + "/" + name}
			request.Expect.Size, request.MaxBytes = size, int64(len(content))
			var progress int64
			request.Progress = func(delta int64) { progress += delta }
			ref, err := b.Blob(t.Context(), store, request)
			switch {
			case kind != "" && !problem.Is(err, kind):
				t.Errorf("%s: got %v, want %q", name, err, kind)
			case kind == "" && (err != nil || ref != blobtest.RefOf(content) || progress != ref.Size):
				t.Errorf("%s: got %v with progress %d, %v", name, ref, progress, err)
			}
		}
	}
}

func TestLocalBlobsAreVerified(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), good)
	path := filepath.Join(t.TempDir(), "x")
	for name, data := range map[string]string{"other bytes": content[1:] + "!", "longer": content + "!", "shorter": content[1:]} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		request := b.request("/x")
		request.URLs = []string{"file://" + path}
		if _, err := b.Blob(t.Context(), b.store, request); !problem.Is(err, problem.Untrusted) {
			t.Errorf("%s: got %v", name, err)
		}
		request.Expect.Size, request.MaxBytes = -1, 10
		if _, err := b.Blob(t.Context(), b.store, request); !problem.Is(err, problem.TooLarge) {
			t.Errorf("%s, with a limit: got %v", name, err)
		}
	}
	blobtest.CheckLacks(t, b.store, content)
	request := b.request("/x")
	request.URLs = append([]string{"file://" + path}, request.URLs...)
	if _, err := b.Blob(t.Context(), b.store, request); err != nil {
		t.Errorf("with a server to fall back on: %v", err)
	}
}
