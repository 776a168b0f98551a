package pockets_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestASeriesOfMirrorsIsPublishedBeforeAndAfterItsSync: every component and architecture
// can be read at once, and what is synced later.
func TestASeriesOfMirrorsIsPublishedBeforeAndAfterItsSync(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		series := l.Noble()
		var made []string
		for _, p := range series.Pockets {
			made = append(made, fmt.Sprintf("%s %s %s %s %s", p.Name, p.Mode, p.Suite, p.Mirror.Suite, p.Collection))
		}
		l.Want("the pockets", made, "release mirror noble noble mirror:ubuntu.noble.release", "updates mirror noble-updates noble-updates mirror:ubuntu.noble.updates")
		release := l.Read("repository/standalone/ubuntu/dists/noble/Release")
		for _, line := range []string{"Components: main universe", "Architectures: amd64", "universe/binary-amd64/Packages"} {
			if !strings.Contains(release, line) {
				l.TB.Errorf("the empty Release lacks %q:\n%s", line, release)
			}
		}
		r := l.Sync(apptest.In("noble", "release"))
		if r.Added != 3 || r.Release != 2 || r.Sync == nil || r.Sync.Downloaded != 3 {
			l.TB.Errorf("the sync did %+v", r)
		}
		l.Want("release", l.List(apptest.In("noble", "release")), "main/amd64 docs 1", "main/amd64 hello 1", "universe/amd64 extra 1")
		if got := l.Read("repository/standalone/ubuntu/dists/noble/universe/binary-amd64/Packages"); !strings.Contains(got, "Package: extra\n") {
			l.TB.Errorf("universe lists %q", got)
		}
		if again := l.Sync(apptest.In("noble", "release")); again.Added != 0 || again.Release != 2 || !again.Sync.Unchanged {
			l.TB.Errorf("the second sync did %+v", again)
		}
		p := apptest.Must(l.Pockets.Get(l.Ctx, apptest.In("noble", "release")))(l.TB)
		if want := "deb https://deb.example.org/repository/standalone/ubuntu noble main universe"; p.SourceLine != want || p.Packages != 3 || p.Key != "sign" || p.Mirror.Key != "upstream" {
			l.TB.Errorf("%+v, not %q", p, want)
		}
	})
}

// TestAPullIsOneRevisionAndFollowsItsOrigin: what comes, changes and goes, as the diff told
// before; and a revert of it is one too.
func TestAPullIsOneRevisionAndFollowsItsOrigin(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		l.Sync(apptest.In("noble", "release"))
		derived := apptest.Must(l.Pockets.DeriveSeries(l.Ctx, "ubuntu", "noble", "stable"))(l.TB)
		if len(derived.Pockets) != 2 || derived.Pockets[0].Mode != pockets.Pulls || derived.Pockets[0].Pull.Series != "noble" {
			l.TB.Fatalf("%+v", derived)
		}
		stable := apptest.In("stable", "release")
		l.Want("the first diff", l.Diff(stable), "main/amd64 + docs 1", "main/amd64 + hello 1", "universe/amd64 + extra 1")
		if r := l.Pull(stable); r.Added != 3 || r.Removed != 0 || r.Release != 2 {
			l.TB.Errorf("the pull did %+v", r)
		}
		l.Want("the diff after it", l.Diff(stable))
		l.Offer(2, map[string][]string{"noble": {"hello 1.1 amd64 main", "docs 1 all main", "news 1 all main"}})
		l.Sync(apptest.In("noble", "release"))
		l.Want("the second diff", l.Diff(stable), "main/amd64 + news 1", "main/amd64 hello 1 → 1.1", "universe/amd64 - extra 1")
		l.Pull(stable)
		l.Want("stable", l.List(stable), "main/amd64 docs 1", "main/amd64 hello 1.1", "main/amd64 news 1")
		ref := apptest.Must(collections.ParseRef("ref", "repo:ubuntu.stable.release"))(l.TB)
		log := apptest.Must(l.Collections.History(l.Ctx, ref, usecase.Page{}))(l.TB).Items
		if len(log) != 2 || log[0].Added != 2 || log[0].Removed != 2 || log[0].Activity == 0 {
			l.TB.Errorf("the history is %+v", log)
		}
		ref.Revision = log[1].Number
		apptest.Must(l.Publications.Revert(l.Ctx, ref))(l.TB)
		l.Want("after the revert", l.List(stable), "main/amd64 docs 1", "main/amd64 hello 1", "universe/amd64 extra 1")
	})
}

