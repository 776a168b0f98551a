package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// landscape is a house with the distribution ubuntu, and an upstream for it.
type landscape struct {
	*apptest.House
	upstream *testkit.Upstream
	key      *openpgp.SecretKey // the upstream's
}

// packagesOf describes packages by "name version architecture component".
func packagesOf(texts ...string) (list []testkit.Package) {
	for _, text := range texts {
		f := strings.Fields(text)
		list = append(list, testkit.Package{Name: f[0], Version: f[1], Architecture: f[2], Component: f[3]})
	}
	return list
}

var firstPackages = []string{"hello 1 amd64 main", "docs 1 all main", "extra 1 amd64 universe", "far 1 arm64 main", "odd 1 amd64 multiverse"}

// newLandscape runs a test with an upstream whose suites are noble and noble-updates.
func newLandscape(t *testing.T, test func(*landscape)) {
	t.Helper()
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		key, err := testkit.NewKey("Upstream")
		if err != nil {
			h.TB.Fatal(err)
		}
		l := &landscape{House: h, key: key, upstream: testkit.NewUpstream(h.TB.TempDir())}
		h.TB.Cleanup(l.upstream.Close)
		l.offer(1, map[string][]string{"noble": firstPackages, "noble-updates": {"hello 2 amd64 main"}})
		public, err := key.Public().Armored()
		if err != nil {
			h.TB.Fatal(err)
		}
		apptest.Must(h.ImportKey(h.Ctx, "upstream", public, nil))(h.TB)
		apptest.Must(h.GenerateKey(h.Ctx, app.NewKey{Name: "sign"}))(h.TB)
		apptest.Must(h.CreateDistribution(h.Ctx, app.NewDistribution{Name: "ubuntu"}))(h.TB)
		test(l)
	})
}

// offer gives the upstream other suites.
func (l *landscape) offer(day int, suites map[string][]string) {
	l.TB.Helper()
	var all []testkit.Suite
	for name, packages := range suites {
		all = append(all, testkit.Suite{
			Codename: name, Packages: packagesOf(packages...), Keys: []*openpgp.SecretKey{l.key},
			Date: time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC), Components: []string{"main", "universe", "multiverse"}, Architectures: []string{"amd64", "arm64"},
		})
	}
	slices.SortFunc(all, func(a, b testkit.Suite) int { return strings.Compare(a.Codename, b.Codename) })
	dir := l.TB.TempDir()
	if err := (testkit.Archive{Suites: all}).Write(l.Ctx, dir); err != nil {
		l.TB.Fatal(err)
	}
	l.upstream.Switch(dir)
}

func in(series, pocket string) app.PocketPath {
	return app.PocketPath{Distribution: "ubuntu", Series: series, Pocket: pocket}
}

// noble makes the series noble with two pockets that mirror the upstream.
func (l *landscape) noble() app.Series {
	l.TB.Helper()
	return apptest.Must(l.CreateSeries(l.Ctx, app.NewSeries{
		Name: "noble", Distribution: "ubuntu", Pockets: []string{"release", "updates"}, Components: []string{"main", "universe"},
		Architectures: []string{"amd64"}, Key: "sign", MirrorURL: l.upstream.URL(), MirrorKey: "upstream",
	}))(l.TB)
}

func (l *landscape) sync(path app.PocketPath) app.PocketResult {
	l.TB.Helper()
	return l.result(l.Done(l.SyncPocket(l.Ctx, path)))
}

func (l *landscape) pull(path app.PocketPath) app.PocketResult {
	l.TB.Helper()
	return l.result(l.Done(l.PullPocket(l.Ctx, path)))
}

func (l *landscape) result(a app.Activity) (r app.PocketResult) {
	l.TB.Helper()
	if err := json.Unmarshal(a.Result, &r); err != nil {
		l.TB.Fatalf("%v in %s", err, a.Result)
	}
	return r
}

