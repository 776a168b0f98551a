package fleet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// goodLines are lines of sources.list, each with the stanza that says the same.
func goodLines() map[string]string {
	return map[string]string{
		"deb http://archive.ubuntu.com/ubuntu/ lucid main":                               "Types: deb\nURIs: http://archive.ubuntu.com/ubuntu/\nSuites: lucid\nComponents: main\n",
		"deb-src https://deb.example.org stable/updates main non-free":                   "Types: deb-src\nURIs: https://deb.example.org\nSuites: stable/updates\nComponents: main non-free\n",
		"deb file:/srv/repo ./":                                                          "Types: deb\nURIs: file:/srv/repo\nSuites: ./\n",
		"deb file:///srv/repo $(ARCH)/":                                                  "Types: deb\nURIs: file:///srv/repo\nSuites: $(ARCH)/\n",
		"deb [arch=amd64,i386 trusted=yes] http://[::1]:80/x noble main":                 "Types: deb\nURIs: http://[::1]:80/x\nSuites: noble\nComponents: main\nArchitectures: amd64 i386\nTrusted: yes\n",
		"deb [arch+=arm64 lang-=de target=Packages,Sources] mirror+http://x/l a b/main":  "Types: deb\nURIs: mirror+http://x/l\nSuites: a\nComponents: b/main\nArchitectures-Add: arm64\nLanguages-Remove: de\nTargets: Packages Sources\n",
		"deb [signed-by=/usr/share/keyrings/x.gpg by-hash=force] tor+https://u:p@x/ a b": "Types: deb\nURIs: tor+https://u:p@x/\nSuites: a\nComponents: b\nSigned-By: /usr/share/keyrings/x.gpg\nBy-Hash: force\n",
	}
}

func TestLinesAreReadAndWrittenInBothForms(t *testing.T) {
	t.Parallel()
	for text, stanza := range goodLines() {
		l, err := fleet.ParseLine(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if l.String() != text {
			t.Errorf("%s is written %s", text, l)
		}
		if diff := cmp.Diff(stanza, l.Stanza("")); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
	l, err := fleet.ParseLine("  deb\t[  arch=amd64  ]  http://x/y   noble  main  ")
	if err != nil || l.String() != "deb [arch=amd64] http://x/y noble main" {
		t.Errorf("with more spaces: %s, %v", l, err)
	}
}

// TestAptReadsBothForms asks apt what it would fetch.
func TestAptReadsBothForms(t *testing.T) {
	t.Parallel()
	for text := range goodLines() {
		l, err := fleet.ParseLine(text)
		if err != nil {
			t.Fatal(err)
		}
		oneLine, stanza := indexTargets(t, "a.list", l.String()+"\n"), indexTargets(t, "a.sources", l.Stanza(""))
		if diff := cmp.Diff(oneLine, stanza); diff != "" {
			t.Errorf("%s: apt reads the stanza otherwise\n%s", l, diff)
		}
		if !strings.Contains(oneLine, strings.TrimSuffix(l.URI, "/")) && !strings.Contains(text, "$(ARCH)") {
			t.Errorf("%s: apt would fetch\n%s", l, oneLine)
		}
	}
}

// indexTargets lists the addresses of the indexes that apt knows by a file of sources.
func indexTargets(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "apt-get", "indextargets", "--no-release-info", "--format", "$(URI) $(CREATED_BY)",
		"-o", "Dir::Etc::sourcelist=/dev/null", "-o", "Dir::Etc::sourceparts="+dir).CombinedOutput()
	if err != nil {
		t.Fatalf("apt (of the package apt) refuses %s: %v\n%s", text, err, out)
	}
	return string(out)
}

func TestLinesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                          "not a type",
		"rpm http://x/y a b":        `"rpm" is not a type`,
		"deb":                       "URI or the suite is missing",
		"deb http://x/y":            "URI or the suite is missing",
		"deb http://x/y a":          "needs a component",
		"deb http://x/y a/ main":    "ends with a slash",
		"deb http:///y a main":      "not the URI",
		"deb gopher://x/y a main":   "not the URI",
		"deb x a main":              "not the URI",
		"deb file://srv/x a main":   "not the URI",
		"deb cdrom:[x]/ a main":     "not the URI",
		"deb http://x/y# a main":    "",
		"deb http://x/y ../a main":  "not a suite",
		"deb http://x/y . main":     "not a suite",
		"deb http://x/y a$b main":   "not a suite",
		"deb http://x/y a ../main":  "not a component",
		"deb http://x/y a main/../": "not a component",
		"deb http://x/y a b b":      "twice",
		"deb http://x/y a " + strings.Repeat("c ", 1) + longList(51): "at most 50 components",
		"deb [arch=amd64 http://x/y a b":                             "not closed",
		"deb [] http://x/y a b":                                      "options are empty",
		"deb [arch] http://x/y a b":                                  "not an option",
		"deb [arch=] http://x/y a b":                                 "not an option",
		`deb [arch="a b"] http://x/y a b`:                            "not an option",
		"deb [colour=red] http://x/y a b":                            `no option "colour"`,
		"deb [trusted+=yes] http://x/y a b":                          "one value",
		"deb [arch=a arch+=b] http://x/y a b":                        "twice",
		"deb [arch=a]http://x/y a b":                                 "space is missing",
		"deb http://x/y a b\ndeb http://x/y c d":                     "one line",
		"deb http://x/y a \x00":                                      "one line",
		"deb http://x/" + strings.Repeat("y", 2000) + " a b":         "2000 bytes",
		"deb \"http://x/y\" a b":                                     "not the URI",
		"deb http://é/y a b\xff":                                     "one line",
	} {
		_, err := fleet.ParseLine(text)
		if says == "" {
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if !problem.Is(err, problem.Invalid) || !strings.HasPrefix(err.Error(), "line: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("%.80q: %v\nwant …%s…", text, err, says)
		}
	}
}

// longList names so many components.
func longList(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = "c" + strings.Repeat("x", i)
	}
	return strings.Join(words[1:], " ")
}

func TestAKeyStandsInEitherForm(t *testing.T) {
	t.Parallel()
	l, err := fleet.ParseLine("deb [arch=amd64] http://x/y a b")
	if err != nil {
		t.Fatal(err)
	}
	if got := l.With("signed-by", "/etc/apt/keyrings/k.asc").String(); got != "deb [arch=amd64 signed-by=/etc/apt/keyrings/k.asc] http://x/y a b" {
		t.Errorf("in a line: %s", got)
	}
	if l.Option("arch") != "amd64" || l.Option("signed-by") != "" {
		t.Errorf("the line itself changed: %s", l)
	}
	s, err := deb822.Parse([]byte(l.Stanza("\n -----BEGIN\n .\n x")))
	if err != nil || !strings.Contains(string(s.Get("Signed-By")), "-----BEGIN") {
		t.Errorf("in a stanza: %v\n%s", err, l.Stanza("\n -----BEGIN\n .\n x"))
	}
}

func FuzzParseLine(f *testing.F) {
	for text := range goodLines() {
		f.Add(text)
	}
	f.Add("deb [arch=a] http://x/y# a/ ")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := fleet.ParseLine(text)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := fleet.ParseLine(l.String())
		if diff := cmp.Diff(l, again); err != nil || diff != "" {
			t.Errorf("%q is written %q: %v\n%s", text, l, err, diff)
		}
		if s, err := deb822.Parse([]byte(l.Stanza(""))); err != nil || string(s.Get("URIs")) != l.URI {
			t.Errorf("%q: %v\n%s", text, err, l.Stanza(""))
		}
	})
}
