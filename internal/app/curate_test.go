package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
)

// twoRepos has a clash (same) and a change (app) between old and new.
func twoRepos(h *apptest.House) {
	h.TB.Helper()
	h.MakeRepo("old", peerPackages(h.TB, "old")...)
	h.MakeRepo("new", peerPackages(h.TB, "new")...)
}

func repoRef(name string) app.Ref { return app.Ref{Kind: catalog.Repo, Name: name} }

// key gives the key of the one package that a query finds.
func key(h *apptest.House, ref, query string) string {
	h.TB.Helper()
	keys := ours(h, ref, app.Search{Query: query})
	if len(keys) != 1 {
		h.TB.Fatalf("%s finds %q in %s", query, keys, ref)
	}
	return keys[0]
}

func labels(list []app.Package) (names []string) {
	for _, p := range list {
		names = append(names, p.Name+"_"+p.Version+"_"+p.Architecture)
	}
	return names
}

func TestPackagesAreListedAndUnlistedByKey(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		deep, same, there := key(h, "repo:new", "deep"), key(h, "repo:new", "same"), key(h, "repo:old", "same")
		change := apptest.Must(h.ListPackages(h.Ctx, "old", []string{deep, there}))(h.TB)
		if got := labels(change.Added); !slices.Equal(got, []string{"deep_1_amd64"}) || change.Packages != 8 || len(change.Removed) != 0 {
			h.TB.Errorf("%+v", change)
		}
		before := h.Names("repo:old")
		for _, c := range []struct {
			keys []string
			kind problem.Kind
			says string
		}{
			{[]string{deep, same}, problem.Conflict, "package already exists and is different: same_1_all"},
			{[]string{deep, "Pall nothing 1 123"}, problem.NotFound, "packages Pall nothing 1 00000123: key not found"},
			{[]string{"nonsense"}, problem.NotFound, "packages nonsense: key not found"},
		} {
			_, err := h.ListPackages(h.Ctx, "old", c.keys)
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				h.TB.Errorf("listing %q: %v", c.keys, err)
			}
			if c.kind == problem.NotFound {
				if _, err := h.UnlistPackages(h.Ctx, "old", c.keys); !problem.Is(err, c.kind) {
					h.TB.Errorf("unlisting %q: %v", c.keys, err)
				}
			}
		}
		if diff := cmp.Diff(before, h.Names("repo:old")); diff != "" {
			h.TB.Errorf("a refused call changed the repo:\n%s", diff)
		}
		change = apptest.Must(h.UnlistPackages(h.Ctx, "old", []string{deep, same}))(h.TB) // the new one is not in it
		if got := labels(change.Removed); !slices.Equal(got, []string{"deep_1_amd64"}) {
			h.TB.Errorf("%+v", change)
		}
	})
}