func TestFiltersOfAPull(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		l.Sync(apptest.In("noble", "release"))
		for _, c := range []struct {
			filter string
			want   []string
		}{
			{"allowlist", []string{"main/amd64 hello 1"}},
			{"blocklist", []string{"main/amd64 docs 1", "universe/amd64 extra 1"}},
			{"whitelist", []string{"main/amd64 hello 1"}},
		} {
			path := apptest.In("noble", c.filter)
			apptest.Must(l.Pockets.Create(l.Ctx, pockets.NewPocket{
				Path: path, Mode: pockets.Pulls, Components: []string{"main", "universe"}, Architectures: []string{"amd64"}, Key: "sign",
				PullPocket: "release", Filter: c.filter,
			}))(l.TB)
			p := apptest.Must(l.Pockets.AddFilters(l.Ctx, path, []string{"hello", "other", "hello"}))(l.TB)
			l.Want("the filters", p.Pull.Filters, "hello", "other")
			l.Pull(path)
			l.Want(c.filter, l.List(path), c.want...)
			p = apptest.Must(l.Pockets.RemoveFilters(l.Ctx, path, []string{"hello"}))(l.TB)
			l.Want("the filters left", p.Pull.Filters, "other")
		}
		l.Pull(apptest.In("noble", "allowlist"))
		l.Want("without a name that is there", l.List(apptest.In("noble", "allowlist")))
		l.Pull(apptest.In("noble", "blocklist"))
		l.Want("without a name that is blocked", l.List(apptest.In("noble", "blocklist")), "main/amd64 docs 1", "main/amd64 hello 1", "universe/amd64 extra 1")
	})
}

func TestPackagesAreRemovedFromAnUploadPocket(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		path := apptest.In("noble", "staging")
		p := apptest.Must(l.Pockets.Create(l.Ctx, pockets.NewPocket{
			Path: path, Mode: pockets.Uploads, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "sign",
		}))(l.TB)
		repo := strings.TrimPrefix(p.Collection, "repo:")
		apptest.Must(l.Add(repo, apptest.Deb(l.TB, "a", "1", "amd64", "a"), apptest.Deb(l.TB, "a", "2", "amd64", "b"), apptest.Deb(l.TB, "b", "1", "all", "c")))(l.TB)
		r := l.Result(l.Done(l.Pockets.Remove(l.Ctx, path, []string{"a", "none"})))
		if r.Removed != 2 || r.Added != 0 {
			l.TB.Errorf("%+v", r)
		}
		l.Want("staging", l.List(path), "main/amd64 b 1")
		if got := l.Read("repository/standalone/ubuntu/dists/noble-staging/main/binary-amd64/Packages"); strings.Contains(got, "Package: a\n") || !strings.Contains(got, "Package: b\n") {
			l.TB.Errorf("published is %q", got)
		}
	})
}

