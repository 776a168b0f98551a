package mirrors_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// workshop is a suite whose packages depend on each other.
func workshop() testkit.Suite {
	provides := func(what string) map[string]string { return map[string]string{"Provides": what} }
	return testkit.Suite{
		Codename: "stable", Architectures: []string{"amd64", "arm64"}, Components: []string{"main", "contrib"},
		ReleaseFields: map[string]string{"Origin": "Workshop", "NotAutomatic": "yes"},
		Packages: []testkit.Package{
			{Name: "saw", Version: "1", Architecture: "amd64", Depends: "blade (>= 2) | laser, handle", Source: "tools (3)"},
			{Name: "saw", Version: "2", Architecture: "amd64", Depends: "blade (>= 9) | laser", Source: "tools (4)"},
			{Name: "saw", Version: "2", Architecture: "arm64", Depends: "handle", Source: "tools (4)"},
			{Name: "blade", Version: "2", Architecture: "amd64"},
			{Name: "blade", Version: "1", Architecture: "amd64"},
			{Name: "co2", Version: "1", Architecture: "amd64", Component: "contrib", Fields: provides("laser"), Depends: "gone"},
			{Name: "handle", Version: "1", Architecture: "all"},
			{Name: "saw-installer", Version: "1", Architecture: "amd64", Kind: "udeb"},
		},
		Sources: []testkit.Source{{Name: "tools", Version: "3"}, {Name: "tools", Version: "4"}, {Name: "handle", Version: "1"}},
	}
}

// supplied runs a test in a house with an upstream of a suite.
func supplied(t *testing.T, suite testkit.Suite, test func(h *apptest.House, u *testkit.Upstream)) {
	t.Helper()
	apptest.Run(t, func(h *apptest.House) {
		dir := h.TB.TempDir()
		if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(h.TB.Context(), dir); err != nil {
			h.TB.Fatal(err)
		}
		upstream := testkit.NewUpstream(dir)
		h.TB.Cleanup(upstream.Close)
		test(h, upstream)
	})
}

// listed names all that a collection lists: "saw 2 amd64".
func listed(h *apptest.House, ref string) (names []string) {
	h.TB.Helper()
	l := apptest.Must(h.Collections.Packages(h.Ctx, apptest.Must(collections.ParseRef("", ref))(h.TB), collections.Terms{}, usecase.Page{Limit: 500}))(h.TB)
	for _, p := range l.Items {
		names = append(names, p.Name+" "+p.Version+" "+p.Architecture)
	}
	slices.Sort(names)
	return names
}

func TestMirrorsKeepWhatTheirFilterSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*mirrors.Config)
		want []string
	}{
		"a query":            {func(c *mirrors.Config) { c.Filter = "$Source (tools), $Architecture (amd64)" }, []string{"saw 1 amd64", "saw 2 amd64"}},
		"of a control field": {func(c *mirrors.Config) { c.Filter = "Depends (% *laser*)" }, []string{"saw 1 amd64", "saw 2 amd64"}},
		"with what it depends on, by architecture": {
			func(c *mirrors.Config) { c.Filter, c.FilterWithDependencies = "saw", true },
			[]string{"blade 2 amd64", "co2 1 amd64", "handle 1 all", "saw 1 amd64", "saw 2 amd64", "saw 2 arm64"},
		},
		"with its sources": {
			func(c *mirrors.Config) { c.Filter, c.Sources = "saw (= 1)", true }, []string{"saw 1 amd64", "tools 3 source"},
		},
		"with both": {
			func(c *mirrors.Config) { c.Filter, c.FilterWithDependencies, c.Sources = "saw (= 1)", true, true },
			[]string{"blade 2 amd64", "co2 1 amd64", "handle 1 all", "handle 1 source", "saw 1 amd64", "tools 3 source"},
		},
		"the latest alone": {
			func(c *mirrors.Config) { c.LatestOnly = true },
			[]string{"blade 2 amd64", "co2 1 amd64", "handle 1 all", "saw 2 amd64", "saw 2 arm64"},
		},
		"the latest of what matches": {
			func(c *mirrors.Config) { c.Filter, c.LatestOnly = "saw (<< 2) | blade (<= 2)", true },
			[]string{"blade 2 amd64", "saw 1 amd64"},
		},
		"packages of the installer": {
			func(c *mirrors.Config) { c.Filter, c.UDebs = "$PackageType (udeb)", true }, []string{"saw-installer 1 amd64"},
		},
		"within names and components": {
			func(c *mirrors.Config) {
				c.Packages, c.Components, c.Filter, c.FilterWithDependencies = []string{"saw", "blade"}, []string{"main"}, "saw", true
			},
			[]string{"blade 2 amd64", "saw 1 amd64", "saw 2 amd64", "saw 2 arm64"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
				config := mirrors.Config{URL: u.URL(), Suite: "stable"}
				c.edit(&config)
				apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
				h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
				if got := listed(h, "mirror:m"); !slices.Equal(got, c.want) {
					h.TB.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestOnlyWhatAFilterKeepsIsFetched(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: mirrors.Config{URL: u.URL(), Suite: "stable", Filter: "handle"}}))(h.TB)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		if n := u.Count("/pool/"); n != 1 {
			h.TB.Errorf("%d files were fetched of one package", n)
		}
		u.Forget()
		a := h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		if u.Count("/") != 1 || !strings.Contains(string(a.Result), `"unchanged":true`) {
			h.TB.Errorf("nothing is new, but %+v were asked for: %s", u.Requests("/"), a.Result)
		}
	})
}

func TestTheLatestOnlyForOneSync(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: mirrors.Config{URL: u.URL(), Suite: "stable", Packages: []string{"blade"}}}))(h.TB)
		for _, c := range []struct {
			options mirrors.SyncOptions
			want    []string
		}{
			{mirrors.SyncOptions{}, []string{"blade 1 amd64", "blade 2 amd64"}},
			{mirrors.SyncOptions{LatestOnly: true}, []string{"blade 2 amd64"}},
			{mirrors.SyncOptions{}, []string{"blade 1 amd64", "blade 2 amd64"}},
		} {
			h.Done(h.Mirrors.Sync(h.Ctx, "m", c.options))
			if got := listed(h, "mirror:m"); !slices.Equal(got, c.want) {
				h.TB.Errorf("%+v: got %q, want %q", c.options, got, c.want)
			}
		}
	})
}

func TestAFilterIsCheckedWhenItIsSet(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		for _, filter := range []string{"a (", "$Unknown (x)", "Name (~ [)", strings.Repeat("a|", 1<<16) + "a"} {
			config := mirrors.Config{URL: "http://127.0.0.1:1", Suite: "stable", Filter: filter}
			_, err := h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config})
			if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.TooLarge) || !strings.HasPrefix(err.Error(), "filter: ") {
				h.TB.Errorf("%.20s: %v", filter, err)
			}
		}
	})
}
