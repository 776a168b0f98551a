package debfile

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aptarium/aptarium/internal/problem"
)

const (
	md5abc    = "900150983cd24fb0d6963f7d28e17f72"
	sha1abc   = "a9993e364706816aba3e25717850c26c9cd0d89d"
	sha256abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
)

const helloDsc = `Format: 3.0 (quilt)
Source: hello
Binary: hello, hello-doc,
 libhello1
Architecture: any all
Version: 1:2.10-3
Maintainer: A Person <person@example.org>
Checksums-Sha1:
 ` + sha1abc + ` 3 hello_2.10.orig.tar.gz
 ` + sha1abc + ` 4 hello_2.10-3.debian.tar.xz
Checksums-Sha256:
 ` + sha256abc + ` 4 hello_2.10-3.debian.tar.xz
 ` + sha256abc + ` 3 hello_2.10.orig.tar.gz
Files:
 ` + md5abc + ` 3 hello_2.10.orig.tar.gz
 ` + md5abc + ` 4 hello_2.10-3.debian.tar.xz
`

const helloChanges = `Format: 1.8
Date: Thu,  5 Nov 2026 10:00:00 +0100
Source: hello (1:2.10-3)
Binary: hello hello-doc
Architecture: source amd64
Version: 1:2.10-3+b1
Distribution: unstable
Urgency: medium
Maintainer: A Person <person@example.org>
Changed-By: B Person <b@example.org>
Description:
 hello      - example package
Changes:
 hello (1:2.10-3+b1) unstable; urgency=medium
 .
   * Rebuild.
Checksums-Sha256:
 ` + sha256abc + ` 3 hello_2.10-3+b1_amd64.deb
Files:
 ` + md5abc + ` 3 contrib/devel optional hello_2.10-3+b1_amd64.deb
`

func TestReadDsc(t *testing.T) {
	t.Parallel()
	got, err := ReadDsc([]byte(helloDsc))
	if err != nil {
		t.Fatal(err)
	}
	want := &Dsc{
		Source: "hello", Version: "1:2.10-3", Architectures: []string{"any", "all"},
		Binaries: []string{"hello", "hello-doc", "libhello1"},
		Files: []ListedFile{
			{Name: "hello_2.10.orig.tar.gz", Size: 3, MD5: md5abc, SHA1: sha1abc, SHA256: sha256abc},
			{Name: "hello_2.10-3.debian.tar.xz", Size: 4, MD5: md5abc, SHA1: sha1abc, SHA256: sha256abc},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Dsc{}, "Stanza")); diff != "" {
		t.Error(diff)
	}
	if string(got.Stanza.Get("Format")) != "3.0 (quilt)" {
		t.Errorf("Format is %q", got.Stanza.Get("Format"))
	}
}

func TestReadChanges(t *testing.T) {
	t.Parallel()
	got, err := ReadChanges([]byte(helloChanges))
	if err != nil {
		t.Fatal(err)
	}
	want := &Changes{
		Source: "hello", Version: "1:2.10-3+b1", SourceVersion: "1:2.10-3", Distribution: "unstable",
		Architectures: []string{"source", "amd64"}, Binaries: []string{"hello", "hello-doc"},
		Date:       time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC),
		Maintainer: "A Person <person@example.org>", ChangedBy: "B Person <b@example.org>",
		Description: "\n hello      - example package",
		Files: []ListedFile{{
			Name: "hello_2.10-3+b1_amd64.deb", Size: 3, MD5: md5abc, SHA256: sha256abc, Section: "contrib/devel", Priority: "optional",
		}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Changes{}, "Stanza")); diff != "" {
		t.Error(diff)
	}
}

func TestWhatDpkgSourceAndGenchangesMakeIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"debian/source/format": "3.0 (native)\n",
		"debian/changelog":     "hello (1.0) unstable; urgency=medium\n\n  * New.\n\n -- A Person <person@example.org>  Thu, 05 Nov 2026 10:00:00 +0100\n",
		"debian/control":       "Source: hello\nSection: devel\nPriority: optional\nMaintainer: A Person <person@example.org>\n\nPackage: hello\nArchitecture: any\nDescription: x\n\nPackage: hello-doc\nArchitecture: all\nDescription: y\n",
	} {
		path := filepath.Join(dir, "hello-1.0", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	runIn := func(folder, name string, args ...string) []byte {
		cmd := exec.Command(name, args...)
		cmd.Dir = folder
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s (of the Debian package dpkg-dev): %v\n%s", name, err, out)
		}
		return out
	}
	runIn(dir, "dpkg-source", "--build", "hello-1.0")
	text, err := os.ReadFile(filepath.Join(dir, "hello_1.0.dsc"))
	if err != nil {
		t.Fatal(err)
	}
	dsc, err := ReadDsc(text)
	if err != nil || dsc.Source != "hello" || dsc.Version != "1.0" || !slices.Equal(dsc.Binaries, []string{"hello", "hello-doc"}) {
		t.Fatalf("%+v, %v", dsc, err)
	}
	checkFiles(t, dir, dsc.Files, 1)
	changes, err := ReadChanges(runIn(filepath.Join(dir, "hello-1.0"), "dpkg-genchanges", "--build=source"))
	if err != nil || changes.Distribution != "unstable" || changes.Date.Unix() != 1793869200 {
		t.Fatalf("%+v, %v", changes, err)
	}
	checkFiles(t, dir, changes.Files, 2)
	if f := changes.Files[0]; f.Section != "devel" || f.Priority != "optional" {
		t.Errorf("%+v", f)
	}
}