// TestAFlatUpstreamIsOneComponent in the pocket that mirrors it and in one that pulls from
// that.
func TestAFlatUpstreamIsOneComponent(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		dir := l.TB.TempDir()
		suite := testkit.Suite{Flat: true, Path: "flat", Packages: apptest.PackagesOf("tool 1 amd64 main"), Keys: []*openpgp.SecretKey{l.Key}}
		if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(l.Ctx, dir); err != nil {
			l.TB.Fatal(err)
		}
		l.Upstream.Switch(dir)
		apptest.Must(l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{Name: "noble", Distribution: "ubuntu"}))(l.TB)
		flat := pockets.NewPocket{
			Path: apptest.In("noble", "tools"), Mode: pockets.Mirrors, Components: []string{"extra"}, Architectures: []string{"amd64"}, Key: "sign",
			MirrorURL: l.Upstream.URL(), MirrorSuite: "flat/", MirrorKey: "upstream",
		}
		apptest.Must(l.Pockets.Create(l.Ctx, flat))(l.TB)
		l.Sync(flat.Path)
		apptest.Must(l.Pockets.DeriveSeries(l.Ctx, "ubuntu", "noble", "stable"))(l.TB)
		l.Want("the diff", l.Diff(apptest.In("stable", "tools")), "extra/amd64 + tool 1")
		l.Pull(apptest.In("stable", "tools"))
		for _, suite := range []string{"noble", "stable"} {
			l.Want(suite, l.List(apptest.In(suite, "tools")), "extra/amd64 tool 1")
			if got := l.Read("repository/standalone/ubuntu/dists/" + suite + "-tools/extra/binary-amd64/Packages"); !strings.Contains(got, "Package: tool\n") {
				l.TB.Errorf("%s publishes %q", suite, got)
			}
		}
		two := flat
		two.Pocket, two.Components = "more", []string{"extra", "main"}
		if _, err := l.Pockets.Create(l.Ctx, two); problem.ReasonOf(err) != problem.ConflictingValues {
			l.TB.Errorf("two components: %v", err)
		}
	})
}

func TestAPocketIsEdited(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		path := apptest.In("noble", "release")
		l.Sync(path)
		apptest.Must(l.Keys.Generate(l.Ctx, keys.NewKey{Name: "other"}))(l.TB)
		components, key, architectures := []string{"main"}, "other", []string{"amd64", "arm64"}
		p := apptest.Must(l.Pockets.Edit(l.Ctx, path, pockets.PocketEdit{Components: &components, Key: &key, Architectures: &architectures}))(l.TB)
		if p.Key != "other" {
			l.TB.Errorf("%+v", p)
		}
		release := l.Read("repository/standalone/ubuntu/dists/noble/Release")
		if strings.Contains(release, "universe") || !strings.Contains(release, "main/binary-arm64/Packages") {
			l.TB.Errorf("published is\n%s", release)
		}
		l.Sync(path)
		l.Want("what is mirrored then", l.List(path), "main/amd64 docs 1", "main/amd64 hello 1", "main/arm64 docs 1", "main/arm64 far 1")
		unsigned := true
		if _, err := l.Pockets.Edit(l.Ctx, path, pockets.PocketEdit{AllowUnsigned: &unsigned}); problem.ReasonOf(err) != pocket.InvalidMode {
			l.TB.Errorf("a mirror that takes uploads: %v", err)
		}
	})
}

// TestOneOperationAtATime: a second one on the distribution is refused, as is a change of it,
// while reads and other distributions go on.
func TestOneOperationAtATime(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		held := make(chan struct{})
		l.Upstream.Inject("*hello*.deb", 1, func(w http.ResponseWriter, r *http.Request, files http.Handler) {
			<-held
			files.ServeHTTP(w, r)
		})
		first := apptest.Must(l.Pockets.Sync(l.Ctx, apptest.In("noble", "release")))(l.TB)
		refused := map[string]func() error{
			"a second sync": func() error { _, err := l.Pockets.Sync(l.Ctx, apptest.In("noble", "updates")); return err },
			"a new pocket": func() error {
				_, err := l.Pockets.Create(l.Ctx, pockets.NewPocket{Path: apptest.In("noble", "x"), Mode: pockets.Uploads, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "sign"})
				return err
			},
			"a new series": func() error {
				_, err := l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{Name: "x", Distribution: "ubuntu"})
				return err
			},
			"a derived series":  func() error { _, err := l.Pockets.DeriveSeries(l.Ctx, "ubuntu", "noble", "x"); return err },
			"dropping a pocket": func() error { return l.Pockets.Drop(l.Ctx, apptest.In("noble", "updates")) },
			"dropping it all":   func() error { return l.Pockets.DropDistribution(l.Ctx, "ubuntu") },
			"dropping a series": func() error { return l.Pockets.DropSeries(l.Ctx, "ubuntu", "noble") },
			"an edit of another": func() error {
				_, err := l.Pockets.Edit(l.Ctx, apptest.In("noble", "updates"), pockets.PocketEdit{})
				return err
			},
		}
		for name, do := range refused {
			if err := do(); problem.ReasonOf(err) != pocket.Busy || !problem.Is(err, problem.Conflict) {
				l.TB.Errorf("%s: %v", name, err)
			}
		}
		apptest.Must(l.Pockets.ListPackages(l.Ctx, apptest.In("noble", "release")))(l.TB)
		apptest.Must(l.Pockets.CreateDistribution(l.Ctx, pockets.NewDistribution{Name: "debian"}))(l.TB)
		apptest.Must(l.Pockets.CreateSeries(l.Ctx, pockets.NewSeries{
			Name: "noble", Distribution: "debian", Pockets: []string{"release"}, Components: []string{"main"}, Architectures: []string{"arm64"},
			Key: "sign", MirrorURL: l.Upstream.URL(), MirrorKey: "upstream",
		}))(l.TB)
		beside := l.Sync(pockets.Path{Distribution: "debian", Series: "noble", Pocket: "release"})
		if now := apptest.Must(l.Activities.Get(l.Ctx, first.ID))(l.TB); now.Finished() || beside.Added != 2 {
			l.TB.Errorf("beside %+v another distribution did %+v", now, beside)
		}
		close(held)
		l.Done(first, nil)
		l.Sync(apptest.In("noble", "updates"))
	})
}

