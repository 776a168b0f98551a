package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/testkit"
)

// published are the places of the furnished aptly's publications.
var published = []struct{ prefix, distribution, components string }{
	{"debian", "stable", "main contrib"}, {".", "testing", "main"}, {"team/tools", "tools", "main"},
}

// TestAptSeesTheSameOfAptlyAndOfItsImport moves a host from aptly to us: after the
// import, apt lists the same packages from both, and installs from ours.
func TestAptSeesTheSameOfAptlyAndOfItsImport(t *testing.T) {
	t.Parallel()
	theirs, err := testkit.NewAptly(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	upstream, err := theirs.Furnish(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	public := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(theirs.Root(), "public"))))
	t.Cleanup(public.Close)

	a := start(t, t.TempDir())
	a.done(a.Imports.Start(a.ctx, imports.ImportPlan{From: imports.FromAptly, Config: theirs.Config(), GnuPGHome: theirs.GnuPGHome()}))

	for _, p := range published {
		source := fmt.Sprintf("Types: deb deb-src\nURIs: %s/%s\nSuites: %s\nComponents: %s\nTrusted: yes\n", public.URL, p.prefix, p.distribution, p.components)
		want := listed(t, updated(t, source))
		ours, err := a.Publications.Get(a.ctx, p.prefix, p.distribution)
		if err != nil {
			t.Fatal(err)
		}
		apt := updated(t, strings.Replace(ours.SourcesFile, "Types: deb\n", "Types: deb deb-src\n", 1))
		if diff := cmp.Diff(want, listed(t, apt)); diff != "" || len(want) == 0 {
			t.Errorf("%s %s as apt sees it (-aptly +ours):\n%s", p.prefix, p.distribution, diff)
		}
		if p.distribution == "testing" {
			if _, err := apt.Install(t.Context(), "hello"); err != nil {
				t.Error(err)
			}
			if _, err := apt.DownloadSource(t.Context(), "hello"); err != nil {
				t.Error(err)
			}
		}
	}
	// What was a mirror there is one here.
	a.done(a.Mirrors.Sync(a.ctx, "main", mirrors.SyncOptions{}))
	m, err := a.Mirrors.Get(a.ctx, "main")
	if err != nil || m.Packages != 5 || m.Suite != "bookworm" {
		t.Errorf("the synced mirror is %+v, %v", m, err)
	}
	if n := upstream.Count("/pool/"); n != countFiles(upstream) {
		t.Errorf("the sync downloaded packages that were here: %v", upstream.Requests("/pool/"))
	}
}

// countFiles counts the requests of aptly alone, which took each file once.
func countFiles(u *testkit.Upstream) int {
	asked := map[string]bool{}
	for _, r := range u.Requests("/pool/") {
		asked[r.Path] = true
	}
	return len(asked)
}

// updated makes an apt that has updated its lists.
func updated(t *testing.T, sources string) *testkit.Apt {
	t.Helper()
	apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Sources: sources, Architecture: "amd64", ForeignArchitectures: []string{"arm64"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apt.Update(t.Context()); err != nil {
		t.Fatal(err)
	}
	return apt
}

// listed returns the packages in apt's lists: component, name, version, architecture
// and the SHA-256 of every file, each once, sorted.
func listed(t *testing.T, apt *testkit.Apt) (list []string) {
	t.Helper()
	for _, kind := range []string{"Packages", "Sources"} {
		targets, err := apt.Run(t.Context(), "apt-get", "indextargets", "--format", "$(COMPONENT) $(FILENAME)", "Created-By: "+kind)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(targets) {
			component, name, _ := strings.Cut(strings.TrimSpace(line), " ")
			text, err := apt.ReadList(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			scanner := deb822.NewScanner(bytes.NewReader([]byte(text)), deb822.Options{})
			for scanner.Next() {
				s := scanner.Stanza()
				list = append(list, fmt.Sprintf("%s %s %s %s %s%s %s/%s", component, s.Get("Package"), s.Get("Version"), s.Get("Architecture"),
					s.Get("SHA256"), sums(t, s), s.Get("Section"), s.Get("Priority")))
			}
			if err := scanner.Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// sums returns the sums of a source's files.
func sums(t *testing.T, s *deb822.Stanza) string {
	t.Helper()
	var all []string
	for sum, err := range deb822.Checksums(s.Get("Checksums-Sha256"), deb822.SHA256) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s=%s", sum.Name, sum.Sum))
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}
