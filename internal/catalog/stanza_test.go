package catalog_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

const hello = `Package: hello
Source: hello-src (2.10-2)
Version: 2.10-3
Installed-Size: 277
Maintainer: Jane <jane@example.org>
Architecture: amd64
Depends: libc6 (>= 2.34)
Description: example
 with more
 .
 lines
Section: devel
Priority: optional
Filename: pool/main/h/hello-src/hello_2.10-3_amd64.deb
Size: 53084
MD5sum: d41d8cd98f00b204e9800998ecf8427e
SHA256: ` + sum + `
`

func parse(t testing.TB, text string) *deb822.Stanza {
	t.Helper()
	s, err := deb822.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAStanzaOfPackagesBecomesAnEntry(t *testing.T) {
	t.Parallel()
	e, remote, err := catalog.FromPackages(parse(t, hello), "main")
	if err != nil {
		t.Fatal(err)
	}
	want := catalog.Entry{Component: "main", Section: "devel", Priority: "optional"}
	if e.Component != want.Component || e.Section != want.Section || e.Priority != want.Priority {
		t.Errorf("listed as %s %s %s", e.Component, e.Section, e.Priority)
	}
	if e.Type != catalog.Deb || e.Name != "hello" || e.Version != "2.10-3" || e.Architecture != "amd64" || e.Source != "hello-src" || e.SourceVersion != "2.10-2" {
		t.Errorf("got %+v", e.Package)
	}
	f := e.Files[0]
	if f.Name != "hello_2.10-3_amd64.deb" || f.Size != 53084 || f.SHA256.String() != sum || f.MD5 != "d41d8cd98f00b204e9800998ecf8427e" || f.SHA1 != "" {
		t.Errorf("file %+v", f)
	}
	if len(remote) != 1 || remote[0] != "pool/main/h/hello-src/hello_2.10-3_amd64.deb" {
		t.Errorf("remote %q", remote)
	}
	text, _, _ := strings.Cut(hello, "Section:")
	if string(e.Stanza) != text {
		t.Errorf("the stanza that is kept is\n%s", e.Stanza)
	}
}

func TestTheSamePackageHasTheSameKeyWhereverItIsListed(t *testing.T) {
	t.Parallel()
	a, _, _ := catalog.FromPackages(parse(t, hello), "main")
	elsewhere := strings.NewReplacer("pool/main/h/hello-src/", "debs/", "Section: devel", "Section: contrib/devel", "MD5sum:", "md5SUM:").Replace(hello)
	b, _, err := catalog.FromPackages(parse(t, elsewhere), "contrib")
	if err != nil || a.Key() != b.Key() {
		t.Errorf("another place makes another package: %v", err)
	}
	c, _, _ := catalog.FromPackages(parse(t, strings.Replace(hello, "libc6 (>= 2.34)", "libc6", 1)), "main")
	d, _, _ := catalog.FromPackages(parse(t, strings.Replace(hello, "53084", "53085", 1)), "main")
	if a.Key() == c.Key() || a.Key() == d.Key() {
		t.Error("another text or file is the same package")
	}
}

func TestHostileStanzasAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, field string }{
		{"a path that leaves the archive", "pool/main/h/hello-src/", "../../etc/", "Filename"},
		{"a path with a way up inside", "pool/main/h/", "pool/../../", "Filename"},
		{"an absolute path", "pool/main/", "/etc/", "Filename"},
		{"a path that ends in the root", "pool/main/h/hello-src/hello_2.10-3_amd64.deb", "./", "Filename"},
		{"a path that is an absolute one after a dot", "pool/main/", "/./", "Filename"},
		{"a path with a backslash", "pool/main/", `pool\main/`, "Filename"},
		{"a path with a query", "hello_2.10-3_amd64.deb", "hello.deb?x=1", "Filename"},
		{"a path with a space", "pool/main/", "pool/ma in/", "Filename"},
		{"a path with a control character", "pool/main/", "pool/ma\x1bin/", "Filename"},
		{"a hidden file", "hello_2.10-3_amd64.deb", ".bashrc", "Filename"},
		{"no path", "Filename: pool/main/h/hello-src/hello_2.10-3_amd64.deb\n", "", "Filename"},
		{"no SHA-256", "SHA256: " + sum + "\n", "", "SHA256"},
		{"half a SHA-256", sum, sum[:32], "SHA256"},
		{"a wrong MD5", "d41d8cd98f00b204e9800998ecf8427e", "zz1d8cd98f00b204e9800998ecf8427e", "MD5sum"},
		{"no size", "Size: 53084\n", "", "Size"},
		{"a size below nothing", "Size: 53084", "Size: -1", "Size"},
		{"a size that is none", "Size: 53084", "Size: many", "Size"},
		{"a name with a slash", "Package: hello", "Package: he/llo", "Package"},
		{"a name that is an option", "Package: hello", "Package: -hello", "Package"},
		{"no name", "Package: hello\n", "", "Package"},
		{"a version with a slash", "Version: 2.10-3", "Version: 2/../3", "Version"},
		{"an architecture with a dot", "Architecture: amd64", "Architecture: ../amd64", "Architecture"},
		{"a file that is an option", "hello_2.10-3_amd64.deb", "-rf.deb", "Filename"},
		{"a file with a quote", "hello_2.10-3_amd64.deb", "\"a\".deb", "Filename"},
		{"a section of two lines", "Section: devel", "Section: devel\n net", "Section"},
		{"a section with a control character", "Section: devel", "Section: de\x1bvel", "Section"},
		{"a section that is no UTF-8", "Section: devel", "Section: de\xffvel", "Section"},
		{"a section without end", "Section: devel", "Section: " + strings.Repeat("x", 300), "Section"},
		{"a priority of two lines", "Priority: optional", "Priority: optional\n net", "Priority"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(hello, c.old, c.new, 1)
			if text == hello {
				t.Fatal("the case changes nothing")
			}
			_, _, err := catalog.FromPackages(parse(t, text), "main")
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), c.field+": ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestStanzasThatAptTakes: archives in the field have these.
func TestStanzasThatAptTakes(t *testing.T) {
	t.Parallel()
	const path = "pool/main/h/hello-src/hello_2.10-3_amd64.deb"
	for _, c := range []struct {
		name, old, new string
		want           string // "remote section source sourceversion"
	}{
		{"an empty part of a path", path, "pool//x.deb", "pool/x.deb devel hello-src 2.10-2"},
		{"a dot in front", path, "./x.deb", "x.deb devel hello-src 2.10-2"},
		{"a dot and an empty part in front", path, ".//pool/./x.deb", "pool/x.deb devel hello-src 2.10-2"},
		{"brackets and more in a file name", path, "pool/x(1)[2]!{3}&;$'.deb", "pool/x(1)[2]!{3}&;$'.deb devel hello-src 2.10-2"},
		{"an escape in a file name", path, "pool/x_1%3a2.deb", "pool/x_1%3a2.deb devel hello-src 2.10-2"},
		{"a section of words", "Section: devel", "Section: Development Tools", path + " Development Tools hello-src 2.10-2"},
		{"a section in angles", "Section: devel", "Section: <none>", path + " <none> hello-src 2.10-2"},
		{"a section in parentheses", "Section: devel", "Section: (none)", path + " (none) hello-src 2.10-2"},
		{"no section", "Section: devel\n", "", path + "  hello-src 2.10-2"},
		{"a URL as source", "hello-src (2.10-2)", "https://example.org/hello", path + " devel hello 2.10-3"},
		{"a file as source", "hello-src (2.10-2)", "../hello 1.src.rpm (none)", path + " devel hello 2.10-3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, remote, err := catalog.FromPackages(parse(t, strings.Replace(hello, c.old, c.new, 1)), "main")
			if err != nil {
				t.Fatal(err)
			}
			if got := remote[0] + " " + e.Section + " " + e.Source + " " + e.SourceVersion; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestALineOfBlanksIsKeptAsAnEmptyLine(t *testing.T) {
	t.Parallel()
	text := strings.Replace(hello, " .\n lines\n", "  \n lines\n\t\n \r\n more\n  \n", 1)
	e, _, err := catalog.FromPackages(parse(t, text), "main")
	if err != nil {
		t.Fatal(err)
	}
	if _, got, _ := strings.Cut(string(e.Stanza), "Description: "); got != "example\n with more\n .\n lines\n .\n .\n more\n" {
		t.Errorf("the description is kept as %q", got)
	}
}

func TestASourceNeedsSafeFilesWithSHA256(t *testing.T) {
	t.Parallel()
	source := `Package: hello
Version: 2.10-3
Binary: hello
Architecture: any
Directory: pool/main/h/hello
Section: devel
Files:
 d41d8cd98f00b204e9800998ecf8427e 1183 hello_2.10-3.dsc
 d41d8cd98f00b204e9800998ecf8427e 725946 hello_2.10.orig.tar.gz
Checksums-Sha256:
 ` + sum + ` 1183 hello_2.10-3.dsc
 ` + sum + ` 725946 hello_2.10.orig.tar.gz
`
	e, remote, err := catalog.FromSources(parse(t, source), "main")
	if err != nil || len(e.Files) != 2 || e.Architecture != "source" || e.Source != "hello" || e.Files[1].MD5 == "" {
		t.Fatalf("%+v %v", e, err)
	}
	if remote[1] != "pool/main/h/hello/hello_2.10.orig.tar.gz" {
		t.Errorf("remote %q", remote)
	}
	if text := string(e.Stanza); strings.Contains(text, "Files") || strings.Contains(text, "Directory") || !strings.Contains(text, "Binary: hello\n") {
		t.Errorf("the stanza that is kept is\n%s", text)
	}
	for directory, want := range map[string]string{
		"": "", ".": "", "./": "", "././": "", "pool/a/": "pool/a/", "./a/": "a/", "a//b": "a/b/",
	} {
		_, remote, err := catalog.FromSources(parse(t, strings.Replace(source, "pool/main/h/hello", directory, 1)), "main")
		if err != nil || remote[0] != want+"hello_2.10-3.dsc" {
			t.Errorf("the directory %q: %q %v", directory, remote, err)
		}
	}
	for name, bad := range map[string]string{
		"an absolute directory":   strings.Replace(source, "pool/main/h/hello", "/etc", 1),
		"a directory that leaves": strings.Replace(source, "pool/main/h/hello", "../../x", 1),
		"a file with a slash":     strings.ReplaceAll(source, "hello_2.10.orig", "../hello_2.10.orig"),
		"weak sums alone":         source[:strings.Index(source, "Checksums")],
		"no file":                 source[:strings.Index(source, "Checksums")] + "Checksums-Sha256:\n",
	} {
		if _, _, err := catalog.FromSources(parse(t, bad), "main"); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFromPackages(f *testing.F) {
	f.Add([]byte(hello))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := deb822.Parse(data)
		if err != nil {
			return
		}
		e, remote, err := catalog.FromPackages(s, "main")
		if err != nil {
			return
		}
		if strings.ContainsAny(e.Files[0].Name, "/\n ") || strings.Contains("/"+remote[0]+"/", "/../") || remote[0][0] == '/' {
			t.Errorf("unsafe: %q %q", e.Files[0].Name, remote)
		}
		if bytes.Contains(e.Stanza, []byte("\n \n")) || strings.ContainsAny(e.Section+e.Priority, "\n\r") {
			t.Errorf("%q of the section %q can be taken for two stanzas", e.Stanza, e.Section)
		}
		if again, err := deb822.Parse(e.Stanza); err != nil || string(again.Get("Package")) != e.Name {
			t.Errorf("the stanza that is kept cannot be read: %v", err)
		}
	})
}

// BenchmarkFromPackages reads a real index; divide by the packages told for the
// cost of each.
func BenchmarkFromPackages(b *testing.B) {
	text, err := testkit.Packages(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	packages := 0
	for b.Loop() {
		for sc := deb822.NewScanner(bytes.NewReader(text), deb822.Options{}); sc.Next(); packages++ {
			if _, _, err := catalog.FromPackages(sc.Stanza(), "main"); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(packages)/float64(b.N), "packages/op")
}