// list shows what a pocket lists: "main/amd64 hello 1".
func (l *landscape) list(path app.PocketPath) (lines []string) {
	l.TB.Helper()
	for _, area := range apptest.Must(l.PocketList(l.Ctx, path))(l.TB) {
		for _, p := range area.Packages {
			lines = append(lines, fmt.Sprintf("%s/%s %s %s", area.Component, area.Architecture, p.Name, p.Version))
		}
	}
	return lines
}

// diff shows what a pull would change.
func (l *landscape) diff(path app.PocketPath) (lines []string) {
	l.TB.Helper()
	for _, area := range apptest.Must(l.PocketDiff(l.Ctx, path))(l.TB) {
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

func (l *landscape) want(what string, got []string, want ...string) {
	l.TB.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		l.TB.Errorf("%s:\n%s", what, diff)
	}
}

// TestASeriesOfMirrorsIsPublishedBeforeAndAfterItsSync: every component and architecture
// can be read at once, and what is synced later.
func TestASeriesOfMirrorsIsPublishedBeforeAndAfterItsSync(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		series := l.noble()
		var made []string
		for _, p := range series.Pockets {
			made = append(made, fmt.Sprintf("%s %s %s %s %s", p.Name, p.Mode, p.Suite, p.Mirror.Suite, p.Collection))
		}
		l.want("the pockets", made, "release mirror noble noble mirror:ubuntu.noble.release", "updates mirror noble-updates noble-updates mirror:ubuntu.noble.updates")
		release := l.Read("repository/standalone/ubuntu/dists/noble/Release")
		for _, line := range []string{"Components: main universe", "Architectures: amd64", "universe/binary-amd64/Packages"} {
			if !strings.Contains(release, line) {
				l.TB.Errorf("the empty Release lacks %q:\n%s", line, release)
			}
		}
		r := l.sync(in("noble", "release"))
		if r.Added != 3 || r.Release != 2 || r.Sync == nil || r.Sync.Downloaded != 3 {
			l.TB.Errorf("the sync did %+v", r)
		}
		l.want("release", l.list(in("noble", "release")), "main/amd64 docs 1", "main/amd64 hello 1", "universe/amd64 extra 1")
		if got := l.Read("repository/standalone/ubuntu/dists/noble/universe/binary-amd64/Packages"); !strings.Contains(got, "Package: extra\n") {
			l.TB.Errorf("universe lists %q", got)
		}
		if again := l.sync(in("noble", "release")); again.Added != 0 || again.Release != 2 || !again.Sync.Unchanged {
			l.TB.Errorf("the second sync did %+v", again)
		}
		p := apptest.Must(l.Pocket(l.Ctx, in("noble", "release")))(l.TB)
		if want := "deb https://deb.example.org/repository/standalone/ubuntu noble main universe"; p.SourceLine != want || p.Packages != 3 || p.Key != "sign" || p.Mirror.Key != "upstream" {
			l.TB.Errorf("%+v, not %q", p, want)
		}
	})
}

// TestAPullIsOneRevisionAndFollowsItsOrigin: what comes, changes and goes, as the diff told
// before; and a revert of it is one too.
func TestAPullIsOneRevisionAndFollowsItsOrigin(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		l.sync(in("noble", "release"))
		derived := apptest.Must(l.DeriveSeries(l.Ctx, "ubuntu", "noble", "stable"))(l.TB)
		if len(derived.Pockets) != 2 || derived.Pockets[0].Mode != app.PocketPulls || derived.Pockets[0].Pull.Series != "noble" {
			l.TB.Fatalf("%+v", derived)
		}
		stable := in("stable", "release")
		l.want("the first diff", l.diff(stable), "main/amd64 + docs 1", "main/amd64 + hello 1", "universe/amd64 + extra 1")
		if r := l.pull(stable); r.Added != 3 || r.Removed != 0 || r.Release != 2 {
			l.TB.Errorf("the pull did %+v", r)
		}
		l.want("the diff after it", l.diff(stable))
		l.offer(2, map[string][]string{"noble": {"hello 1.1 amd64 main", "docs 1 all main", "news 1 all main"}})
		l.sync(in("noble", "release"))
		l.want("the second diff", l.diff(stable), "main/amd64 + news 1", "main/amd64 hello 1 → 1.1", "universe/amd64 - extra 1")
		l.pull(stable)
		l.want("stable", l.list(stable), "main/amd64 docs 1", "main/amd64 hello 1.1", "main/amd64 news 1")
		ref := apptest.Must(app.ParseRef("ref", "repo:ubuntu.stable.release"))(l.TB)
		log := apptest.Must(l.History(l.Ctx, ref, app.Page{}))(l.TB).Items
		if len(log) != 2 || log[0].Added != 2 || log[0].Removed != 2 || log[0].Activity == 0 {
			l.TB.Errorf("the history is %+v", log)
		}
		ref.Revision = log[1].Number
		apptest.Must(l.Revert(l.Ctx, ref))(l.TB)
		l.want("after the revert", l.list(stable), "main/amd64 docs 1", "main/amd64 hello 1", "universe/amd64 extra 1")
	})
}

