package testkit_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

func openSlice(t *testing.T) *testkit.Slice {
	t.Helper()
	slice, err := testkit.OpenSlice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slice
}

func TestSliceIsSignedByTheDistribution(t *testing.T) {
	t.Parallel()
	slice := openSlice(t)
	path := filepath.Join(slice.Dir, "dists", slice.Codename, "InRelease")
	if out, err := exec.CommandContext(t.Context(), "gpgv", "--keyring", slice.Keyring, path).CombinedOutput(); err != nil {
		t.Fatalf("gpgv (of the Debian package gpgv): %v\n%s", err, out)
	}
	keys, err := slice.Keys()
	if err != nil {
		t.Fatal(err)
	}
	inRelease, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signed, _, err := openpgp.VerifyClearSigned(inRelease, keys, openpgp.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	release, err := deb822.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	name := slice.Component + "/binary-" + slice.Architecture + "/Packages"
	text, err := os.ReadFile(filepath.Join(slice.Dir, "dists", slice.Codename, name))
	if err != nil {
		t.Fatal(err)
	}
	if line := digest.Of(text).String(); !bytes.Contains(release.Get("SHA256"), []byte(line)) {
		t.Errorf("the Packages file %s is not listed", line)
	}
}

func TestSliceHasThePackagesItNames(t *testing.T) {
	t.Parallel()
	slice := openSlice(t)
	if len(slice.Packages) < 8 || slice.Packages[0].Name != "hello" {
		t.Errorf("the slice has %d packages: %v", len(slice.Packages), slice.Packages)
	}
	for _, p := range slice.Packages {
		content, err := os.ReadFile(filepath.Join(slice.Dir, p.Filename))
		if err != nil || digest.Of(content) != p.SHA256 || int64(len(content)) != p.Size {
			t.Errorf("%s: %d bytes with sum %s, %v", p.Filename, len(content), digest.Of(content), err)
		}
	}
}

func TestSliceIsMadeOnceForAll(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var opened []*testkit.Slice
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			slice, err := testkit.OpenSlice(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			opened = append(opened, slice)
		})
	}
	wg.Wait()
	for _, slice := range opened[1:] {
		if diff := cmp.Diff(opened[0], slice); diff != "" {
			t.Error(diff)
		}
	}
}