func TestPackagesAreCopiedByQuery(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		apptest.Must(h.CreateRepo(h.Ctx, app.NewRepo{Name: "mine"}))(h.TB)
		in := app.CopyPackages{Repo: "mine", From: repoRef("new"), Query: "app (>= 1.10)", WithDependencies: true, DryRun: true}
		want := []string{"app_1.10-1_amd64", "deep_1_amd64", "libdata_1:2.0_all", "tool_5_amd64"}
		if got := labels(apptest.Must(h.CopyPackages(h.Ctx, in))(h.TB).Added); !slices.Equal(got, want) || len(h.Names("repo:mine")) != 0 {
			h.TB.Errorf("a dry run: %q", got)
		}
		in.DryRun = false
		if got := labels(apptest.Must(h.CopyPackages(h.Ctx, in))(h.TB).Added); !slices.Equal(got, want) || len(h.Names("repo:mine")) != 4 {
			h.TB.Errorf("copied: %q", got)
		}
		if again := apptest.Must(h.CopyPackages(h.Ctx, in))(h.TB); len(again.Added) != 0 || again.Packages != 4 {
			h.TB.Errorf("copied again: %+v", again)
		}
		for what, c := range map[string]struct {
			in   app.CopyPackages
			kind problem.Kind
		}{
			"nothing found": {app.CopyPackages{Repo: "mine", From: repoRef("new"), Query: "nothing"}, problem.NotFound},
			"a bad query":   {app.CopyPackages{Repo: "mine", From: repoRef("new"), Query: "Name ("}, problem.Invalid},
			"itself":        {app.CopyPackages{Repo: "mine", From: repoRef("mine"), Query: "app"}, problem.Invalid},
			"a clash":       {app.CopyPackages{Repo: "old", From: repoRef("new"), Query: "same"}, problem.Conflict},
			"no repo":       {app.CopyPackages{Repo: "none", From: repoRef("new"), Query: "app"}, problem.NotFound},
		} {
			if _, err := h.CopyPackages(h.Ctx, c.in); !problem.Is(err, c.kind) {
				h.TB.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestViewsAreComparedPackageByPackage(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		apptest.Must(h.UnlistPackages(h.Ctx, "old", []string{key(h, "repo:old", "app-source_1.0-1_source"), key(h, "repo:old", "$PackageType (udeb)")}))(h.TB)
		apptest.Must(h.ListPackages(h.Ctx, "old", []string{key(h, "repo:new", "tool_5_amd64")}))(h.TB) // in both from now on
		show := func(onlyMatching bool) (lines []string) {
			name := func(f *app.Found) string {
				if f == nil {
					return "-"
				}
				return f.Name + "=" + f.Version
			}
			for _, p := range apptest.Must(h.DiffPackages(h.Ctx, repoRef("old"), repoRef("new"), onlyMatching))(h.TB) {
				lines = append(lines, name(p.Left)+" "+name(p.Right))
			}
			return lines
		}
		want := []string{
			"libdata=1:1.9 libdata=1:2.0", "same=1 same=1", // all
			"app=1.0-1 app=1.2-1", "- app=1.10-1", "- deep=1", "virtual-tool=3 -", // amd64
			"app=1.0-1 -", // arm64
		}
		if diff := cmp.Diff(want, show(false)); diff != "" {
			h.TB.Errorf("all (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want[:3], show(true)); diff != "" {
			h.TB.Errorf("matching only (-want +got):\n%s", diff)
		}
		if same := apptest.Must(h.DiffPackages(h.Ctx, repoRef("old"), repoRef("old"), false))(h.TB); len(same) != 0 {
			h.TB.Errorf("compared with itself: %+v", same)
		}
	})
}

func TestReposAreEditedAndStayWhatFeeds(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "all", ""))
		h.Publish("repo:tools")
		id := apptest.Must(h.Repo(h.Ctx, "tools"))(h.TB).ID
		text := func(s string) *string { return &s }
		got := apptest.Must(h.EditRepo(h.Ctx, "tools", app.RepoEdit{Name: text("utilities"), Distribution: text("bookworm/x"), Component: text("extra")}))(h.TB)
		if got.Name != "utilities" || got.Distribution != "bookworm/x" || got.Component != "extra" || got.ID != id || got.Packages != 1 {
			h.TB.Errorf("%+v", got)
		}
		if got := apptest.Must(h.EditRepo(h.Ctx, "utilities", app.RepoEdit{Description: text("For all")}))(h.TB); got.Distribution != "bookworm/x" || got.Description != "For all" {
			h.TB.Errorf("what is not given did not stay: %+v", got)
		}
		if shown := apptest.Must(h.Publication(h.Ctx, "debian", "stable"))(h.TB); !slices.Equal(shown.Sources, []string{"repo:utilities"}) {
			h.TB.Errorf("the publication is fed by %q", shown.Sources)
		}
		h.MakeRepo("other")
		for what, c := range map[string]struct {
			name string
			edit app.RepoEdit
			kind problem.Kind
		}{
			"a name that is taken":    {"utilities", app.RepoEdit{Name: text("other")}, problem.Conflict},
			"no name":                 {"utilities", app.RepoEdit{Name: text("")}, problem.Invalid},
			"a component with a way":  {"utilities", app.RepoEdit{Component: text("../x")}, problem.Invalid},
			"a distribution with one": {"utilities", app.RepoEdit{Distribution: text("../x")}, problem.Invalid},
			"a repo that is not":      {"tools", app.RepoEdit{}, problem.NotFound},
		} {
			if _, err := h.EditRepo(h.Ctx, c.name, c.edit); !problem.Is(err, c.kind) {
				h.TB.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestSnapshotsTellWhatTheyWereMadeFrom(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		snapshot := func(in app.NewSnapshot) app.Collection { return apptest.Must(h.CreateSnapshot(h.Ctx, in))(h.TB) }
		snapshot(app.NewSnapshot{Name: "one", From: []string{"repo:old"}})
		two := snapshot(app.NewSnapshot{Name: "two", From: []string{"snapshot:one", "repo:new"}})
		if two.SourceKind != "" || !slices.Equal(two.Sources, []string{"snapshot:one", "repo:new"}) {
			h.TB.Errorf("%+v", two)
		}
		name := "renamed"
		if got := apptest.Must(h.EditSnapshot(h.Ctx, "one", app.SnapshotEdit{Name: &name}))(h.TB); got.SourceKind != "repo" || got.Name != name {
			h.TB.Errorf("%+v", got)
		}
		if got := apptest.Must(h.Snapshot(h.Ctx, "two"))(h.TB); !slices.Equal(got.Sources, []string{"snapshot:renamed", "repo:new"}) {
			h.TB.Errorf("after a rename: %q", got.Sources)
		}
		for ref, want := range map[string][]string{"repo:old": {"renamed"}, "repo:new": {"two"}, "snapshot:renamed": {"two"}, "snapshot:two": {}} {
			if got := apptest.Must(h.MadeFrom(h.Ctx, ref))(h.TB); !slices.Equal(got, want) {
				h.TB.Errorf("made from %s: %q", ref, got)
			}
		}
		if err := h.DropSnapshot(h.Ctx, "two"); err != nil {
			h.TB.Fatal(err)
		}
		if got := apptest.Must(h.MadeFrom(h.Ctx, "repo:new"))(h.TB); len(got) != 0 {
			h.TB.Errorf("what was dropped is told: %q", got)
		}
	})
}

func TestSnapshotsAreMadeOfNothingAndOfKeys(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		empty := apptest.Must(h.CreateSnapshot(h.Ctx, app.NewSnapshot{Name: "empty"}))(h.TB)
		if empty.Packages != 0 || empty.SourceKind != "" {
			h.TB.Errorf("%+v", empty)
		}
		keys := []string{key(h, "repo:new", "same"), key(h, "repo:old", "libdata_1:1.9_all")}
		apptest.Must(h.CreateSnapshot(h.Ctx, app.NewSnapshot{Name: "few", Packages: keys}))(h.TB)
		slices.Sort(keys)
		if diff := cmp.Diff(keys, ours(h, "snapshot:few", app.Search{})); diff != "" {
			h.TB.Error(diff)
		}
		apptest.Must(h.CreateSnapshot(h.Ctx, app.NewSnapshot{Name: "more", From: []string{"repo:old"}, Packages: keys}))(h.TB)
		if got := key(h, "snapshot:more", "same"); got != keys[1] {
			h.TB.Errorf("the key did not come last: %s", got)
		}
		if _, err := h.CreateSnapshot(h.Ctx, app.NewSnapshot{Name: "none", Packages: []string{"Pall same 1 1"}}); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("an unknown key: %v", err)
		}
		if got := apptest.Must(h.CreateRepo(h.Ctx, app.NewRepo{Name: "begun", From: "snapshot:few", Distribution: "stable"}))(h.TB); got.Packages != 2 || got.Distribution != "stable" {
			h.TB.Errorf("%+v", got)
		}
	})
}

