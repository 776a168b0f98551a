package blob_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

func openStore(t *testing.T) blob.Store {
	t.Helper()
	s, err := file.Open(t.TempDir(), file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func Example() {
	dir, err := os.MkdirTemp("", "pool")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	pool, err := file.Open(dir, file.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	ctx := context.Background()
	promised := blob.Expect{SHA256: digest.Of([]byte("hello")), Size: 5}
	ref, err := blob.Put(ctx, pool, strings.NewReader("hello"), promised)
	fmt.Println(ref.Size, err)
	_, err = blob.Put(ctx, pool, strings.NewReader("jello"), promised)
	fmt.Println(problem.Is(err, problem.Untrusted))
	fmt.Println(pool.Flush(ctx))
	// Output:
	// 5 <nil>
	// true
	// <nil>
}

func TestPutFile(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	path := filepath.Join(t.TempDir(), "x.deb")
	if err := os.WriteFile(path, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	if ref, err := blob.PutFile(t.Context(), s, path, blob.Anything()); err != nil || ref != blobtest.RefOf("hello") {
		t.Errorf("got %v, %v", ref, err)
	}
	if err := os.WriteFile(path, []byte("changed later"), 0o644); err != nil {
		t.Fatal(err)
	}
	blobtest.CheckHolds(t, s, "hello")
	if _, err := blob.PutFile(t.Context(), s, path, blob.Expect{Size: 5}); !problem.Is(err, problem.Untrusted) || !strings.Contains(err.Error(), path) {
		t.Errorf("other bytes: got %v", err)
	}
	if _, err := blob.PutFile(t.Context(), s, path+".not", blob.Anything()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

func TestReadAllIsBounded(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d := blobtest.Put(t, s, "hello").SHA256
	if got, err := blobtest.ReadAll(t.Context(), s, d, 5); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := blobtest.ReadAll(t.Context(), s, d, 4); !problem.Is(err, problem.TooLarge) {
		t.Errorf("got %v", err)
	}
	if _, err := blobtest.ReadAll(t.Context(), s, digest.SHA256{}, 4); !problem.Is(err, problem.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestCopiesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d := blobtest.Put(t, s, "hello").SHA256
	reason := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := blob.Put(ctx, s, strings.NewReader("x"), blob.Anything()); !errors.Is(err, reason) {
		t.Errorf("put gives %v", err)
	}
	if err := blob.Verify(ctx, s, d); !errors.Is(err, reason) {
		t.Errorf("verify gives %v", err)
	}
}

func TestExpectations(t *testing.T) {
	t.Parallel()
	hello := blobtest.RefOf("hello")
	for name, c := range map[string]struct {
		expect blob.Expect
		allows bool
		says   string
	}{
		"anything":     {blob.Anything(), true, "any number of bytes with any SHA-256"},
		"exactly this": {blob.Expect(hello), true, "5 bytes with SHA-256 " + hello.SHA256.String()},
		"its size":     {blob.Expect{Size: 5}, true, "5 bytes with any SHA-256"},
		"its digest":   {blob.Expect{SHA256: hello.SHA256, Size: -1}, true, "any number of bytes with SHA-256 " + hello.SHA256.String()},
		"nothing":      {blob.Expect{}, false, "0 bytes with any SHA-256"},
		"other digest": {blob.Expect{SHA256: digest.SHA256{1}, Size: 5}, false, "5 bytes with SHA-256 01" + strings.Repeat("00", 31)},
	} {
		if got := c.expect.Allows(hello); got != c.allows {
			t.Errorf("%s allows hello: %v", name, got)
		}
		if got := c.expect.String(); got != c.says {
			t.Errorf("%s says %q, want %q", name, got, c.says)
		}
	}
}

func TestMismatchTellsBothSides(t *testing.T) {
	t.Parallel()
	expect, got := blobtest.RefOf("hello"), blobtest.RefOf("jello")
	text := blob.Mismatch(&blob.MismatchError{Expect: blob.Expect(expect), Got: got}).Error()
	if !strings.Contains(text, expect.SHA256.String()) || !strings.Contains(text, got.SHA256.String()) {
		t.Errorf("got %q", text)
	}
	text = blob.Mismatch(&blob.MismatchError{Expect: blob.Expect{Size: 5}, Got: blob.Ref{Size: 6}}).Error()
	if want := "expected 5 bytes with any SHA-256, got 6 bytes"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}
