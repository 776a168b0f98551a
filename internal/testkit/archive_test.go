package testkit_test

import (
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// run runs a program of a Debian package in a folder.
func run(t *testing.T, dir, debianPackage, program string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s (of the Debian package %s): %v\n%s", program, debianPackage, err, &stderr)
	}
	return out
}

func filesOf(t *testing.T, suites ...testkit.Suite) map[string][]byte {
	t.Helper()
	files, err := testkit.Archive{Suites: suites}.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func names(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }

// stanzas returns the fields of each stanza by its Package and Version.
func stanzas(t *testing.T, text []byte) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	for sc.Next() {
		fields := map[string]string{}
		for _, field := range sc.Stanza().Fields {
			fields[string(field.Name)] = string(field.Value)
		}
		found[fields["Package"]+" "+fields["Version"]] = fields
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestArchiveAgreesWithAptFtparchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	suite := testkit.Suite{
		Codename:    "stable",
		PackageSums: []string{"MD5sum", "SHA1", "SHA256", "SHA512"},
		Packages: []testkit.Package{
			words, greeter,
			{Name: "libfoo1", Version: "3.1-4", Architecture: "amd64", Source: "foo (3.1)", Fields: map[string]string{"Multi-Arch": "same", "Homepage": "https://example.org/"}},
			{Name: "foo-tools", Version: "1", Architecture: "amd64", Priority: "extra", Description: "tools\n Of several lines,\n .\n with an empty one."},
		},
		Sources: []testkit.Source{{Name: "foo", Version: "3.1", Binaries: []string{"libfoo1", "foo-tools"}, Listed: map[string]string{"Section": "", "Priority": ""}}},
	}
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	for kind, index := range map[string]string{"packages": "binary-amd64/Packages", "sources": "source/Sources"} {
		ours, err := os.ReadFile(filepath.Join(dir, "dists/stable/main", index))
		if err != nil {
			t.Fatal(err)
		}
		theirs := stanzas(t, run(t, dir, "apt-utils", "apt-ftparchive",
			"-o", "APT::FTPArchive::SHA512=true", "-o", "APT::FTPArchive::Sources::SHA512=false", kind, "pool"))
		for _, fields := range theirs {
			for _, name := range []string{"Section", "Priority"} { // of sources apt-ftparchive invents them
				if kind == "sources" {
					delete(fields, name)
				}
			}
		}
		if diff := cmp.Diff(theirs, stanzas(t, ours)); diff != "" {
			t.Errorf("apt-ftparchive %s (-) and the archive (+):\n%s", kind, diff)
		}
	}
}

func TestArchiveIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	suite := testkit.Suite{
		Codename: "stable", ByHash: testkit.WithByHash, Formats: []compress.Format{compress.Gzip, compress.XZ, compress.Zstd},
		Packages: []testkit.Package{words, greeter}, Sources: []testkit.Source{{Name: "words", Version: "1-2"}}, Keys: []*openpgp.SecretKey{newKey(t)},
	}
	if diff := cmp.Diff(filesOf(t, suite), filesOf(t, suite)); diff != "" {
		t.Error(diff)
	}
}

func TestDpkgSourceUnpacksSources(t *testing.T) {
	t.Parallel()
	for version, tars := range map[string]int{"1.0": 1, "1:2.0-3": 2} {
		source := testkit.Source{Name: "greeter", Version: version, Key: newKey(t)}
		files, err := source.SourceFiles(t.Context())
		if err != nil || len(files) != 1+tars {
			t.Fatalf("version %s: files %q, %v", version, names(files), err)
		}
		dir := t.TempDir()
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		run(t, dir, "dpkg-dev", "dpkg-source", "--no-check", "-x", source.DscName(), "unpacked")
		if text, err := os.ReadFile(filepath.Join(dir, "unpacked/README")); err != nil || !strings.Contains(string(text), "greeter") {
			t.Errorf("version %s: unpacked %q, %v", version, text, err)
		}
	}
}

