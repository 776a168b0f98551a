package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// promotion is a pull from staging to updates, on machines that also have release.
// Packages are lines such as "a 1; Depends: b", named by single letters.
type promotion struct {
	release string   // what the pocket release has
	before  string   // what updates has, and staging had
	staged  string   // what staging has now
	breaks  []string // names that apt cannot install any more, or that are new
}

// promotions are harmless and breaking ones. All are pulled at once, under names that
// do not meet.
var promotions = map[string]promotion{
	"a new package on the release":           {"a 1", "", "b 1; Depends: a", nil},
	"a new package and what it needs":        {"a 1", "", "b 1; Depends: c\nc 1; Pre-Depends: a", nil},
	"a new package that lacks something":     {"a 1", "", "b 1; Depends: c", []string{"b"}},
	"a new package through others":           {"a 1", "", "b 1; Depends: c\nc 1; Depends: d\nd 1; Depends: e (>= 2)\ne 1", []string{"b", "c", "d"}},
	"an update in place":                     {"a 1; Depends: b (>= 1)\nb 1", "", "b 2", nil},
	"an update that is too new":              {"a 1; Depends: b (<< 2)\nb 1", "", "b 2", []string{"a"}},
	"an update of both":                      {"a 1; Depends: b (<< 2)\nb 1", "", "b 2\na 2; Depends: b (>= 2)", nil},
	"an exact pair of which one comes":       {"a 1; Depends: b (= 1)\nb 1", "", "b 1.1", []string{"a"}},
	"an exact pair":                          {"a 1; Depends: b (= 1)\nb 1", "", "a 1.1; Depends: b (= 1.1)\nb 1.1", nil},
	"an update that needs what is not there": {"a 1\nc 1; Depends: a", "", "a 2; Depends: b", []string{"a", "c"}},
	"an update that needs too much":          {"a 1\nb 1", "", "a 2; Pre-Depends: b (>= 2)", []string{"a"}},
	"a package goes that was needed":         {"", "a 1; Depends: b\nb 1", "a 1; Depends: b", []string{"a"}},
	"a package goes with who needed it":      {"c 1", "a 1; Depends: b\nb 1", "", nil},
	"a package goes that release has too":    {"a 1; Depends: b\nb 1", "b 1.1", "", nil},
	"a package goes that was one of two":     {"a 1; Depends: b | c\nc 1", "b 1", "", nil},
	"a virtual package loses its provider":   {"a 1; Depends: v", "b 1; Provides: v", "b 2", []string{"a"}},
	"a virtual package changes hands":        {"a 1; Depends: v", "b 1; Provides: v", "c 1; Provides: v", nil},
	"a version that is provided goes back":   {"a 1; Depends: v (>= 2)", "b 1; Provides: v (= 2)", "b 2; Provides: v (= 1)", []string{"a"}},
	"a conflict with what one needs":         {"a 1; Depends: b, c\nb 1\nc 1", "", "b 2; Conflicts: c", []string{"a"}},
	"a conflict with what nobody needs too":  {"a 1; Depends: b\nb 1\nc 1", "", "b 2; Conflicts: c", nil},
	"breaks what was not updated":            {"a 1; Depends: b\nb 1", "", "b 2; Breaks: a (<< 2)", []string{"a"}},
	"breaks what is updated too":             {"a 1; Depends: b\nb 1", "", "b 2; Breaks: a (<< 2)\na 2; Depends: b", nil},
	"conflicts with one of two":              {"a 1; Depends: b | c, d\nb 1\nc 1\nd 1", "", "d 2; Conflicts: b", nil},
	"conflicts with both of two":             {"a 1; Depends: b | c, d\nb 1\nc 1\nd 1", "", "d 2; Conflicts: b, c", []string{"a"}},
	"a conflict from afar":                   {"a 1; Depends: b, c\nb 1; Depends: d\nc 1; Depends: e\nd 1\ne 1", "", "e 2; Conflicts: d", []string{"a"}},
	"broken before and after":                {"a 1; Depends: z", "", "a 2; Depends: z", nil},
	"mended":                                 {"a 1; Depends: z", "", "z 1", nil},
	"any architecture, and allowed":          {"a 1; Depends: b:any\nb 1; Multi-Arch: allowed", "", "b 2; Multi-Arch: allowed", nil},
	"any architecture, no longer allowed":    {"a 1; Depends: b:any\nb 1; Multi-Arch: allowed", "", "b 2", []string{"a"}},
}

