package repositories

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

// folder makes files in a fresh folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// dsc lists one file.
func dsc(name, content string) string {
	return fmt.Sprintf("Format: 3.0 (native)\nSource: a\nBinary: a\nArchitecture: all\nVersion: 1\nMaintainer: T <t@example.org>\nChecksums-Sha256:\n %x %d %s\nFiles:\n %x %d %s\n",
		sha256.Sum256([]byte(content)), len(content), name, md5.Sum([]byte(content)), len(content), name)
}

// changes lists one file.
func changes(name, content string) string {
	return fmt.Sprintf("Format: 1.8\nDate: Sat, 21 Nov 2026 00:00:00 +0000\nSource: a\nArchitecture: source\nVersion: 1\nDistribution: unstable\nMaintainer: T <t@example.org>\nChanges:\n a\nChecksums-Sha1:\n %040x %d %s\nChecksums-Sha256:\n %x %d %s\nFiles:\n %x %d misc optional %s\n",
		0, len(content), name, sha256.Sum256([]byte(content)), len(content), name, md5.Sum([]byte(content)), len(content), name)
}

func TestPackagesAreFoundWithWhatTheyList(t *testing.T) {
	t.Parallel()
	source := dsc("a_1.tar.gz", "tar")
	dir := folder(t, map[string]string{
		"a_1.dsc": source, "a_1.tar.gz": "tar", "a_1_source.changes": changes("a_1.dsc", source),
		"deep/b_1_all.deb": "", "deep/c_1_all.udeb": "", "deep/d_1_all.ddeb": "", "deep/notes.txt": "", "alone/e_1.dsc": dsc("e_1.orig.tar.gz", ""),
	})
	for name, c := range map[string]struct{ arguments, want []string }{
		"a .changes file":                       {[]string{"a_1_source.changes"}, []string{"a_1.dsc", "a_1.tar.gz", "a_1_source.changes"}},
		"a .dsc file":                           {[]string{"a_1.dsc"}, []string{"a_1.dsc", "a_1.tar.gz"}},
		"a .dsc file whose parts are elsewhere": {[]string{"alone/e_1.dsc"}, []string{"e_1.dsc"}},
		"a folder":                              {[]string{"deep"}, []string{"b_1_all.deb", "c_1_all.udeb", "d_1_all.ddeb"}},
		"a file named twice":                    {[]string{"deep/b_1_all.deb", "./deep", "deep/b_1_all.deb"}, []string{"b_1_all.deb", "c_1_all.udeb", "d_1_all.ddeb"}},
		"any other file that is named":          {[]string{"deep/notes.txt"}, []string{"notes.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var arguments, got []string
			for _, a := range c.arguments {
				arguments = append(arguments, filepath.Join(dir, a))
			}
			files, err := collect(arguments)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				got = append(got, filepath.Base(f.path))
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListsThatCannotBeMeantAreRefused(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"missing.changes": changes("a_1.dsc", "x"), "up.dsc": dsc("../secret", "x"), "garbled.dsc": "no stanza", "empty/x.txt": "",
	})
	for name, says := range map[string]string{
		"missing.changes": "a_1.dsc: no such file", "up.dsc": "secret", "garbled.dsc": "garbled.dsc: ", "empty": "no package", "none": "none: no such file",
	} {
		_, err := collect([]string{filepath.Join(dir, name)})
		if kind := problem.KindOf(err); err == nil || !strings.Contains(err.Error(), says) || kind == problem.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}