// checkFiles compares the listed sizes and sums with the files.
func checkFiles(t *testing.T, dir string, files []ListedFile, count int) {
	t.Helper()
	if len(files) != count {
		t.Fatalf("%d files, want %d", len(files), count)
	}
	for _, f := range files {
		body, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		want := ListedFile{
			Name: f.Name, Size: int64(len(body)), Section: f.Section, Priority: f.Priority,
			MD5: fmt.Sprintf("%x", md5.Sum(body)), SHA1: fmt.Sprintf("%x", sha1.Sum(body)), SHA256: fmt.Sprintf("%x", sha256.Sum256(body)),
		}
		if diff := cmp.Diff(want, f); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSourceFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	orig := " 3 hello_2.10.orig.tar.gz\n"
	for _, c := range []struct{ old, replacement, says string }{
		{"Source: hello", "Source: ../hello", "Source is"},
		{"Source: hello\n", "", "Source is"},
		{"Source: hello", "Source: hello (../1)", "version"},
		{"Version: 1:2.10-3", "Version: 1:", "Version"},
		{"Architecture: any all", "Architecture:", "Architecture"},
		{"Architecture: any all", "Architecture: any ../x", "Architecture"},
		{"hello-doc", "hello/doc", "Binary contains"},
		{md5abc + orig, md5abc + " 3 sub/hello.tar.gz\n", "must not contain a slash"},
		{md5abc + orig, md5abc + " 3 ..\n", "safe relative"},
		{md5abc + orig, md5abc + " 5 hello_2.10.orig.tar.gz\n", "size"},
		{md5abc + orig, md5abc + " 3 other.tar.gz\n", "but another list of files does not"},
		{md5abc + orig, md5abc + orig + " " + md5abc + orig, "twice"},
		{" " + md5abc + orig, "", "but another list of files does not"},
		{" " + sha256abc + orig, "", "lists 1 files, but another list 2"},
		{" " + md5abc + orig + " " + md5abc + " 4 hello_2.10-3.debian.tar.xz\n", "", "does not"},
		{sha256abc + orig, sha256abc[1:] + orig, "64 hexadecimal"},
	} {
		text := strings.Replace(helloDsc, c.old, c.replacement, 1)
		if text == helloDsc {
			t.Fatalf("%q changes nothing", c.old)
		}
		if _, err := ReadDsc([]byte(text)); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q for %q: %v, want a problem that says %q", c.replacement, c.old, err, c.says)
		}
	}
	if _, err := ReadDsc([]byte("Source: a\nVersion: 1\nArchitecture: any\n")); !problem.Is(err, problem.Invalid) {
		t.Errorf("without files: %v", err)
	}
	for _, c := range []struct{ old, replacement, says string }{
		{"Distribution: unstable\n", "", "Distribution"},
		{"Thu,  5 Nov 2026", "yesterday", "Date is"},
		{"contrib/devel ", "", "4 columns"},
		{"Format: 1.8", "-----BEGIN PGP SIGNED MESSAGE-----", "armor"},
	} {
		text := strings.Replace(helloChanges, c.old, c.replacement, 1)
		if _, err := ReadChanges([]byte(text)); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want a problem that says %q", c.replacement, err, c.says)
		}
	}
}

// checkListed checks the invariants of every list of files.
func checkListed(t *testing.T, files []ListedFile) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range files {
		if f.Name == "" || f.Name == ".." || strings.ContainsAny(f.Name, "/\\\n ") || f.Size < 0 || seen[f.Name] {
			t.Fatalf("%+v", f)
		}
		seen[f.Name] = true
	}
}

func FuzzReadDsc(f *testing.F) {
	f.Add([]byte(helloDsc))
	f.Add([]byte("Source: a\nVersion: 1\nArchitecture: any\nFiles:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := ReadDsc(text); err == nil {
			checkListed(t, d.Files)
		}
	})
}

func FuzzReadChanges(f *testing.F) {
	f.Add([]byte(helloChanges))
	f.Add([]byte(strings.ReplaceAll(helloChanges, "\n", "\r\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := ReadChanges(text); err == nil {
			checkListed(t, c.Files)
		}
	})
}