// letter is the name of a package in a promotion.
var letter = regexp.MustCompile(`\b[a-z]\b`)

// TestAptConfirmsWhatAPullWouldBreak pulls all promotions and has apt try every name
// before and after. If the check reports a package to break, apt installs it before,
// unless it is new, and refuses it after. All others install after, or never did.
func TestAptConfirmsWhatAPullWouldBreak(t *testing.T) {
	t.Parallel()
	a := start(t, t.TempDir())
	h := newPockets(a)
	titles := slices.Sorted(maps.Keys(promotions))
	prefix := func(i int) string { return fmt.Sprintf("case%02d", i) }
	all := func(lines func(promotion) string) (packages []testkit.Package) {
		for i, title := range titles {
			packages = append(packages, packagesOf(t, letter.ReplaceAllString(lines(promotions[title]), prefix(i)+"$0"))...)
		}
		return packages
	}
	old, next := all(func(p promotion) string { return p.before }), all(func(p promotion) string { return p.staged })
	h.put("release", all(func(p promotion) string { return p.release })...)
	h.put("staging", old...)
	a.done(a.Pockets.Pull(a.ctx, pocketNamed("updates")))
	h.take("staging", old...)
	h.put("staging", next...)

	var want []string
	for i, title := range titles {
		for _, name := range promotions[title].breaks {
			want = append(want, prefix(i)+name)
		}
	}
	breaks := h.broken(pockets.Joined{})
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(breaks))); diff != "" {
		t.Errorf("the check reports: %s", diff)
	}
	apt := h.apt("noble", "noble-updates")
	before := installable(t, apt)
	a.done(a.Pockets.Pull(a.ctx, pocketNamed("updates")))
	after := installable(t, apt)
	for name, works := range after {
		title := titles[caseOf(t, name)]
		worked, was := before[name]
		if why, broken := breaks[name]; broken && (works || was && !worked) {
			t.Errorf("%s: %s was reported to break (%s); apt installs it: before %v, after %v", title, name, why, worked, works)
		} else if !broken && !works && (worked || !was) {
			t.Errorf("%s: %s was not reported, and apt does not install it any more", title, name)
		}
	}
	if len(after) < len(titles) || len(breaks) < 10 {
		t.Errorf("%d names, %d reported to break", len(after), len(breaks))
	}
}

// caseOf returns the index of the promotion that a package belongs to.
func caseOf(t *testing.T, name string) (i int) {
	t.Helper()
	if _, err := fmt.Sscanf(name, "case%02d", &i); err != nil {
		t.Fatal(name, err)
	}
	return i
}

// packagesOf reads lines.
func packagesOf(t *testing.T, lines string) (packages []testkit.Package) {
	t.Helper()
	for line := range strings.Lines(lines) {
		head, rest, _ := strings.Cut(strings.TrimSpace(line), ";")
		p := testkit.Package{Architecture: "amd64", Fields: map[string]string{}}
		if _, err := fmt.Sscan(head, &p.Name, &p.Version); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for field := range strings.SplitSeq(rest, ";") {
			if name, value, ok := strings.Cut(field, ":"); ok {
				p.Fields[strings.TrimSpace(name)] = strings.TrimSpace(value)
			}
		}
		packages = append(packages, p)
	}
	return packages
}

// pocketServer is a server with the series noble of ubuntu: release and staging take
// uploads, updates pulls from staging.
type pocketServer struct{ *aptarium }

func pocketNamed(name string) pockets.Path {
	return pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: name}
}

