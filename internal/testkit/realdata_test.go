package testkit

import (
	"bytes"
	"path/filepath"
	"testing"
)

func TestPackagesIsALargeRealIndex(t *testing.T) {
	t.Parallel()
	text, err := Packages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\nPackage: ")); n < 10_000 || !bytes.HasPrefix(text, []byte("Package: ")) {
		t.Errorf("%d stanzas in %d bytes", n, len(text))
	}
}

func TestAptFetchesItsListsIntoAPrivateFolderWhereThereAreNone(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	if _, err := mainPackagesList(t.Context(), "-o", "Dir::State::lists="+empty); err != errNoLists {
		t.Fatalf("empty lists: %v", err)
	}
	list, err := updatedPackagesList(t.Context(), filepath.Join(t.TempDir(), "apt"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := cachedText(t.Context(), t.TempDir(), list); err != nil || !bytes.HasPrefix(text, []byte("Package: ")) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
