package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/server"
)

// developer is a person with a key and a source tree, who uploads with dput.
type developer struct {
	tb   testing.TB
	home string // with the keyring and dput's configuration
	tree string // the source tree
}

func newDeveloper(t *testing.T) developer {
	t.Helper()
	home, err := os.MkdirTemp("", "dput") // the path of the agent's socket must be short
	if err != nil {
		t.Fatal(err)
	}
	d := developer{t, home, filepath.Join(home, "hello-1.0")}
	t.Cleanup(func() {
		d.run("gpgconf", "--kill", "all")
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	for name, text := range map[string]string{
		".gnupg/gpg.conf":                      "batch\n",
		"hello-1.0/debian/changelog":           "hello (1.0) stable; urgency=medium\n\n  * First.\n\n -- Dev <dev@example.org>  Fri, 20 Nov 2026 12:00:00 +0000\n",
		"hello-1.0/debian/control":             "Source: hello\nSection: misc\nPriority: optional\nMaintainer: Dev <dev@example.org>\nStandards-Version: 4.7.0\n\nPackage: hello\nArchitecture: all\nDescription: test\n A test.\n",
		"hello-1.0/debian/source/format":       "3.0 (native)\n",
		"hello-1.0/debian/tmp/usr/share/hello": "hello\n",
		"hello-1.0/debian/rules":               "#!/usr/bin/make -f\n",
	} {
		d.write(name, text, 0o600)
	}
	if err := os.Chmod(filepath.Join(home, ".gnupg"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.run("gpg", "--quick-gen-key", "--passphrase", "", "Dev <dev@example.org>", "ed25519", "sign", "never")
	return d
}

func (d developer) write(name, text string, mode os.FileMode) {
	d.tb.Helper()
	name = filepath.Join(d.home, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		d.tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		d.tb.Fatal(err)
	}
}

// run runs a program in the source tree.
func (d developer) run(name string, args ...string) string {
	d.tb.Helper()
	c := exec.CommandContext(d.tb.Context(), name, args...)
	if d.tb.Context().Err() != nil {
		c = exec.Command(name, args...) // the test is over, and this clears up
	}
	c.Dir = d.tree
	c.Env = append(os.Environ(), "HOME="+d.home, "GNUPGHOME="+filepath.Join(d.home, ".gnupg"), "LC_ALL=C.UTF-8", "no_proxy=127.0.0.1", "http_proxy=")
	out, err := c.CombinedOutput()
	if err != nil {
		d.tb.Fatalf("%s %q: %v\n%s\n(Debian's packages dput-ng, dpkg-dev and gnupg must be installed: run test/setup)", name, args, err, out)
	}
	return string(out)
}

// build makes source and binary packages and the signed .changes file, and returns
// its path.
func (d developer) build() string {
	d.tb.Helper()
	d.run("dpkg-source", "--build", ".")
	d.run("mkdir", "debian/tmp/DEBIAN")
	d.run("dpkg-gencontrol", "-phello", "-Pdebian/tmp")
	d.run("dpkg-deb", "--root-owner-group", "--build", "debian/tmp", "..")
	d.run("dpkg-genbuildinfo", "-O../hello_1.0_all.buildinfo")
	changes := filepath.Join(d.home, "hello_1.0_all.changes")
	d.run("dpkg-genchanges", "-O"+changes)
	d.run("gpg", "--clear-sign", "--output", changes+".asc", changes)
	if err := os.Rename(changes+".asc", changes); err != nil {
		d.tb.Fatal(err)
	}
	return changes
}

// ask sends JSON to aptly's API and wants success.
func (a *aptarium) ask(t *testing.T, method, path string, body any) string {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(a.url, "/archive")+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode/100 != 2 {
		t.Fatalf("%s %s answers %s %s, %v", method, path, answer.Status, text, err)
	}
	return string(text)
}

// TestWhatDputUploadsIsIncluded sends a signed upload as aptly's users do, into a
// directory of the files API, and has it taken in.
func TestWhatDputUploadsIsIncluded(t *testing.T) {
	t.Parallel()
	d := newDeveloper(t)
	trusted := filepath.Join(d.home, "trusted") // the server's, with nobody trusted yet
	a := startWith(t, t.TempDir(), func(c *server.Config) { c.TrustLoopback = true }, server.Seams{GnuPGHome: trusted})
	if err := os.Mkdir(trusted, 0o700); err != nil {
		t.Fatal(err)
	}
	a.ask(t, "POST", "/api/repos", map[string]string{"Name": "stable"})
	changes := d.build()
	host := strings.TrimSuffix(strings.TrimPrefix(a.url, "http://"), "/archive")
	d.write("dput.cf", "[aptarium]\nmethod = http\nfqdn = "+host+"\nincoming = /api/files/dev\nlogin = *\nallow_unsigned_uploads = 0\n", 0o600)
	d.run("dput", "--config", filepath.Join(d.home, "dput.cf"), "aptarium", changes)

	var uploaded []string
	if err := json.Unmarshal([]byte(a.ask(t, "GET", "/api/files/dev", nil)), &uploaded); err != nil {
		t.Fatal(err)
	}
	want := []string{"hello_1.0.dsc", "hello_1.0.tar.xz", "hello_1.0_all.buildinfo", "hello_1.0_all.changes", "hello_1.0_all.deb"}
	if !slices.Equal(uploaded, want) {
		t.Fatalf("uploaded were %q", uploaded)
	}
	include := func() (report struct {
		Report      struct{ Warnings, Added, Removed []string }
		FailedFiles []string
	}) {
		t.Helper()
		if err := json.Unmarshal([]byte(a.ask(t, "POST", "/api/repos/%7B%7B.Distribution%7D%7D/include/dev", nil)), &report); err != nil {
			t.Fatal(err)
		}
		return report
	}
	if report := include(); len(report.Report.Added) != 0 || len(report.FailedFiles) != 1 {
		t.Errorf("while the developer is not trusted: %+v", report)
	}
	a.ask(t, "POST", "/api/gpg/key", map[string]string{"GpgKeyArmor": d.run("gpg", "--export", "--armor", "dev@example.org")})
	if report := include(); !slices.Equal(slices.Sorted(slices.Values(report.Report.Added)), []string{"hello_1.0_all added", "hello_1.0_source added"}) || len(report.FailedFiles)+len(report.Report.Warnings) != 0 {
		t.Errorf("with the developer's key: %+v", report)
	}
	if left := a.ask(t, "GET", "/api/files", nil); left != "[]" {
		t.Errorf("left are %s", left)
	}
	a.publish("repo:stable")
	apt := a.apt("amd64")
	if out, err := apt.Update(t.Context()); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
