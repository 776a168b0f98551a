package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestAptReadsWhatWasPublishedAsAptlyDoes: at the root, with a pool for each
// distribution, indexes as bz2 alone, none by hash, an end in a hundred years, and
// signed by a locked key of GnuPG.
func TestAptReadsWhatWasPublishedAsAptlyDoes(t *testing.T) {
	t.Parallel()
	const packages = 300
	home, fingerprint := lockedKey(t)
	a := startWith(t, t.TempDir(), func(*server.Config) {}, server.Seams{GnuPGHome: home})
	signing := &publications.Signing{Keys: []string{"archive@example.org"}, Passphrase: "secret"}
	if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}); err != nil {
		t.Fatal(err)
	}
	for i := range packages {
		a.add("tools", testkit.Package{Name: fmt.Sprintf("package%03d", i), Version: "1", Architecture: "amd64"})
	}
	p, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Prefix: ".", Distribution: "stable", Sources: []string{"main=repo:tools"}, Signing: signing,
		Options: publications.PublishOptions{
			Formats: []compress.Format{compress.Bzip2}, Architectures: []string{"amd64", "source"}, MultiDist: true, NoByHash: true,
			SignedBy: fingerprint, DirectoryReleases: true, NamedByPlace: true,
		}})
	a.done(x, err)
	d, err := a.Publications.Get(a.ctx, p.Place(), "stable")
	if err != nil {
		t.Fatal(err)
	}
	apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: d.SourcesFile})
	if err != nil {
		t.Fatal(err)
	}
	see := func(want int) {
		t.Helper()
		if out, err := apt.Update(t.Context()); err != nil || strings.Contains(out, "\nW:") {
			t.Fatalf("%v\n%s", err, out)
		}
		if n, err := apt.CountPackages(t.Context()); err != nil || n != want {
			t.Errorf("apt sees %d packages, not %d, %v", n, want, err)
		}
	}
	see(packages)
	a.add("tools", testkit.Package{Name: "zoo", Version: "1", Architecture: "amd64"})
	a.done(a.Publications.Update(a.ctx, ".", "stable", publications.PublicationEdit{Signing: &publications.Signing{Passphrase: "secret"}}))
	see(packages + 1)
	if _, err := apt.Download(t.Context(), "zoo"); err != nil {
		t.Error(err)
	}
}

// lockedKey makes a GnuPG home with a key whose passphrase is "secret". Its path is
// short: a socket is in it.
func lockedKey(t *testing.T) (home, fingerprint string) {
	t.Helper()
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() // it may have had no agent
		os.RemoveAll(home)
	})
	c := exec.Command("gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "secret",
		"--quick-generate-key", "archive@example.org", "rsa2048", "sign", "never")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("gpg (of the Debian package gnupg): %v %s", err, out)
	}
	keys, err := gnupg.Program{Home: home}.Secrets(t.Context(), gnupg.Rings{})
	if err != nil {
		t.Fatal(err)
	}
	return home, keys[0].Fingerprint
}