func newPockets(a *aptarium) pocketServer {
	a.tb.Helper()
	_, err := a.Keys.Generate(a.ctx, keys.NewKey{Name: "sign"})
	if err == nil {
		_, err = a.Pockets.CreateDistribution(a.ctx, pockets.NewDistribution{Name: "ubuntu"})
	}
	if err == nil {
		_, err = a.Pockets.CreateSeries(a.ctx, pockets.NewSeries{Distribution: "ubuntu", Name: "noble"})
	}
	for _, p := range []pockets.NewPocket{{Mode: "upload", Path: pocketNamed("release")}, {Mode: "upload", Path: pocketNamed("staging")},
		{Mode: "pull", Path: pocketNamed("updates"), PullPocket: "staging"}} {
		if p.Components, p.Architectures, p.Key = []string{"main"}, []string{"amd64"}, "sign"; err == nil {
			_, err = a.Pockets.Create(a.ctx, p)
		}
	}
	if err != nil {
		a.tb.Fatal(err)
	}
	return pocketServer{a}
}

// put adds packages to a pocket and publishes it; take removes them again.
func (h pocketServer) put(pocket string, packages ...testkit.Package) {
	h.tb.Helper()
	_, err := h.Repos.AddFiles(h.ctx, "ubuntu.noble."+pocket, func(yield func(repos.Upload, error) bool) {
		for _, p := range packages {
			data, err := p.Deb()
			if !yield(repos.Upload{Name: p.FileName(), Body: bytes.NewReader(data)}, err) {
				return
			}
		}
	}, repos.AddOptions{})
	if err != nil {
		h.tb.Fatal(err)
	}
	h.done(h.Publications.Update(h.ctx, "repository/standalone/ubuntu", pocketNamed(pocket).Suite(), publications.PublicationEdit{}))
}

func (h pocketServer) take(pocket string, packages ...testkit.Package) {
	h.tb.Helper()
	names := make([]string, len(packages))
	for i, p := range packages {
		names[i] = p.Name
	}
	h.done(h.Pockets.Remove(h.ctx, pocketNamed(pocket), names))
}

// broken returns what a pull to updates would break, with the reasons.
func (h pocketServer) broken(joined pockets.Joined) map[string]string {
	h.tb.Helper()
	check, err := h.Pockets.CheckPull(h.ctx, pocketNamed("updates"), joined)
	if err != nil {
		h.tb.Fatal(err)
	}
	breaks := map[string]string{}
	for _, architecture := range check.Architectures {
		for _, p := range architecture.List {
			breaks[p.Name] = p.Why
		}
	}
	return breaks
}

// apt makes a client of some suites.
func (h pocketServer) apt(suites ...string) *testkit.Apt {
	h.tb.Helper()
	text, err := h.Keys.Export(h.ctx, "sign", true)
	if err != nil {
		h.tb.Fatal(err)
	}
	keys, err := openpgp.ReadKeys(text)
	if err != nil {
		h.tb.Fatal(err)
	}
	source, err := testkit.AptSource(strings.TrimSuffix(h.url, "/archive")+"/repository/standalone/ubuntu", strings.Join(suites, " "), "main", keys)
	if err != nil {
		h.tb.Fatal(err)
	}
	apt, err := testkit.NewApt(h.tb.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: source})
	if err != nil {
		h.tb.Fatal(err)
	}
	return apt
}

// installable updates apt's lists, and reports for each name in them whether apt
// installs it on a machine without any package.
func installable(t *testing.T, apt *testkit.Apt) map[string]bool {
	t.Helper()
	if out, err := apt.Update(t.Context()); err != nil {
		t.Fatal(out, err)
	}
	dump, err := apt.Run(t.Context(), "apt-cache", "dumpavail")
	if err != nil {
		t.Fatal(dump, err)
	}
	names := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^Package: (.*)$`).FindAllStringSubmatch(dump, -1) {
		if names[found[1]] {
			continue
		}
		out, err := apt.Run(t.Context(), "apt-get", "--simulate", "install", found[1])
		if err != nil && !strings.Contains(out, "unmet dependencies") && !strings.Contains(out, "Unmet") && !strings.Contains(out, "Error, pkgProblemResolver") {
			t.Fatalf("apt-get install %s: %v\n%s", found[1], err, out)
		}
		names[found[1]] = err == nil
	}
	return names
}