func TestFiltersOfAPull(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		l.sync(in("noble", "release"))
		for _, c := range []struct {
			filter string
			want   []string
		}{
			{"allowlist", []string{"main/amd64 hello 1"}},
			{"blocklist", []string{"main/amd64 docs 1", "universe/amd64 extra 1"}},
			{"whitelist", []string{"main/amd64 hello 1"}},
		} {
			path := in("noble", c.filter)
			apptest.Must(l.CreatePocket(l.Ctx, app.NewPocket{
				PocketPath: path, Mode: app.PocketPulls, Components: []string{"main", "universe"}, Architectures: []string{"amd64"}, Key: "sign",
				PullPocket: "release", Filter: c.filter,
			}))(l.TB)
			p := apptest.Must(l.AddPocketFilters(l.Ctx, path, []string{"hello", "other", "hello"}))(l.TB)
			l.want("the filters", p.Pull.Filters, "hello", "other")
			l.pull(path)
			l.want(c.filter, l.list(path), c.want...)
			p = apptest.Must(l.RemovePocketFilters(l.Ctx, path, []string{"hello"}))(l.TB)
			l.want("the filters left", p.Pull.Filters, "other")
		}
		l.pull(in("noble", "allowlist"))
		l.want("without a name that is there", l.list(in("noble", "allowlist")))
		l.pull(in("noble", "blocklist"))
		l.want("without a name that is blocked", l.list(in("noble", "blocklist")), "main/amd64 docs 1", "main/amd64 hello 1", "universe/amd64 extra 1")
	})
}

func TestPackagesAreRemovedFromAnUploadPocket(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		path := in("noble", "staging")
		p := apptest.Must(l.CreatePocket(l.Ctx, app.NewPocket{
			PocketPath: path, Mode: app.PocketUploads, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "sign",
		}))(l.TB)
		repo := strings.TrimPrefix(p.Collection, "repo:")
		apptest.Must(l.Add(repo, apptest.Deb(l.TB, "a", "1", "amd64", "a"), apptest.Deb(l.TB, "a", "2", "amd64", "b"), apptest.Deb(l.TB, "b", "1", "all", "c")))(l.TB)
		r := l.result(l.Done(l.RemoveFromPocket(l.Ctx, path, []string{"a", "none"})))
		if r.Removed != 2 || r.Added != 0 {
			l.TB.Errorf("%+v", r)
		}
		l.want("staging", l.list(path), "main/amd64 b 1")
		if got := l.Read("repository/standalone/ubuntu/dists/noble-staging/main/binary-amd64/Packages"); strings.Contains(got, "Package: a\n") || !strings.Contains(got, "Package: b\n") {
			l.TB.Errorf("published is %q", got)
		}
	})
}

