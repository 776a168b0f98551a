package installable_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/installable"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// aNameOfOurs is a package of the tests of Compare.
var aNameOfOurs = regexp.MustCompile(`\b([a-fv]|gone)\b`)

// aptReads leaves out what apt stops at when it reads an index.
func aptReads(c change) bool {
	return !strings.Contains(c.want, "malformed") && !strings.Contains(c.after, "(>= )")
}

// TestAptAgrees has apt try to install every package of all changes, before and
// after, on a machine without any package.
func TestAptAgrees(t *testing.T) {
	t.Parallel()
	all := changes()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool { return !aptReads(all[name]) })
	for state, of := range map[string]func(change) string{
		"before": func(c change) string { return c.before },
		"after":  func(c change) string { return c.after },
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			title := map[string]string{} // of the change, by the beginning of its packages' names
			for i, name := range names {
				prefix := fmt.Sprintf("case%02d", i)
				title[prefix] = name
				text.WriteString(aNameOfOurs.ReplaceAllString(of(all[name]), prefix+"$1") + "\n")
			}
			apt := aptWith(t, text.String())
			for name, ours := range judged(t, text.String()) {
				out, err := apt.Run(t.Context(), "apt-get", "--simulate", "install", name)
				if theirs := err == nil; theirs != ours {
					t.Errorf("%s: we say %v, apt says %v of %s:\n%s", title[name[:len("case00")]], ours, theirs, name, out)
				}
			}
		})
	}
}

// judged tells of each name whether it can be installed.
func judged(t *testing.T, text string) map[string]bool {
	t.Helper()
	a := newArchive()
	packages := a.lines(t, text)
	r, err := a.library.Compare(t.Context(), nil, packages, "amd64", installable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]bool{}
	for _, label := range a.labels {
		name, _, _ := strings.Cut(label, "_")
		verdicts[name] = true
	}
	for _, b := range r.Broken {
		name, _, _ := strings.Cut(a.labels[b.ID], "_")
		verdicts[name] = false
	}
	return verdicts
}

// aptWith makes an amd64 client of an archive with the packages.
func aptWith(t *testing.T, text string) *testkit.Apt {
	t.Helper()
	key, err := testkit.NewKey("Example archive")
	if err != nil {
		t.Fatal(err)
	}
	suite := testkit.Suite{Codename: "stable", Keys: []*openpgp.SecretKey{key}}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			suite.Packages = append(suite.Packages, packageOf(t, line))
		}
	}
	dir := t.TempDir()
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	upstream := testkit.NewUpstream(dir)
	t.Cleanup(upstream.Close)
	source, err := testkit.AptSource(upstream.URL(), "stable", "main", key.Public())
	if err != nil {
		t.Fatal(err)
	}
	apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: source})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := apt.Update(t.Context()); err != nil {
		t.Fatal(out, err)
	}
	return apt
}

// packageOf reads a line as archive.lines does.
func packageOf(t *testing.T, line string) testkit.Package {
	t.Helper()
	head, rest, _ := strings.Cut(line, ";")
	p := testkit.Package{Architecture: "amd64", Fields: map[string]string{}}
	if _, err := fmt.Sscan(head, &p.Name, &p.Version); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	for field := range strings.SplitSeq(rest, ";") {
		if name, value, ok := strings.Cut(field, ":"); ok {
			p.Fields[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return p
}
