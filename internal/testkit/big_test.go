package testkit_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/testkit"
)

// bigPackages is enough to reach into every corner of the real index.
const bigPackages = 600

func openBig(t *testing.T) *testkit.Big {
	t.Helper()
	// Not the cached archive: its Packages file may be older.
	big, err := testkit.WriteBigArchive(t.Context(), t.TempDir(), bigPackages)
	if err != nil {
		t.Fatal(err)
	}
	return big
}

// bigStanzas reads the index.
func bigStanzas(t *testing.T, big *testkit.Big) map[string]map[string]string {
	t.Helper()
	compressed, err := os.ReadFile(filepath.Join(big.Dir, "dists", big.Codename, big.Component, "binary-"+big.Architecture, "Packages.gz"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return stanzas(t, text)
}

func TestAptTakesABigArchive(t *testing.T) {
	t.Parallel()
	big, err := testkit.BigArchive(t.Context(), bigPackages) // kept from earlier runs
	if err != nil {
		t.Fatal(err)
	}
	upstream := testkit.NewUpstream(big.Dir)
	defer upstream.Close()
	source, err := testkit.AptSource(upstream.URL(), big.Codename, big.Component, big.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: big.Architecture, Sources: source})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apt.Update(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := apt.CountPackages(t.Context()); n != bigPackages || err != nil {
		t.Errorf("apt sees %d packages, %v", n, err)
	}
	listed := bigStanzas(t, big)
	for _, name := range slices.Sorted(maps.Keys(listed))[:1] {
		if _, err := apt.Download(t.Context(), strings.Replace(name, " ", "=", 1)); err != nil {
			t.Error(err)
		}
	}
}

func TestBigArchiveIsLikeTheRealOne(t *testing.T) {
	t.Parallel()
	text, err := testkit.Packages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours := bigStanzas(t, openBig(t))
	if len(ours) != bigPackages {
		t.Errorf("it has %d packages", len(ours))
	}
	sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	for sc.Next() {
		name := string(sc.Stanza().Get("Package")) + " " + string(sc.Stanza().Get("Version"))
		got, chosen := ours[name]
		if !chosen {
			continue
		}
		delete(ours, name)
		want := stanzas(t, sc.Stanza().Raw())[name]
		for _, field := range []string{"Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512"} {
			delete(got, field)
			delete(want, field)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	for name := range ours {
		t.Errorf("there is no real %s", name)
	}
}

func TestBigArchiveHasItsPackages(t *testing.T) {
	t.Parallel()
	big := openBig(t)
	listed := bigStanzas(t, big)
	for _, stanza := range listed {
		content, err := os.ReadFile(filepath.Join(big.Dir, stanza["Filename"]))
		if err != nil || digest.Of(content).String() != stanza["SHA256"] || len(content) > 16<<10 {
			t.Errorf("%s: %d bytes, %v", stanza["Filename"], len(content), err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed))[:5] {
		run(t, big.Dir, "dpkg", "dpkg-deb", "--contents", listed[name]["Filename"])
	}
}

func TestBigArchiveRefusesAbsurdSizes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 0, 500_001} {
		if _, err := testkit.WriteBigArchive(t.Context(), t.TempDir(), n); err == nil || !strings.Contains(err.Error(), "1 to 500000") {
			t.Errorf("%d packages: %v", n, err)
		}
	}
}