// TestAFlatUpstreamIsOneComponent in the pocket that mirrors it and in one that pulls from
// that.
func TestAFlatUpstreamIsOneComponent(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		dir := l.TB.TempDir()
		suite := testkit.Suite{Flat: true, Path: "flat", Packages: packagesOf("tool 1 amd64 main"), Keys: []*openpgp.SecretKey{l.key}}
		if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(l.Ctx, dir); err != nil {
			l.TB.Fatal(err)
		}
		l.upstream.Switch(dir)
		apptest.Must(l.CreateSeries(l.Ctx, app.NewSeries{Name: "noble", Distribution: "ubuntu"}))(l.TB)
		flat := app.NewPocket{
			PocketPath: in("noble", "tools"), Mode: app.PocketMirrors, Components: []string{"extra"}, Architectures: []string{"amd64"}, Key: "sign",
			MirrorURL: l.upstream.URL(), MirrorSuite: "flat/", MirrorKey: "upstream",
		}
		apptest.Must(l.CreatePocket(l.Ctx, flat))(l.TB)
		l.sync(flat.PocketPath)
		apptest.Must(l.DeriveSeries(l.Ctx, "ubuntu", "noble", "stable"))(l.TB)
		l.want("the diff", l.diff(in("stable", "tools")), "extra/amd64 + tool 1")
		l.pull(in("stable", "tools"))
		for _, suite := range []string{"noble", "stable"} {
			l.want(suite, l.list(in(suite, "tools")), "extra/amd64 tool 1")
			if got := l.Read("repository/standalone/ubuntu/dists/" + suite + "-tools/extra/binary-amd64/Packages"); !strings.Contains(got, "Package: tool\n") {
				l.TB.Errorf("%s publishes %q", suite, got)
			}
		}
		two := flat
		two.Pocket, two.Components = "more", []string{"extra", "main"}
		if _, err := l.CreatePocket(l.Ctx, two); problem.ReasonOf(err) != problem.ConflictingValues {
			l.TB.Errorf("two components: %v", err)
		}
	})
}

func TestAPocketIsEdited(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		path := in("noble", "release")
		l.sync(path)
		apptest.Must(l.GenerateKey(l.Ctx, app.NewKey{Name: "other"}))(l.TB)
		components, key, architectures := []string{"main"}, "other", []string{"amd64", "arm64"}
		p := apptest.Must(l.EditPocket(l.Ctx, path, app.PocketEdit{Components: &components, Key: &key, Architectures: &architectures}))(l.TB)
		if p.Key != "other" {
			l.TB.Errorf("%+v", p)
		}
		release := l.Read("repository/standalone/ubuntu/dists/noble/Release")
		if strings.Contains(release, "universe") || !strings.Contains(release, "main/binary-arm64/Packages") {
			l.TB.Errorf("published is\n%s", release)
		}
		l.sync(path)
		l.want("what is mirrored then", l.list(path), "main/amd64 docs 1", "main/amd64 hello 1", "main/arm64 docs 1", "main/arm64 far 1")
		unsigned := true
		if _, err := l.EditPocket(l.Ctx, path, app.PocketEdit{AllowUnsigned: &unsigned}); problem.ReasonOf(err) != pocket.InvalidMode {
			l.TB.Errorf("a mirror that takes uploads: %v", err)
		}
	})
}

