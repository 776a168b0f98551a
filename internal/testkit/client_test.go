package testkit_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// The packages that most tests here use: greeter depends on words and on
// something outside of the archive.
var (
	words   = testkit.Package{Name: "words", Version: "2:1.5-1", Architecture: "all", Section: "text"}
	greeter = testkit.Package{
		Name: "greeter", Version: "1.0", Architecture: "amd64", Depends: "words (>= 2:1), libc6 (>= 2.30)", Compression: debfile.Zstd,
		Files: []debfile.File{{Name: "usr/bin/greeter", Mode: 0o755, Body: []byte("#!/bin/sh\necho hello\n")}},
	}
)

func newKey(t *testing.T) *openpgp.SecretKey {
	t.Helper()
	key, err := testkit.NewKey("Example archive")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// serve writes an archive of one suite and serves it.
func serve(t *testing.T, suite testkit.Suite) *testkit.Upstream {
	t.Helper()
	dir := t.TempDir()
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	upstream := testkit.NewUpstream(dir)
	t.Cleanup(upstream.Close)
	return upstream
}

// newApt makes an amd64 client of one suite of an upstream.
func newApt(t *testing.T, upstream *testkit.Upstream, suite, components string, key *openpgp.SecretKey) *testkit.Apt {
	t.Helper()
	source, err := testkit.AptSource(upstream.URL(), suite, components, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	source = strings.Replace(source, "Types: deb", "Types: deb deb-src", 1)
	apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{
		Architecture: "amd64", Sources: source, Installed: []string{"libc6=2.36-9"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return apt
}

func TestAptInstallsFromAnArchive(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	stable := testkit.Suite{
		Codename: "stable", Packages: []testkit.Package{greeter, words}, Keys: []*openpgp.SecretKey{key},
		Sources: []testkit.Source{{Name: "greeter", Version: "1.0-2"}},
	}
	for name, change := range map[string]func(*testkit.Suite){
		"as it comes":             func(*testkit.Suite) {},
		"gz, the text not served": func(s *testkit.Suite) { s.Formats = []compress.Format{compress.Gzip} },
		"xz":                      func(s *testkit.Suite) { s.Formats = []compress.Format{compress.XZ} },
		"zst, only by hash":       func(s *testkit.Suite) { s.Formats, s.ByHash = []compress.Format{compress.Zstd}, testkit.OnlyByHash },
		"bz2":                     func(s *testkit.Suite) { s.Formats = []compress.Format{compress.Bzip2} },
		"all apart":               func(s *testkit.Suite) { s.All = testkit.AllApart },
		"all in both":             func(s *testkit.Suite) { s.All = testkit.AllInBoth },
		"every sum": func(s *testkit.Suite) {
			s.ReleaseSums, s.ByHash = []string{"MD5Sum", "SHA1", "SHA256", "SHA512"}, testkit.WithByHash
		},
		"InRelease alone":          func(s *testkit.Suite) { s.Signature = testkit.InlineOnly },
		"Release.gpg alone":        func(s *testkit.Suite) { s.Signature = testkit.DetachedOnly },
		"flat in the root":         func(s *testkit.Suite) { s.Flat, s.Path = true, "" },
		"flat in a folder":         func(s *testkit.Suite) { s.Flat, s.Path = true, "sub" },
		"signed by two":            func(s *testkit.Suite) { s.Keys = append([]*openpgp.SecretKey{newKey(t)}, s.Keys...) },
		"valid for a while":        func(s *testkit.Suite) { s.ValidUntil = time.Now().Add(time.Hour) },
		"with empty lines at ends": func(s *testkit.Suite) { s.Bomb = 100 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite, at, components := stable, "stable", "main"
			change(&suite)
			if suite.Flat {
				at, components = suite.Path+"/", ""
			}
			apt := newApt(t, serve(t, suite), at, components, key)
			if out, err := apt.Update(t.Context()); err != nil {
				t.Fatal(out, err)
			}
			if _, err := apt.Install(t.Context(), "greeter"); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(apt.Root(), "usr/bin/greeter")); string(got) != string(greeter.Files[0].Body) {
				t.Errorf("installed %q, %v", got, err)
			}
		})
	}
}

func TestAptTellsWhatItSees(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	older := words
	older.Version = "1.4"
	for _, flat := range []bool{false, true} {
		suite := testkit.Suite{
			Codename: "stable", Flat: flat, Packages: []testkit.Package{greeter, words, older}, Keys: []*openpgp.SecretKey{key},
			Sources: []testkit.Source{{Name: "greeter", Version: "1.0-2", Key: key}, {Name: "words", Version: "2:1.5"}},
		}
		apt := newApt(t, serve(t, suite), map[bool]string{false: "stable", true: "/"}[flat], map[bool]string{false: "main"}[flat], key)
		if out, err := apt.Update(t.Context()); err != nil {
			t.Fatal(out, err)
		}
		if n, err := apt.CountPackages(t.Context()); n != 3 || err != nil {
			t.Errorf("apt sees %d packages, %v; want 3", n, err)
		}
		if _, err := apt.Install(t.Context(), "words=1.4"); err != nil {
			t.Error(err)
		}
		installed, err := apt.InstalledVersion(t.Context(), "words")
		candidate, err2 := apt.Candidate(t.Context(), "words")
		if installed != "1.4" || candidate != words.Version || errors.Join(err, err2) != nil {
			t.Errorf("words is installed in version %q, the candidate is %q, %v", installed, candidate, errors.Join(err, err2))
		}
		if paths, err := apt.DownloadSource(t.Context(), "greeter"); len(paths) != 3 || err != nil {
			t.Errorf("the source has files %q, %v", paths, err)
		}
	}
}

func TestAptRefuses(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	listed := words
	listed.Listed = map[string]string{"SHA256": strings.Repeat("0", 64), "MD5sum": ""}
	for name, c := range map[string]struct {
		suite testkit.Suite
		want  string
	}{
		"text before the signed block": {testkit.Suite{Before: "Origin: mallory\n\n"}, "Clearsigned file"},
		"an expired Release":           {testkit.Suite{ValidUntil: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)}, "is expired"},
		"a Release of the future":      {testkit.Suite{Date: time.Now().Add(24 * time.Hour)}, "is not valid yet"},
		"another key":                  {testkit.Suite{Keys: []*openpgp.SecretKey{newKey(t)}}, "NO_PUBKEY"},
		"weak sums alone":              {testkit.Suite{ReleaseSums: []string{"MD5Sum"}}, "No Hash entry"},
		"a listed size that is wrong": {testkit.Suite{EditEntries: func(entries []testkit.ReleaseEntry) []testkit.ReleaseEntry {
			for i := range entries {
				entries[i].Size++
			}
			return entries
		}}, "unexpected size"},
		"a package that is not what is listed": {testkit.Suite{Packages: []testkit.Package{listed}}, "Hash Sum mismatch"},
		"a package that is missing":            {testkit.Suite{Packages: []testkit.Package{{Name: "words", Version: "1", Architecture: "all", Missing: true}}}, "404"},
		"a component that is not there":        {testkit.Suite{Components: []string{"contrib"}, Packages: []testkit.Package{}}, "doesn't have the component"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite := c.suite
			suite.Codename = "stable"
			if suite.Packages == nil {
				suite.Packages = []testkit.Package{words}
			}
			if suite.Keys == nil {
				suite.Keys = []*openpgp.SecretKey{key}
			}
			apt := newApt(t, serve(t, suite), "stable", "main", key)
			updated, err := apt.Update(t.Context())
			downloaded := ""
			if err == nil {
				downloaded, err = apt.Run(t.Context(), "apt-get", "download", "words")
			}
			if !strings.Contains(updated+downloaded, c.want) {
				t.Errorf("apt said\n%s\n%s%v; want %q", updated, downloaded, err, c.want)
			}
		})
	}
}

