package reprepro

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// furnished opens a base with something of everything.
func furnished(t *testing.T) *Base {
	t.Helper()
	r, err := testkit.FurnishedReprepro(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, r.Base())
}

func opened(t *testing.T, dir string) *Base {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// configured makes a base that has a configuration alone.
func configured(t *testing.T, distributions, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"conf/distributions": distributions, "conf/options": options} {
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

func distributions(t *testing.T, b *Base) []Distribution {
	t.Helper()
	all, err := b.Distributions()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDistributionsAreThoseOfTheConfiguration(t *testing.T) {
	t.Parallel()
	want := []Distribution{
		{
			Codename: "bookworm", Suite: "stable", Origin: "Our Origin", Label: "Our Label", Version: "12", Description: "What we made",
			Architectures: []string{"amd64", "arm64", "source"}, Components: []string{"main", "contrib"}, UDebComponents: []string{"main"}, Contents: true,
			SignWith: []string{},
		},
		{Codename: "other", Architectures: []string{"amd64"}, Components: []string{"main"}, NotAutomatic: true, UDebComponents: []string{}, SignWith: []string{}},
	}
	got := distributions(t, furnished(t))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("distributions (-want +got):\n%s", diff)
	}
}

// names returns "component type name version architecture section priority" of the
// packages of a distribution, sorted, and looks whether their files are there.
func names(t *testing.T, b *Base, d Distribution) (list []string) {
	t.Helper()
	for p, err := range b.Packages(t.Context(), d) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(p.Path); err != nil {
			t.Error(err)
		}
		list = append(list, strings.Join([]string{p.Component, p.Type, p.Name, p.Version, p.Architecture, p.Section, p.Priority}, " "))
	}
	slices.Sort(list)
	return list
}

func TestTheProgramAndTheIndexesTellTheSame(t *testing.T) {
	t.Parallel()
	b := furnished(t)
	want := map[string][]string{
		"bookworm": {
			"contrib deb blob 7 arm64 contrib/misc optional",
			"main deb hello 1:2.10-3 amd64 misc optional",
			"main deb hello-doc 2.10-3 all doc optional",
			"main dsc hello 1:2.10-3 source devel optional",
			"main udeb hello-udeb 2.10-3 amd64 misc optional",
		},
		"other": {"main deb hello 2.9 amd64 misc optional"},
	}
	for _, program := range []string{"reprepro", ""} {
		b.Program = program
		for _, d := range distributions(t, b) {
			if diff := cmp.Diff(want[d.Codename], names(t, b, d)); diff != "" {
				t.Errorf("%s as told by %q (-want +got):\n%s", d.Codename, program, diff)
			}
		}
	}
}

func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	b := furnished(t)
	before := tree(t, b.dir)
	for _, program := range []string{"reprepro", ""} {
		b.Program = program
		for _, d := range distributions(t, b) {
			names(t, b, d)
		}
	}
	if diff := cmp.Diff(before, tree(t, b.dir)); diff != "" {
		t.Errorf("the base changed (-before +after):\n%s", diff)
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() { // a lock comes and goes in one
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAReaderThatLeavesEndsTheProgram(t *testing.T) {
	t.Parallel()
	b := furnished(t)
	b.Program = "reprepro"
	seen := 0
	for _, err := range b.Packages(t.Context(), distributions(t, b)[0]) {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Errorf("seen %d packages", seen)
	}
}

func TestOptionsMoveTheArchive(t *testing.T) {
	t.Parallel()
	one := "Codename: x\nArchitectures: amd64\nComponents: main\n"
	dir := configured(t, one, "verbose\noutdir +b/www\n")
	index := filepath.Join(dir, "www/dists/x/main/binary-amd64/Packages")
	if err := os.MkdirAll(filepath.Dir(index), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "Package: a\nVersion: 1\nArchitecture: all\nFilename: pool/a.deb\n"
	if err := os.WriteFile(index, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b := opened(t, dir)
	for p, err := range b.Packages(t.Context(), distributions(t, b)[0]) {
		if err != nil || p.Path != filepath.Join(dir, "www/pool/a.deb") || p.Name != "a" {
			t.Errorf("found %+v, %v", p, err)
		}
	}
}

func TestBasesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	one := "Codename: x\nArchitectures: amd64\nComponents: main\n"
	outside := configured(t, one, "")
	index := filepath.Join(outside, "dists/x/main/binary-amd64/Packages")
	if err := os.MkdirAll(filepath.Dir(index), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(index, []byte("Package: a\nVersion: 1\nArchitecture: all\nFilename: ../../etc/passwd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir, program string
		want         problem.Kind
	}{
		"nothing there":          {t.TempDir(), "", problem.NotFound},
		"no codename":            {configured(t, "Architectures: amd64\nComponents: main\n", ""), "", problem.Invalid},
		"a codename outside":     {configured(t, "Codename: ../x\nArchitectures: amd64\nComponents: main\n", ""), "", problem.Invalid},
		"no stanza":              {configured(t, "hello\n", ""), "", problem.Invalid},
		"a database elsewhere":   {configured(t, one, "dbdir /var/db\n"), "", problem.Invalid},
		"a file outside":         {outside, "", problem.Invalid},
		"a program that fails":   {configured(t, one, ""), "false", problem.Invalid},
		"a program that babbles": {configured(t, one, ""), "echo", problem.Invalid},
	} {
		if err := readAll(t, c.dir, c.program); !problem.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func readAll(t *testing.T, dir, program string) error {
	b, err := Open(dir)
	if err != nil {
		return err
	}
	b.Program = program
	all, err := b.Distributions()
	for _, d := range all {
		for _, err := range b.Packages(t.Context(), d) {
			if err != nil {
				return err
			}
		}
	}
	return err
}

func FuzzDistributions(f *testing.F) {
	f.Add("Codename: x\nArchitectures: amd64 source\nComponents: main\nSignWith: yes\n")
	f.Add("# c\nCodename: x\n# d\nContents:\n .gz\n")
	dir := f.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "conf"), 0o700); err != nil {
		f.Fatal(err)
	}
	b := &Base{dir: dir, out: dir}
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, "conf", "distributions"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := b.Distributions()
		if err != nil && !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.TooLarge) {
			t.Errorf("an error of kind %s: %v", problem.KindOf(err), err)
		}
		for _, d := range all {
			if !filepath.IsLocal(d.Codename) {
				t.Errorf("the codename %q leads elsewhere", d.Codename)
			}
		}
	})
}
