package apptest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

// landscape is a house with the distribution ubuntu, and an upstream for it.
type Landscape struct {
	*House
	Upstream *testkit.Upstream
	Key      *openpgp.SecretKey // the upstream's
}

// packagesOf describes packages by "name version architecture component".
func PackagesOf(texts ...string) (list []testkit.Package) {
	for _, text := range texts {
		f := strings.Fields(text)
		list = append(list, testkit.Package{Name: f[0], Version: f[1], Architecture: f[2], Component: f[3]})
	}
	return list
}

var firstPackages = []string{"hello 1 amd64 main", "docs 1 all main", "extra 1 amd64 universe", "far 1 arm64 main", "odd 1 amd64 multiverse"}

// newLandscape runs a test with an upstream whose suites are noble and noble-updates.
func NewLandscape(t *testing.T, test func(*Landscape)) {
	t.Helper()
	t.Parallel()
	Run(t, func(h *House) {
		key, err := testkit.NewKey("Upstream")
		if err != nil {
			h.TB.Fatal(err)
		}
		l := &Landscape{House: h, Key: key, Upstream: testkit.NewUpstream(h.TB.TempDir())}
		h.TB.Cleanup(l.Upstream.Close)
		l.Offer(1, map[string][]string{"noble": firstPackages, "noble-updates": {"hello 2 amd64 main"}})
		public, err := key.Public().Armored()
		if err != nil {
			h.TB.Fatal(err)
		}
		Must(h.Keys.Import(h.Ctx, "upstream", public, nil))(h.TB)
		Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "sign"}))(h.TB)
		Must(h.Pockets.CreateDistribution(h.Ctx, pockets.NewDistribution{Name: "ubuntu"}))(h.TB)
		test(l)
	})
}

// Offer replaces the suites of the upstream.
func (l *Landscape) Offer(day int, suites map[string][]string) {
	l.TB.Helper()
	var all []testkit.Suite
	for name, packages := range suites {
		all = append(all, testkit.Suite{
			Codename: name, Packages: PackagesOf(packages...), Keys: []*openpgp.SecretKey{l.Key},
			Date: time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC), Components: []string{"main", "universe", "multiverse"}, Architectures: []string{"amd64", "arm64"},
		})
	}
	slices.SortFunc(all, func(a, b testkit.Suite) int { return strings.Compare(a.Codename, b.Codename) })
	dir := l.TB.TempDir()
	if err := (testkit.Archive{Suites: all}).Write(l.Ctx, dir); err != nil {
		l.TB.Fatal(err)
	}
	l.Upstream.Switch(dir)
}

func In(series, pocket string) pockets.Path {
	return pockets.Path{Distribution: "ubuntu", Series: series, Pocket: pocket}
}

// noble makes the series noble with two pockets that mirror the upstream.
func (l *Landscape) Noble() pockets.Series {
	l.TB.Helper()
	return Must(l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{
		Name: "noble", Distribution: "ubuntu", Pockets: []string{"release", "updates"}, Components: []string{"main", "universe"},
		Architectures: []string{"amd64"}, Key: "sign", MirrorURL: l.Upstream.URL(), MirrorKey: "upstream",
	}))(l.TB)
}

func (l *Landscape) Sync(path pockets.Path) pockets.Result {
	l.TB.Helper()
	return l.Result(l.Done(l.Pockets.Sync(l.Ctx, path)))
}

func (l *Landscape) Pull(path pockets.Path) pockets.Result {
	l.TB.Helper()
	return l.Result(l.Done(l.Pockets.Pull(l.Ctx, path)))
}

func (l *Landscape) Result(a usecase.Activity) (r pockets.Result) {
	l.TB.Helper()
	if err := json.Unmarshal(a.Result, &r); err != nil {
		l.TB.Fatalf("%v in %s", err, a.Result)
	}
	return r
}

// list shows what a pocket lists: "main/amd64 hello 1".
func (l *Landscape) List(path pockets.Path) (lines []string) {
	l.TB.Helper()
	for _, area := range Must(l.Pockets.ListPackages(l.Ctx, path))(l.TB) {
		for _, p := range area.Packages {
			lines = append(lines, fmt.Sprintf("%s/%s %s %s", area.Component, area.Architecture, p.Name, p.Version))
		}
	}
	return lines
}

// diff shows what a pull would change.
func (l *Landscape) Diff(path pockets.Path) (lines []string) {
	l.TB.Helper()
	for _, area := range Must(l.Pockets.Diff(l.Ctx, path))(l.TB) {
		where := area.Component + "/" + area.Architecture
		for _, p := range area.Add {
			lines = append(lines, fmt.Sprintf("%s + %s %s", where, p.Name, p.Version))
		}
		for _, p := range area.Update {
			lines = append(lines, fmt.Sprintf("%s %s %s → %s", where, p.Name, p.Old, p.New))
		}
		for _, p := range area.Delete {
			lines = append(lines, fmt.Sprintf("%s - %s %s", where, p.Name, p.Version))
		}
	}
	return lines
}

func (l *Landscape) Want(what string, got []string, want ...string) {
	l.TB.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		l.TB.Errorf("%s:\n%s", what, diff)
	}
}