func TestADryPullOnlyTells(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		in := app.PullSnapshot{Name: "p", To: "repo:old", From: "repo:new", Queries: []string{"libdata"}, DryRun: true}
		got := apptest.Must(h.Pull(h.Ctx, in))(h.TB)
		if !slices.Equal(labels(got.Added), []string{"libdata_1:2.0_all"}) || !slices.Equal(labels(got.Removed), []string{"libdata_1:1.9_all"}) {
			h.TB.Errorf("%+v", got)
		}
		if _, err := h.Snapshot(h.Ctx, "p"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("a dry run made a snapshot: %v", err)
		}
		if _, err := h.Pull(h.Ctx, app.PullSnapshot{Name: "p", To: "repo:old", From: "repo:new"}); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("a pull of nothing: %v", err)
		}
	})
}

func TestOnlyTheNewestIsFoundWhenAsked(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		var got []string
		for _, f := range search(h, "", app.Search{Query: "app | libdata", Newest: true}, false) {
			got = append(got, f.Name+"_"+f.Version+"_"+f.Architecture)
		}
		if want := []string{"app_1.0-1_arm64", "app_1.10-1_amd64", "libdata_1:2.0_all"}; !slices.Equal(got, want) {
			h.TB.Errorf("got %q", got)
		}
	})
}