// TestWhatIsInAnAccessGroupMovesWhenThatIsDropped.
func TestWhatIsInAnAccessGroupMovesWhenThatIsDropped(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		apptest.Must(l.People.CreateAccessGroup(l.Ctx, people.NewAccessGroup{Title: "team"}))(l.TB)
		apptest.Must(l.Pockets.CreateDistribution(l.Ctx, pockets.NewDistribution{Name: "debian", AccessGroup: "team"}))(l.TB)
		apptest.Must(l.People.DropAccessGroup(l.Ctx, "team"))(l.TB)
		if d := apptest.Must(l.Pockets.Distributions(l.Ctx, []string{"debian"}))(l.TB); len(d) != 1 || d[0].AccessGroup != "global" {
			l.TB.Errorf("%+v", d)
		}
	})
}

// TestWhatIsDroppedIsGoneFromItsSuite, and its past times stay.
func TestWhatIsDroppedIsGoneFromItsSuite(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		l.Sync(apptest.In("noble", "release"))
		if err := l.Collections.Drop(l.Ctx, collections.Mirror, "ubuntu.noble.release"); !problem.Is(err, problem.Conflict) {
			l.TB.Errorf("dropping the mirror alone: %v", err)
		}
		if err := l.Publications.Drop(l.Ctx, "repository/standalone/ubuntu", "noble"); !problem.Is(err, problem.Conflict) {
			l.TB.Errorf("dropping the publication alone: %v", err)
		}
		if err := l.Keys.Drop(l.Ctx, "upstream"); problem.ReasonOf(err) != keyring.KeyInUse {
			l.TB.Errorf("dropping the upstream's key: %v", err)
		}
		if err := l.Keys.Drop(l.Ctx, "sign"); problem.ReasonOf(err) != keyring.KeyInUse {
			l.TB.Errorf("dropping the key that signs: %v", err)
		}
		if err := l.Pockets.Drop(l.Ctx, apptest.In("noble", "updates")); err != nil {
			l.TB.Fatal(err)
		}
		if err := l.Pockets.DropDistribution(l.Ctx, "ubuntu"); err != nil {
			l.TB.Fatal(err)
		}
		if _, err := l.Publications.File(l.Ctx, "repository/standalone/ubuntu/dists/noble/Release"); !problem.Is(err, problem.NotFound) {
			l.TB.Errorf("still published: %v", err)
		}
		if left := apptest.Must(l.Mirrors.List(l.Ctx, usecase.Page{}))(l.TB).Items; len(left) != 0 {
			l.TB.Errorf("left are %+v", left)
		}
		apptest.Must(l.Pockets.CreateDistribution(l.Ctx, pockets.NewDistribution{Name: "ubuntu"}))(l.TB)
		l.Noble()
		l.Sync(apptest.In("noble", "release"))
	})
}