func TestAptErrorsCarryItsOutput(t *testing.T) {
	t.Parallel()
	apt := newApt(t, serve(t, testkit.Suite{Codename: "stable", Keys: []*openpgp.SecretKey{newKey(t)}}), "unknown", "main", newKey(t))
	if _, err := apt.Update(t.Context()); err == nil || !strings.Contains(err.Error(), "does not have a Release file") {
		t.Errorf("update: %v", err)
	}
	if _, err := apt.Run(t.Context(), "apt-nothing"); err == nil || !strings.Contains(err.Error(), "install the Debian package") {
		t.Errorf("a program that is missing: %v", err)
	}
	if _, err := apt.Install(t.Context(), "greeter"); err == nil || !strings.Contains(err.Error(), "Unable to locate package greeter") {
		t.Errorf("install: %v", err)
	}
	if version, err := apt.Candidate(t.Context(), "greeter"); version != "" || err != nil {
		t.Errorf("candidate %q, %v; want none", version, err)
	}
}

func TestAptDownloadsForOtherArchitectures(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	for _, architecture := range []string{"amd64", "arm64", "riscv64"} {
		foreign := testkit.Package{Name: "cross", Version: "1:3-" + architecture, Architecture: architecture}
		upstream := serve(t, testkit.Suite{Codename: "stable", Packages: []testkit.Package{foreign}, Keys: []*openpgp.SecretKey{key}})
		source, err := testkit.AptSource(upstream.URL(), "stable", "main", nil)
		if err != nil {
			t.Fatal(err)
		}
		apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: architecture, Sources: source, Trusted: key.Public()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := apt.Update(t.Context()); err != nil {
			t.Fatal(err)
		}
		path, err := apt.Download(t.Context(), "cross")
		if err != nil {
			t.Fatal(err)
		}
		want, err := foreign.Deb()
		got, readErr := os.ReadFile(path)
		if diff := cmp.Diff(want, got); diff != "" || errors.Join(err, readErr) != nil {
			t.Errorf("%s: downloaded another file: %s %v", architecture, diff, errors.Join(err, readErr))
		}
		if _, err := apt.Install(t.Context(), "cross"); err != nil {
			t.Error(err)
		}
	}
}