func TestArchiveLayout(t *testing.T) {
	t.Parallel()
	pkg := testkit.Package{Name: "libfoo1", Version: "1:2-3", Architecture: "amd64", Source: "foo"}
	all := testkit.Package{Name: "doc", Version: "1", Architecture: "all"}
	const debs = "pool/main/d/doc/doc_1_all.deb pool/main/f/foo/libfoo1_2-3_amd64.deb "
	none := []compress.Format{compress.None}
	for name, c := range map[string]struct {
		suite testkit.Suite
		want  string
	}{
		"unsigned":            {testkit.Suite{}, "dists/s/Release dists/s/main/binary-amd64/Packages " + debs},
		"another path":        {testkit.Suite{Path: "s/updates"}, "dists/s/updates/Release dists/s/updates/main/binary-amd64/Packages " + debs},
		"an empty component":  {testkit.Suite{Components: []string{"main", "extra"}}, "dists/s/Release dists/s/extra/binary-amd64/Packages dists/s/main/binary-amd64/Packages " + debs},
		"two architectures":   {testkit.Suite{Architectures: []string{"amd64", "arm64"}}, "dists/s/Release dists/s/main/binary-amd64/Packages dists/s/main/binary-arm64/Packages " + debs},
		"all apart":           {testkit.Suite{All: testkit.AllApart}, "dists/s/Release dists/s/main/binary-all/Packages dists/s/main/binary-amd64/Packages " + debs},
		"flat":                {testkit.Suite{Flat: true}, "Packages Release doc_1_all.deb libfoo1_2-3_amd64.deb"},
		"flat in a folder":    {testkit.Suite{Flat: true, Path: "f"}, "f/Packages f/Release f/doc_1_all.deb f/libfoo1_2-3_amd64.deb"},
		"more files":          {testkit.Suite{Extra: map[string][]byte{"main/i18n/Translation-en": []byte("x")}}, "dists/s/Release dists/s/main/binary-amd64/Packages dists/s/main/i18n/Translation-en " + debs},
		"with two signatures": {testkit.Suite{Keys: []*openpgp.SecretKey{newKey(t), newKey(t)}}, "dists/s/InRelease dists/s/Release dists/s/Release.gpg dists/s/main/binary-amd64/Packages " + debs},
		"InRelease alone":     {testkit.Suite{Keys: []*openpgp.SecretKey{newKey(t)}, Signature: testkit.InlineOnly}, "dists/s/InRelease dists/s/main/binary-amd64/Packages " + debs},
		"Release.gpg alone":   {testkit.Suite{Keys: []*openpgp.SecretKey{newKey(t)}, Signature: testkit.DetachedOnly}, "dists/s/Release dists/s/Release.gpg dists/s/main/binary-amd64/Packages " + debs},
	} {
		c.suite.Codename, c.suite.Formats, c.suite.Packages = "s", none, []testkit.Package{pkg, all}
		if diff := cmp.Diff(strings.Fields(c.want), names(filesOf(t, c.suite))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Each oddity is visible in the files; the tests of clients check its effect.
func TestArchiveOddities(t *testing.T) {
	t.Parallel()
	const index = "dists/s/main/binary-amd64/Packages"
	packageWith := func(change func(*testkit.Package)) testkit.Suite {
		p := testkit.Package{Name: "foo", Version: "1", Architecture: "amd64"}
		change(&p)
		return testkit.Suite{Packages: []testkit.Package{p}}
	}
	for name, c := range map[string]struct {
		suite  testkit.Suite
		file   string
		has    string
		hasNot string
	}{
		"no SHA256 of packages": {testkit.Suite{PackageSums: []string{"MD5sum"}, Packages: []testkit.Package{words}}, index, "MD5sum: ", "SHA256"},
		"no SHA256 in Release":  {testkit.Suite{ReleaseSums: []string{"SHA1"}}, "dists/s/Release", "SHA1:\n", "SHA256"},
		"a hostile Filename": {packageWith(func(p *testkit.Package) { p.Filename = "../../etc/cron.d/foo" }),
			index, "Filename: ../../etc/cron.d/foo\n", "pool"},
		"an override":      {packageWith(func(p *testkit.Package) { p.Listed = map[string]string{"Section": "admin"} }), index, "Section: admin\n", "misc"},
		"a dropped field":  {packageWith(func(p *testkit.Package) { p.Fields = map[string]string{"Maintainer": ""} }), index, "Package: foo\n", "Maintainer"},
		"a size that lies": {packageWith(func(p *testkit.Package) { p.Listed = map[string]string{"Size": "1"} }), index, "Size: 1\n", "Size: 9"},
		"an udeb": {packageWith(func(p *testkit.Package) { p.Kind = "udeb" }),
			"dists/s/main/debian-installer/binary-amd64/Packages", "Filename: pool/main/f/foo/foo_1_amd64.udeb\n", "foo_1_amd64.deb"},
		"a field of Release": {testkit.Suite{ReleaseFields: map[string]string{"Snapshots": "no", "Origin": ""}}, "dists/s/Release", "Snapshots: no\n", "Origin"},
		"an index bomb":      {testkit.Suite{Bomb: 1 << 20}, index, strings.Repeat("\n", 1<<20), ":"},
		"a listed format that is missing": {testkit.Suite{Missing: []compress.Format{compress.XZ}},
			"dists/s/Release", "main/binary-amd64/Packages.xz\n", "MD5"},
		"text around InRelease": {testkit.Suite{Before: "before\n", After: "after\n", Keys: []*openpgp.SecretKey{newKey(t)}},
			"dists/s/InRelease", "-----END PGP SIGNATURE-----\nafter\n", "SHA512:"},
		"all in both": {testkit.Suite{All: testkit.AllInBoth, Packages: []testkit.Package{words}}, "dists/s/Release", "Architectures: all amd64\n", "x32"},
	} {
		c.suite.Codename = "s"
		files := filesOf(t, c.suite)
		if text, ok := files[c.file]; !ok || !strings.Contains(string(text), c.has) || strings.Contains(string(text), c.hasNot) {
			t.Errorf("%s: %s lacks %.50q or has %q:\n%.2000s\nof the files %q", name, c.file, c.has, c.hasNot, text, names(files))
		}
		for file := range files {
			if !filepath.IsLocal(file) || strings.HasSuffix(file, ".xz") {
				t.Errorf("%s: wrote %s", name, file)
			}
		}
	}
}

func TestArchiveListsWhatItServes(t *testing.T) {
	t.Parallel()
	files := filesOf(t, testkit.Suite{
		Codename: "s", Packages: []testkit.Package{words, greeter}, ByHash: testkit.OnlyByHash,
		Formats: []compress.Format{compress.None, compress.Gzip, compress.XZ, compress.Bzip2, compress.Zstd},
	})
	release, err := deb822.Parse(files["dists/s/Release"])
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for entry, err := range deb822.Checksums(release.Get("SHA256"), deb822.SHA256) {
		if err != nil {
			t.Fatal(err)
		}
		content := files["dists/s/main/binary-amd64/by-hash/SHA256/"+string(entry.Sum)]
		if int64(len(content)) != entry.Size {
			t.Errorf("%s has %d bytes, not %d", entry.Name, len(content), entry.Size)
		}
		r, err := compress.NewReader(bytes.NewReader(content), compress.FormatOf(string(entry.Name)), compress.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if len(texts) != 5 || len(slices.Compact(texts)) != 1 || !strings.Contains(texts[0], "Package: greeter") {
		t.Errorf("the indexes have the texts %q", texts)
	}
}

func TestArchiveRefusesWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	foo := testkit.Package{Name: "foo", Version: "1", Architecture: "all"}
	other := foo
	other.Description = "another"
	for want, suite := range map[string]testkit.Suite{
		"described twice":   {Packages: []testkit.Package{foo, other}},
		"Package is \"Foo/": {Packages: []testkit.Package{{Name: "Foo/bar", Version: "1", Architecture: "all"}}},
		"Version":           {Packages: []testkit.Package{{Name: "foo", Architecture: "all"}}},
		"lz4":               {Formats: []compress.Format{compress.LZ4}},
	} {
		suite.Codename = "s"
		if _, err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Files(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

// An archive that is written over an older one keeps what the new one does not
// name, as real archives keep packages and by-hash files for a while.
func TestArchiveGrows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 3 {
		pkg := testkit.Package{Name: "foo", Version: strconv.Itoa(i), Architecture: "all"}
		suite := testkit.Suite{Codename: "s", ByHash: testkit.WithByHash, Formats: []compress.Format{compress.None}, Packages: []testkit.Package{pkg}}
		if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(dir, "dists/s/main/binary-amd64/by-hash/SHA256/*"))
	debs, err2 := filepath.Glob(filepath.Join(dir, "pool/main/f/foo/*"))
	if len(kept) != 3 || len(debs) != 3 {
		t.Errorf("kept %d indexes and %d packages, %v %v", len(kept), len(debs), err, err2)
	}
	index, err := os.ReadFile(filepath.Join(dir, "dists/s/main/binary-amd64/Packages"))
	if got := stanzas(t, index); len(got) != 1 || got["foo 2"] == nil || err != nil {
		t.Errorf("the index lists %v, %v", got, err)
	}
}
