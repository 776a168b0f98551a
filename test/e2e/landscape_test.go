package e2e

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// landscape is a migrated host of Landscape, with an upstream and a shell that has the
// programs aptarium and landscape-api.
type landscape struct {
	*aptarium
	shell
	root     string // of the published distributions
	signing  *openpgp.SecretKey
	upstream *testkit.Upstream
}

func newLandscape(t *testing.T) landscape {
	t.Helper()
	a := start(t, t.TempDir())
	home := t.TempDir()
	l := landscape{aptarium: a, root: strings.TrimSuffix(a.url, "/archive") + "/repository/standalone", signing: newKey(t)}
	archiveKey := newKey(t)
	l.upstream = testkit.NewUpstream(ubuntu(t, archiveKey))
	t.Cleanup(l.upstream.Close)
	secret, err := l.signing.Armored()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"secret-key.pem": string(secret), "upstream-key.pem": armored(t, archiveKey)} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.shell = shell{
		dir:  home,
		env:  append(a.landscapeEnv(), "PATH="+programs(t)+":/usr/bin:/bin", "HOME="+home, "UPSTREAM="+l.upstream.URL()),
		same: strings.NewReplacer(strings.TrimSuffix(a.url, "/archive"), "http://HOST", l.upstream.URL(), "UPSTREAM"),
	}
	return l
}

// programs builds the program, under both of its names, and returns the folder.
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "aptarium"), "../../cmd/aptarium")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Symlink("aptarium", filepath.Join(dir, "landscape-api")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// developer is a person who uploads with dput; the key lies in the folder.
func (l landscape) developer(t *testing.T) uploadHouse {
	t.Helper()
	u := uploadHouse{l.aptarium, newDeveloper(t), strings.TrimSuffix(strings.TrimPrefix(l.url, "http://"), "/archive")}
	u.writeProfile("", "")
	if err := os.WriteFile(filepath.Join(l.dir, "developer.pem"), []byte(u.run("gpg", "--export", "--armor", "dev@example.org")), 0o600); err != nil {
		t.Fatal(err)
	}
	return u
}

// ubuntu writes an archive with a series and its updates and security updates.
func ubuntu(t *testing.T, key *openpgp.SecretKey) string {
	t.Helper()
	suite := func(name string, version string, count int) testkit.Suite {
		s := testkit.Suite{Codename: name, Keys: []*openpgp.SecretKey{key}, ByHash: testkit.WithByHash, Architectures: []string{"amd64", "i386"}}
		for i := range count {
			s.Packages = append(s.Packages, testkit.Package{
				Name: "driver" + strconv.Itoa(i), Version: version, Architecture: []string{"amd64", "i386"}[i%2], Component: "restricted",
			})
		}
		s.Packages = append(s.Packages, testkit.Package{Name: "words", Version: version, Architecture: "all", Component: "main"})
		s.Components = []string{"main", "restricted", "universe"}
		return s
	}
	dir := t.TempDir()
	archive := testkit.Archive{Suites: []testkit.Suite{suite("noble", "1", 80), suite("noble-updates", "1.1", 2), suite("noble-security", "1.2", 1)}}
	if err := archive.Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestTheScriptOfLandscapesGuideRuns runs the commands of Landscape's guide to
// repositories, and then lets apt read the result.
func TestTheScriptOfLandscapesGuideRuns(t *testing.T) {
	t.Parallel()
	l := newLandscape(t)
	u := l.developer(t)
	release, updates := newGate(), newGate()
	l.upstream.Inject("*.deb", 0, release.fault)
	l.transcript(t, "landscape-series.txt")
	release.watch(t, l.shell, l.lastActivity(t), "Sync pocket 'release' of series 'noble' in distribution 'ubuntu'")

	l.upstream.Inject("*.deb", 0, updates.fault)
	l.transcript(t, "landscape-profiles.txt")
	close(updates.tokens)
	l.finish(t, l.lastActivity(t))
	l.transcript(t, "landscape-pockets.txt")
	l.finish(t, l.lastActivity(t))
	l.transcript(t, "landscape-pull.txt")
	l.finish(t, l.lastActivity(t))
	if said, err := u.dput("dput-ng", "staging", u.release("1.0", "noble-staging")); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}

	for source, packages := range map[string]int{
		"amd64 noble restricted": 40, "amd64 noble-updates restricted": 1, "i386 jammy main universe": 1, "amd64 noble-staging main": 1, "amd64 noble-testing restricted": 2,
	} {
		architecture, source, _ := strings.Cut(source, " ")
		suite, components, _ := strings.Cut(source, " ")
		text, err := testkit.AptSource(l.root+"/ubuntu", suite, components, l.signing.Public())
		if err != nil {
			t.Fatal(err)
		}
		if got := count(t, testkit.AptOptions{Architecture: architecture, Sources: text}); got != packages {
			t.Errorf("apt sees %d packages in %s, want %d", got, source, packages)
		}
	}
	l.browse(t)
}

// count lets apt read a source, and counts the packages it sees.
func count(t *testing.T, o testkit.AptOptions) int {
	t.Helper()
	apt, err := testkit.NewApt(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := apt.Update(t.Context()); err != nil {
		t.Fatalf("%s\n%v\n%s", o.Sources, err, out)
	}
	n, err := apt.CountPackages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// browse looks at the tree as a browser does.
func (l landscape) browse(t *testing.T) {
	t.Helper()
	for path, wants := range map[string][]string{
		"/ubuntu/":                           {`href="./dists/"`, `href="./pool/"`},
		"/ubuntu/dists/":                     {`href="./noble/"`, `href="./noble-updates/"`, `href="./noble-staging/"`, `href="./jammy-security/"`},
		"/ubuntu/dists/noble/":               {`href="./InRelease"`, `href="./restricted/"`},
		"/ubuntu/pool/":                      {`href="./restricted/"`, `href="./main/"`},
		"/ubuntu/pool/restricted/d/driver0/": {`href="./driver0_1_amd64.deb"`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.root+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s, %v", path, answer.Status, err)
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s does not show %s:\n%s", path, want, text)
			}
		}
	}
}
