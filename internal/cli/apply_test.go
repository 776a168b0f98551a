package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestTheHouseOfTheDocumentationCanBeBuilt applies the example of the page, over an
// archive of our own.
func TestTheHouseOfTheDocumentationCanBeBuilt(t *testing.T) {
	t.Parallel()
	text := page(t, "apply.md")
	dir := t.TempDir()
	key, err := testkit.NewKey("Example archive")
	if err != nil {
		t.Fatal(err)
	}
	suite := testkit.Suite{
		Codename: "bookworm", Components: []string{"main", "contrib"}, Keys: []*openpgp.SecretKey{key},
		Packages: []testkit.Package{{Name: "a", Version: "1", Architecture: "amd64"}, {Name: "b", Version: "1", Architecture: "arm64", Component: "contrib"}},
	}
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(t.Context(), filepath.Join(dir, "debian")); err != nil {
		t.Fatal(err)
	}
	armored, err := key.Public().Armored()
	if err != nil {
		t.Fatal(err)
	}
	www := t.TempDir()
	_, declared, _ := strings.Cut(text, "```yaml\n")
	declared, _, _ = strings.Cut(declared, "```")
	house := strings.NewReplacer("http://deb.debian.org/debian", "file://"+dir+"/debian",
		"/usr/share/keyrings/debian-archive-keyring.gpg", "debian.asc", "/srv/www/apt", www).Replace(declared)
	for name, data := range map[string][]byte{"debian.asc": armored, "archive.yaml": []byte(house)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	aptarium := func(args ...string) string {
		t.Helper()
		var out, told bytes.Buffer
		s := command.Streams{In: strings.NewReader(""), Out: &out, Err: &told, Getenv: func(name string) string { return map[string]string{"APTARIUM_DATA": filepath.Join(dir, "data")}[name] }}
		if code := run(t.Context(), args, s); code != exitDone {
			t.Fatalf("aptarium %q: %d\n%s%s", args, code, out.String(), told.String())
		}
		return out.String()
	}
	_, plan, _ := strings.Cut(text, "$ aptarium apply archive.yaml --dry-run\n")
	plan, _, _ = strings.Cut(plan, "```")
	if diff := cmp.Diff(plan, aptarium("apply", filepath.Join(dir, "archive.yaml"), "--dry-run")); diff != "" {
		t.Errorf("the plan (-documented +told):\n%s", diff)
	}
	aptarium("apply", filepath.Join(dir, "archive.yaml"))
	if got := aptarium("apply", filepath.Join(dir, "archive.yaml")); got != "Nothing to do: all is as declared.\n" {
		t.Errorf("the second time it tells\n%s", got)
	}
	if shown := aptarium("mirror", "show", "debian"); !regexp.MustCompile(`(?m)^Packages: +2$`).MatchString(shown) {
		t.Errorf("the mirror is\n%s", shown)
	}
	if _, err := os.Stat(filepath.Join(www, "public", "dists", "tools", "Release")); err != nil {
		t.Error(err)
	}
}
