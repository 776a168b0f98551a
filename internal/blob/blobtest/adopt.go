package blobtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
)

// localFile makes a file with some content.
func localFile(t testing.TB, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func adopt(t *testing.T, s blob.Store) {
	path := localFile(t, "taken")
	want := RefOf("taken")
	for _, expect := range []blob.Expect{blob.Anything(), blob.Expect(want), {SHA256: want.SHA256, Size: -1}} {
		ref, err := blob.Adopt(t.Context(), s, path, expect)
		if err != nil || ref != want {
			t.Errorf("adopting %v returns %v, %v", expect, ref, err)
		}
		CheckHolds(t, s, "taken")
		Flush(t, s)
		CheckHolds(t, s, "taken")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(localFile(t, "behind a link"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.Adopt(t.Context(), s, link, blob.Anything()); err != nil {
		t.Error(err)
	}
	checkEach(t, s, "taken", "behind a link")
	if got, err := os.ReadFile(path); err != nil || string(got) != "taken" {
		t.Errorf("the file is %q, %v now", got, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	CheckHolds(t, s, "taken")
}

func adoptWrong(t *testing.T, s blob.Store) {
	path := localFile(t, "jello")
	for _, expect := range []blob.Expect{
		{SHA256: RefOf("hello").SHA256, Size: -1}, {SHA256: RefOf("hello").SHA256, Size: 5}, {Size: 4},
	} {
		if _, err := blob.Adopt(t.Context(), s, path, expect); !isMismatch(err) {
			t.Errorf("%v: %v", expect, err)
		}
	}
	if _, err := blob.Adopt(t.Context(), s, path+"s", blob.Anything()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("adopting a missing file returns %v", err)
	}
	if _, err := blob.Adopt(t.Context(), s, filepath.Dir(path), blob.Anything()); err == nil {
		t.Error("a directory is taken")
	}
	CheckLacks(t, s, "jello")
	checkEach(t, s)
}
