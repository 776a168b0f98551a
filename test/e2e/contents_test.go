package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestAptFileFindsThePackageOfAFile: as apt's own verified download, in each of
// the places where clients look for it.
func TestAptFileFindsThePackageOfAFile(t *testing.T) {
	t.Parallel()
	for _, places := range []publish.Contents{publish.ContentsByComponent, publish.ContentsBySuite, publish.ContentsByBoth} {
		t.Run(string(places), func(t *testing.T) {
			t.Parallel()
			a := start(t, t.TempDir())
			if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}); err != nil {
				t.Fatal(err)
			}
			a.add("tools", installs("hello", "amd64", "usr/bin/hello", "usr/share/hello/a file, with spaces"))
			a.add("tools", installs("hello-common", "all", "usr/share/hello/icon.png"))
			a.add("tools", installs("foreign", "arm64", "usr/bin/foreign"))
			_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"repo:tools"},
				Options: publications.PublishOptions{Contents: places}})
			a.done(x, err)
			apt := a.aptFile("amd64")
			aptFile(t, apt, "update")
			for path, want := range map[string]string{
				"/usr/bin/hello":                       "hello: /usr/bin/hello\n",
				"/usr/share/hello/a file, with spaces": "hello: /usr/share/hello/a file, with spaces\n",
				"/usr/share/hello/icon.png":            "hello-common: /usr/share/hello/icon.png\n",
			} {
				if got := aptFile(t, apt, "search", "--fixed-string", path); got != want {
					t.Errorf("%s: %q, want %q", path, got, want)
				}
			}
			if out, err := apt.Run(t.Context(), "apt-file", "search", "usr/bin/foreign"); err == nil {
				t.Errorf("a file of another architecture is found: %s", out)
			}
			a.add("tools", installs("twin", "amd64", "usr/bin/hello", "usr/bin/twin"))
			a.update()
			aptFile(t, apt, "update")
			if got := aptFile(t, apt, "search", "--fixed-string", "/usr/bin/hello"); got != "hello: /usr/bin/hello\ntwin: /usr/bin/hello\n" {
				t.Errorf("a file of two packages: %q", got)
			}
			if got := aptFile(t, apt, "list", "twin"); got != "twin: /usr/bin/hello\ntwin: /usr/bin/twin\n" {
				t.Errorf("the files of a package: %q", got)
			}
		})
	}
}

// installs makes a package of these files.
func installs(name, architecture string, paths ...string) testkit.Package {
	p := testkit.Package{Name: name, Version: "1", Architecture: architecture}
	for _, path := range paths {
		p.Files = append(p.Files, debfile.File{Name: path, Body: []byte(name)})
	}
	return p
}

// aptFile runs apt-file, which must succeed.
func aptFile(t *testing.T, apt *testkit.Apt, args ...string) string {
	t.Helper()
	out, err := apt.Run(t.Context(), "apt-file", args...)
	if err != nil || strings.Contains(out, "W:") {
		t.Fatalf("apt-file %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// aptFile returns a client of debian stable as apt-file configures apt.
func (a *aptarium) aptFile(architecture string) *testkit.Apt {
	a.tb.Helper()
	config, err := os.ReadFile("/etc/apt/apt.conf.d/50apt-file.conf")
	if err != nil {
		a.tb.Fatal("apt-file is missing; please install the Debian package apt-file: ", err)
	}
	show, err := a.Publications.Get(a.ctx, "debian", "stable")
	if err != nil {
		a.tb.Fatal(err)
	}
	apt, err := testkit.NewApt(a.tb.TempDir(), testkit.AptOptions{Architecture: architecture, Sources: show.SourcesFile, Config: string(config)})
	if err != nil {
		a.tb.Fatal(err)
	}
	return apt
}
