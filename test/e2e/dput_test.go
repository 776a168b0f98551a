package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app"
)

// developer is somebody with a key and a source tree, who uploads with dput.
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

// build makes source and binary packages and the signed .changes file, and gives
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

// TestWhatDputUploadsIsIncluded sends a signed upload as aptly's users do, into a
// directory of the files API.
func TestWhatDputUploadsIsIncluded(t *testing.T) {
	t.Parallel()
	a := start(t, t.TempDir())
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dir, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/files/"), "/")
		if r.Method != http.MethodPut || !ok {
			http.Error(w, "PUT a file", http.StatusMethodNotAllowed)
		} else if err := a.PutUpload(a.ctx, dir, name, r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	t.Cleanup(web.Close)
	if _, err := a.CreateRepo(a.ctx, app.NewRepo{Name: "stable"}); err != nil {
		t.Fatal(err)
	}
	d := newDeveloper(t)
	changes := d.build()
	d.write("dput.cf", "[aptarium]\nmethod = http\nfqdn = "+strings.TrimPrefix(web.URL, "http://")+"\nincoming = /api/files/dev\nlogin = *\nallow_unsigned_uploads = 0\n", 0o600)
	d.run("dput", "--config", filepath.Join(d.home, "dput.cf"), "aptarium", changes)

	uploaded, err := a.UploadedFiles(a.ctx, "dev")
	want := []string{"hello_1.0.dsc", "hello_1.0.tar.xz", "hello_1.0_all.buildinfo", "hello_1.0_all.changes", "hello_1.0_all.deb"}
	if err != nil || !slices.Equal(uploaded, want) {
		t.Fatalf("uploaded were %q, %v", uploaded, err)
	}
	stranger := app.IncludeOptions{Keyrings: []string{armored(t, newKey(t))}}
	r, err := a.IncludeChanges(a.ctx, "{{.Distribution}}", "dev", "", stranger)
	if err != nil || len(r.Added) != 0 || len(r.Failed) != 1 {
		t.Errorf("without the developer's key: %+v, %v", r, err)
	}
	key := d.run("gpg", "--export", "--armor", "dev@example.org")
	r, err = a.IncludeChanges(a.ctx, "{{.Distribution}}", "dev", "", app.IncludeOptions{Keyrings: []string{key}})
	if err != nil || len(r.Added) != 2 || len(r.Failed)+len(r.Warnings) != 0 {
		t.Errorf("with the developer's key: %+v, %v", r, err)
	}
	if dirs, err := a.UploadDirs(a.ctx); err != nil || len(dirs) != 0 {
		t.Errorf("left are %q, %v", dirs, err)
	}
	a.publish("repo:stable")
	apt := a.apt("amd64")
	if out, err := apt.Update(t.Context()); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