// TestOneOperationAtATime: a second one on the distribution is refused, as is a change of it,
// while reads and other distributions go on.
func TestOneOperationAtATime(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		held := make(chan struct{})
		l.upstream.Inject("*hello*.deb", 1, func(w http.ResponseWriter, r *http.Request, files http.Handler) {
			<-held
			files.ServeHTTP(w, r)
		})
		first := apptest.Must(l.SyncPocket(l.Ctx, in("noble", "release")))(l.TB)
		refused := map[string]func() error{
			"a second sync": func() error { _, err := l.SyncPocket(l.Ctx, in("noble", "updates")); return err },
			"a new pocket": func() error {
				_, err := l.CreatePocket(l.Ctx, app.NewPocket{PocketPath: in("noble", "x"), Mode: app.PocketUploads, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "sign"})
				return err
			},
			"a new series": func() error {
				_, err := l.CreateSeries(l.Ctx, app.NewSeries{Name: "x", Distribution: "ubuntu"})
				return err
			},
			"a derived series":   func() error { _, err := l.DeriveSeries(l.Ctx, "ubuntu", "noble", "x"); return err },
			"dropping a pocket":  func() error { return l.DropPocket(l.Ctx, in("noble", "updates")) },
			"dropping it all":    func() error { return l.DropDistribution(l.Ctx, "ubuntu") },
			"dropping a series":  func() error { return l.DropSeries(l.Ctx, "ubuntu", "noble") },
			"an edit of another": func() error { _, err := l.EditPocket(l.Ctx, in("noble", "updates"), app.PocketEdit{}); return err },
		}
		for name, do := range refused {
			if err := do(); problem.ReasonOf(err) != pocket.Busy || !problem.Is(err, problem.Conflict) {
				l.TB.Errorf("%s: %v", name, err)
			}
		}
		apptest.Must(l.PocketList(l.Ctx, in("noble", "release")))(l.TB)
		apptest.Must(l.CreateDistribution(l.Ctx, app.NewDistribution{Name: "debian"}))(l.TB)
		apptest.Must(l.CreateSeries(l.Ctx, app.NewSeries{
			Name: "noble", Distribution: "debian", Pockets: []string{"release"}, Components: []string{"main"}, Architectures: []string{"arm64"},
			Key: "sign", MirrorURL: l.upstream.URL(), MirrorKey: "upstream",
		}))(l.TB)
		beside := l.sync(app.PocketPath{Distribution: "debian", Series: "noble", Pocket: "release"})
		if now := apptest.Must(l.Activity(l.Ctx, first.ID))(l.TB); now.Finished() || beside.Added != 2 {
			l.TB.Errorf("beside %+v another distribution did %+v", now, beside)
		}
		close(held)
		l.Done(first, nil)
		l.sync(in("noble", "updates"))
	})
}

// TestWhatIsInAnAccessGroupMovesWhenThatIsDropped.
func TestWhatIsInAnAccessGroupMovesWhenThatIsDropped(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		apptest.Must(l.CreateAccessGroup(l.Ctx, app.NewAccessGroup{Title: "team"}))(l.TB)
		apptest.Must(l.CreateDistribution(l.Ctx, app.NewDistribution{Name: "debian", AccessGroup: "team"}))(l.TB)
		apptest.Must(l.DropAccessGroup(l.Ctx, "team"))(l.TB)
		if d := apptest.Must(l.Distributions(l.Ctx, []string{"debian"}))(l.TB); len(d) != 1 || d[0].AccessGroup != "global" {
			l.TB.Errorf("%+v", d)
		}
	})
}

// TestWhatIsDroppedIsGoneFromItsSuite, and its past times stay.
func TestWhatIsDroppedIsGoneFromItsSuite(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		l.sync(in("noble", "release"))
		if err := l.DropMirror(l.Ctx, "ubuntu.noble.release"); !problem.Is(err, problem.Conflict) {
			l.TB.Errorf("dropping the mirror alone: %v", err)
		}
		if err := l.DropPublication(l.Ctx, "repository/standalone/ubuntu", "noble"); !problem.Is(err, problem.Conflict) {
			l.TB.Errorf("dropping the publication alone: %v", err)
		}
		if err := l.DropKey(l.Ctx, "upstream"); problem.ReasonOf(err) != keyring.KeyInUse {
			l.TB.Errorf("dropping the upstream's key: %v", err)
		}
		if err := l.DropKey(l.Ctx, "sign"); problem.ReasonOf(err) != keyring.KeyInUse {
			l.TB.Errorf("dropping the key that signs: %v", err)
		}
		if err := l.DropPocket(l.Ctx, in("noble", "updates")); err != nil {
			l.TB.Fatal(err)
		}
		if err := l.DropDistribution(l.Ctx, "ubuntu"); err != nil {
			l.TB.Fatal(err)
		}
		if _, err := l.Published(l.Ctx, "repository/standalone/ubuntu/dists/noble/Release"); !problem.Is(err, problem.NotFound) {
			l.TB.Errorf("still published: %v", err)
		}
		if left := apptest.Must(l.Mirrors(l.Ctx, app.Page{}))(l.TB).Items; len(left) != 0 {
			l.TB.Errorf("left are %+v", left)
		}
		apptest.Must(l.CreateDistribution(l.Ctx, app.NewDistribution{Name: "ubuntu"}))(l.TB)
		l.noble()
		l.sync(in("noble", "release"))
	})
}
