package e2e

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestAnswersAsDebiansAptly sends one story to Debian's aptly and to a server that
// replaced it, and wants the same answers and the same published files, except the
// differences that are listed with their reasons.
func TestAnswersAsDebiansAptly(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	dir := t.TempDir()
	if err := (testkit.Archive{Suites: []testkit.Suite{storyUpstream(key)}}).Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	upstream := testkit.NewUpstream(dir)
	defer upstream.Close()
	p := startAptlyPair(t, key)
	files := storyFiles(t)
	says := strings.NewReplacer("{UPSTREAM}", upstream.URL(), "{SIGNER}", p.signing.Fingerprint())

	expected := &expectation{t: t, met: map[string]bool{}}
	for line := range strings.Lines(aptlyStory) {
		line = strings.TrimSpace(says.Replace(line))
		words := strings.SplitN(line, " ", 3)
		switch {
		case line == "" || words[0] == "#":
		case words[0] == "TREES":
			for _, public := range []string{"public", "www"} {
				expected.same(line+" "+public, publishedTree(t, filepath.Join(p.theirs.root, public), p.signing.Public()),
					publishedTree(t, filepath.Join(p.ours.root, public), p.signing.Public()))
			}
		default:
			method, path, body := words[0], words[1], strings.Join(words[2:], "")
			var form map[string][]byte
			if method == "UPLOAD" {
				method, form = "POST", map[string][]byte{}
				for name := range strings.FieldsSeq(body) {
					if form[name] = files[name]; form[name] == nil {
						t.Fatalf("%s: there is no file %s", line, name)
					}
				}
			}
			expected.same(line, map[string]any(p.theirs.ask(t, method, path, body, form)), map[string]any(p.ours.ask(t, method, path, body, form)))
		}
	}
	expected.allMet()
}

// expectation knows in what two servers may differ.
type expectation struct {
	t   *testing.T
	met map[string]bool // the differences that were there
}

// same wants two values to be the same, except what is known.
func (e *expectation) same(about string, theirs, ours any) {
	e.t.Helper()
	var unknown []string
	differ("", theirs, ours, func(where string, theirs, ours any) {
		for _, d := range aptlyDifferences {
			if d.about.MatchString(about) && d.where.MatchString(where) {
				e.met[d.name()] = true
				return
			}
		}
		unknown = append(unknown, fmt.Sprintf("%s\n\t\taptly:    %s\n\t\taptarium: %s", where, asJSON(theirs), asJSON(ours)))
	})
	if len(unknown) > 0 {
		e.t.Errorf("%s\n\t%s", about, strings.Join(unknown, "\n\t"))
	}
}

// allMet wants each difference to have been there, so that the list stays true.
func (e *expectation) allMet() {
	e.t.Helper()
	for _, d := range aptlyDifferences {
		if !e.met[d.name()] {
			e.t.Errorf("the difference %s is none: take it out of the list", d.name())
		}
	}
}

// absent is what a value is differs from that only the other side has.
type absent struct{}

// MarshalJSON shows the missing value.
func (absent) MarshalJSON() ([]byte, error) { return []byte(`"(nothing)"`), nil }

// differ finds where two values of plain JSON are not the same: members of
// objects, and elements of lists of the same length, each for itself.
func differ(where string, theirs, ours any, found func(where string, theirs, ours any)) {
	switch theirs := theirs.(type) {
	case map[string]any:
		other, is := ours.(map[string]any)
		if !is {
			break
		}
		names := map[string]any{}
		maps.Copy(names, theirs)
		maps.Copy(names, other)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			a, b := any(absent{}), any(absent{})
			if v, there := theirs[name]; there {
				a = v
			}
			if v, there := other[name]; there {
				b = v
			}
			differ(strings.TrimPrefix(where+" / "+name, " / "), a, b, found)
		}
		return
	case []any:
		other, is := ours.([]any)
		if !is || len(other) != len(theirs) {
			break
		}
		for i := range theirs {
			differ(fmt.Sprintf("%s / %d", where, i), theirs[i], other[i], found)
		}
		return
	}
	if !reflect.DeepEqual(theirs, ours) {
		found(where, theirs, ours)
	}
}

// storyUpstream is what the story's mirrors are of.
func storyUpstream(key *openpgp.SecretKey) testkit.Suite {
	return testkit.Suite{
		Codename: "stable", Origin: "Example", Version: "12", Components: []string{"main", "contrib"}, Keys: []*openpgp.SecretKey{key},
		Packages: []testkit.Package{
			{Name: "nginx", Version: "1.22-1", Architecture: "amd64", Section: "httpd", Depends: "libc6 (>= 2.30), nginx-common (= 1.22-1)"},
			{Name: "nginx-common", Version: "1.22-1", Architecture: "all", Section: "httpd", Source: "nginx"},
			{Name: "libc6", Version: "2.36-9", Architecture: "amd64", Section: "libs", Source: "glibc"},
			{Name: "libc6", Version: "2.36-9", Architecture: "arm64", Section: "libs", Source: "glibc"},
			{Name: "unrar", Version: "1:6.2", Architecture: "amd64", Component: "contrib", Section: "contrib/utils"},
		},
		Sources: []testkit.Source{{Name: "nginx", Version: "1.22-1", Binaries: []string{"nginx", "nginx-common"}}},
	}
}

// storyFiles are the files that the story uploads, by their names.
func storyFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"notes.txt": []byte("no package\n"), "broken_1_amd64.deb": []byte("no package either\n")}
	add := func(name string, p testkit.Package) {
		data, err := p.Deb()
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	for _, p := range []testkit.Package{
		{Name: "hello", Version: "2.9-1", Architecture: "amd64", Section: "devel"},
		{Name: "hello", Version: "2.10-3", Architecture: "amd64", Section: "devel", Depends: "hello-data (>= 2), libfoo1 | libfoo2",
			Fields: map[string]string{"Recommends": "hello-doc", "Homepage": "https://example.org/hello", "Multi-Arch": "foreign"},
			Files:  []debfile.File{{Name: "usr/bin/hello", Mode: 0o755, Body: []byte("#!/bin/sh\n")}, {Name: "usr/share/doc/hello/copyright", Body: []byte("free\n")}}},
		{Name: "hello", Version: "2.10-3", Architecture: "i386", Section: "devel"},
		{Name: "hello-data", Version: "2.10-3", Architecture: "all", Source: "hello", Section: "devel",
			Description: "data of hello\n It has several lines.\n .\n And paragraphs."},
		{Name: "libfoo1", Version: "1:1.2~rc1+dfsg-3+b1", Architecture: "amd64", Source: "foo (1:1.2~rc1+dfsg-3)", Section: "libs",
			Fields: map[string]string{"Provides": "libfoo2 (= 2)", "X-Odd": "kept"}},
		{Name: "either", Version: "1", Architecture: "amd64", Depends: "one | two"},
		{Name: "one", Version: "1", Architecture: "amd64"},
		{Name: "two", Version: "1", Architecture: "amd64"},
		{Name: "disk-udeb", Version: "1", Architecture: "amd64", Kind: "udeb", Section: "debian-installer"},
	} {
		add(p.FileName(), p)
	}
	add("other.deb", testkit.Package{Name: "hello", Version: "2.10-3", Architecture: "amd64", Section: "devel", Description: "another build"})
	source, err := testkit.Source{Name: "hello", Version: "2.10-3", Binaries: []string{"hello", "hello-data"}, Section: "devel"}.SourceFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, source)
	return files
}
