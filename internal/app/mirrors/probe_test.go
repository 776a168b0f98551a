package mirrors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

func TestAProbeTellsWhatASuiteHas(t *testing.T) {
	t.Parallel()
	suite := workshop()
	suite.ReleaseFields["Architectures"] = "amd64 arm64 source"
	supplied(t, suite, func(h *apptest.House, u *testkit.Upstream) {
		probe := apptest.Must(h.Mirrors.Probe(h.Ctx, mirrors.Config{URL: u.URL(), Suite: "stable"}))(h.TB)
		if diff := cmp.Diff(mirrors.Config{
			URL: u.URL(), Suite: "stable", Components: []string{"main", "contrib"}, Architectures: []string{"amd64", "arm64"},
		}, probe.Config); diff != "" {
			h.TB.Error(diff)
		}
		if probe.Meta["Origin"] != "Workshop" || probe.Meta["NotAutomatic"] != "yes" || probe.Meta["SHA256"] != "" {
			h.TB.Errorf("%+v", probe.Meta)
		}
		m := apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: probe.Config, Probe: &probe}))(h.TB)
		if diff := cmp.Diff(probe.Meta, m.Meta); diff != "" || m.Codename != "stable" || !m.SyncedAt.IsZero() || m.ID == "" {
			h.TB.Errorf("%+v\n%s", m, diff)
		}
	})
}

func TestAProbeRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		key := apptest.Must(apptest.NewKey(h.TB).Public().Armored())(h.TB)
		for name, c := range map[string]struct {
			edit func(*mirrors.Config)
			kind problem.Kind // "": it goes well
			says string
		}{
			"a component":                 {func(c *mirrors.Config) { c.Components = []string{"universe"} }, problem.Invalid, "main, contrib"},
			"a component, unasked":        {func(c *mirrors.Config) { c.Components, c.SkipComponentCheck = []string{"universe"}, true }, "", ""},
			"an architecture":             {func(c *mirrors.Config) { c.Architectures = []string{"riscv64"} }, problem.Invalid, "amd64, arm64"},
			"an architecture, unasked":    {func(c *mirrors.Config) { c.Architectures, c.SkipArchitectureCheck = []string{"riscv64"}, true }, "", ""},
			"a suite":                     {func(c *mirrors.Config) { c.Suite = "unstable" }, problem.NotFound, "Release"},
			"a server":                    {func(c *mirrors.Config) { c.URL = "http://127.0.0.1:1" }, problem.Upstream, "127.0.0.1"},
			"a signature":                 {func(c *mirrors.Config) { c.Keyring = string(key) }, problem.Untrusted, "not signed"},
			"a scheme":                    {func(c *mirrors.Config) { c.URL = "gopher://x" }, problem.Invalid, "gopher"},
			"the installer's, when flat":  {func(c *mirrors.Config) { c.Suite, c.UDebs = "./", true }, problem.Invalid, "flat"},
			"a personal archive's parts":  {func(c *mirrors.Config) { c.URL = "ppa:someone" }, problem.Invalid, "ppa"},
			"a password in a bad address": {func(c *mirrors.Config) { c.URL = "http://u:secret@" }, problem.Invalid, "no host"},
		} {
			config := mirrors.Config{URL: u.URL(), Suite: "stable"}
			c.edit(&config)
			_, err := h.Mirrors.Probe(h.Ctx, config)
			switch {
			case c.kind == "" && err != nil, c.kind != "" && !problem.Is(err, c.kind):
				h.TB.Errorf("%s: %v", name, err)
			case err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret")):
				h.TB.Errorf("%s: %v; want %q", name, err, c.says)
			}
		}
	})
}

func TestComponentsLoseThePrefixOfTheirSuite(t *testing.T) {
	t.Parallel()
	suite := testkit.Suite{
		Codename: "stable", Path: "stable/updates", Components: []string{"main"},
		ReleaseFields: map[string]string{"Components": "updates/main updates/contrib"},
		Packages:      []testkit.Package{{Name: "fix", Version: "1", Architecture: "amd64"}},
	}
	supplied(t, suite, func(h *apptest.House, u *testkit.Upstream) {
		probe := apptest.Must(h.Mirrors.Probe(h.Ctx, mirrors.Config{URL: u.URL(), Suite: "stable/updates"}))(h.TB)
		if diff := cmp.Diff([]string{"main", "contrib"}, probe.Config.Components); diff != "" {
			h.TB.Error(diff)
		}
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: probe.Config}))(h.TB)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		if diff := cmp.Diff([]string{"fix 1 amd64"}, listed(h, "mirror:m")); diff != "" {
			h.TB.Error(diff)
		}
	})
}

func TestReprobingLooksOnlyWhereSomethingElseIsFollowed(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		config := mirrors.Config{URL: u.URL(), Suite: "stable", Architectures: []string{"amd64"}}
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
		config.Filter = "saw"
		apptest.Must(h.Mirrors.Reprobe(h.Ctx, "m", config))(h.TB)
		if n := u.Count("/"); n != 0 {
			h.TB.Errorf("%d requests for a filter", n)
		}
		config.Architectures = []string{"amd64", "arm64"}
		m := apptest.Must(h.Mirrors.Reprobe(h.Ctx, "m", config))(h.TB)
		if u.Count("/") == 0 || m.Meta["Origin"] != "Workshop" || m.Config.Filter != "saw" {
			h.TB.Errorf("%+v after %d requests", m, u.Count("/"))
		}
		config.Architectures = []string{"m68k"}
		if _, err := h.Mirrors.Reprobe(h.Ctx, "m", config); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("%v", err)
		}
		if m = apptest.Must(h.Mirrors.Get(h.Ctx, "m"))(h.TB); len(m.Config.Architectures) != 2 {
			h.TB.Errorf("an edit that was refused changed %+v", m.Config)
		}
	})
}

func TestMirrorsAreRenamedBetweenSyncs(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		config := mirrors.Config{URL: u.URL(), Suite: "stable", Packages: []string{"blade"}}
		first := apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "other", Config: config}))(h.TB)
		u.Inject("Release", 1, testkit.Drip(1, 10*time.Millisecond)) // some five seconds, or until it is healed
		running := apptest.Must(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))(h.TB)
		if m := apptest.Must(h.Mirrors.Get(h.Ctx, "m"))(h.TB); !m.Updating {
			h.TB.Errorf("%+v while it is synced", m)
		}
		if list := apptest.Must(h.Mirrors.List(h.Ctx, usecase.Page{}))(h.TB); !list.Items[0].Updating || list.Items[1].Updating {
			h.TB.Errorf("%+v while the first is synced", list.Items)
		}
		if _, err := h.Mirrors.Rename(h.Ctx, "m", "n"); !problem.Is(err, problem.Conflict) {
			h.TB.Errorf("renamed while it is synced: %v", err)
		}
		u.Heal()
		h.Done(running, nil)
		if _, err := h.Mirrors.Rename(h.Ctx, "m", "other"); !problem.Is(err, problem.Conflict) {
			h.TB.Errorf("a taken name: %v", err)
		}
		renamed := apptest.Must(h.Mirrors.Rename(h.Ctx, "m", "n"))(h.TB)
		if renamed.Name != "n" || renamed.ID != first.ID || renamed.Packages != 2 || renamed.Updating {
			h.TB.Errorf("%+v", renamed)
		}
		h.Done(h.Mirrors.Sync(h.Ctx, "n", mirrors.SyncOptions{Force: true}))
		if _, err := h.Mirrors.Get(h.Ctx, "m"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("the old name: %v", err)
		}
	})
}
