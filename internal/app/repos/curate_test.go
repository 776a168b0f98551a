package repos_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

func labels(list []collections.Package) (names []string) {
	for _, p := range list {
		names = append(names, p.Name+"_"+p.Version+"_"+p.Architecture)
	}
	return names
}

func TestPackagesAreListedAndUnlistedByKey(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		deep, same, there := apptest.Key(h, "repo:new", "deep"), apptest.Key(h, "repo:new", "same"), apptest.Key(h, "repo:old", "same")
		change := apptest.Must(h.Repos.ListPackages(h.Ctx, "old", []string{deep, there}))(h.TB)
		if got := labels(change.Added); !slices.Equal(got, []string{"deep_1_amd64"}) || change.Packages != 8 || len(change.Removed) != 0 {
			h.TB.Errorf("%+v", change)
		}
		before := h.Names("repo:old")
		for _, c := range []struct {
			keys []string
			kind problem.Kind
			says string
		}{
			{[]string{deep, same}, problem.Conflict, "the repo has same_1_all with other content"},
			{[]string{deep, "Pall nothing 1 123"}, problem.NotFound, "packages Pall nothing 1 00000123: key not found"},
			{[]string{"nonsense"}, problem.NotFound, "packages nonsense: key not found"},
		} {
			_, err := h.Repos.ListPackages(h.Ctx, "old", c.keys)
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				h.TB.Errorf("listing %q: %v", c.keys, err)
			}
			if c.kind == problem.NotFound {
				if _, err := h.Repos.UnlistPackages(h.Ctx, "old", c.keys); !problem.Is(err, c.kind) {
					h.TB.Errorf("unlisting %q: %v", c.keys, err)
				}
			}
		}
		if diff := cmp.Diff(before, h.Names("repo:old")); diff != "" {
			h.TB.Errorf("a refused call changed the repo:\n%s", diff)
		}
		change = apptest.Must(h.Repos.UnlistPackages(h.Ctx, "old", []string{deep, same}))(h.TB) // the new one is not in it
		if got := labels(change.Removed); !slices.Equal(got, []string{"deep_1_amd64"}) {
			h.TB.Errorf("%+v", change)
		}
	})
}

func TestPackagesAreCopiedByQuery(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "mine"}))(h.TB)
		in := repos.CopyPackages{Repo: "mine", From: apptest.RepoRef("new"), Query: "app (>= 1.10)", WithDependencies: true, DryRun: true}
		want := []string{"app_1.10-1_amd64", "deep_1_amd64", "libdata_1:2.0_all", "tool_5_amd64"}
		if got := labels(apptest.Must(h.Repos.CopyPackages(h.Ctx, in))(h.TB).Added); !slices.Equal(got, want) || len(h.Names("repo:mine")) != 0 {
			h.TB.Errorf("a dry run: %q", got)
		}
		in.DryRun = false
		if got := labels(apptest.Must(h.Repos.CopyPackages(h.Ctx, in))(h.TB).Added); !slices.Equal(got, want) || len(h.Names("repo:mine")) != 4 {
			h.TB.Errorf("copied: %q", got)
		}
		if again := apptest.Must(h.Repos.CopyPackages(h.Ctx, in))(h.TB); len(again.Added) != 0 || again.Packages != 4 {
			h.TB.Errorf("copied again: %+v", again)
		}
		for what, c := range map[string]struct {
			in   repos.CopyPackages
			kind problem.Kind
		}{
			"nothing found": {repos.CopyPackages{Repo: "mine", From: apptest.RepoRef("new"), Query: "nothing"}, problem.NotFound},
			"a bad query":   {repos.CopyPackages{Repo: "mine", From: apptest.RepoRef("new"), Query: "Name ("}, problem.Invalid},
			"itself":        {repos.CopyPackages{Repo: "mine", From: apptest.RepoRef("mine"), Query: "app"}, problem.Invalid},
			"a clash":       {repos.CopyPackages{Repo: "old", From: apptest.RepoRef("new"), Query: "same"}, problem.Conflict},
			"no repo":       {repos.CopyPackages{Repo: "none", From: apptest.RepoRef("new"), Query: "app"}, problem.NotFound},
		} {
			if _, err := h.Repos.CopyPackages(h.Ctx, c.in); !problem.Is(err, c.kind) {
				h.TB.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestViewsAreComparedPackageByPackage(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		apptest.Must(h.Repos.UnlistPackages(h.Ctx, "old", []string{apptest.Key(h, "repo:old", "app-source_1.0-1_source"), apptest.Key(h, "repo:old", "$PackageType (udeb)")}))(h.TB)
		apptest.Must(h.Repos.ListPackages(h.Ctx, "old", []string{apptest.Key(h, "repo:new", "tool_5_amd64")}))(h.TB) // in both from now on
		show := func(onlyMatching bool) (lines []string) {
			name := func(f *collections.Found) string {
				if f == nil {
					return "-"
				}
				return f.Name + "=" + f.Version
			}
			for _, p := range apptest.Must(h.Collections.DiffPackages(h.Ctx, apptest.RepoRef("old"), apptest.RepoRef("new"), onlyMatching))(h.TB) {
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
		if same := apptest.Must(h.Collections.DiffPackages(h.Ctx, apptest.RepoRef("old"), apptest.RepoRef("old"), false))(h.TB); len(same) != 0 {
			h.TB.Errorf("compared with itself: %+v", same)
		}
	})
}

func TestReposAreEditedAndStayWhatFeeds(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "all", ""))
		h.Publish("repo:tools")
		id := apptest.Must(h.Repos.Get(h.Ctx, "tools"))(h.TB).ID
		text := func(s string) *string { return &s }
		got := apptest.Must(h.Repos.Edit(h.Ctx, "tools", repos.RepoEdit{Name: text("utilities"), Distribution: text("bookworm/x"), Component: text("extra")}))(h.TB)
		if got.Name != "utilities" || got.Distribution != "bookworm/x" || got.Component != "extra" || got.ID != id || got.Packages != 1 {
			h.TB.Errorf("%+v", got)
		}
		if got := apptest.Must(h.Repos.Edit(h.Ctx, "utilities", repos.RepoEdit{Description: text("For all")}))(h.TB); got.Distribution != "bookworm/x" || got.Description != "For all" {
			h.TB.Errorf("what is not given did not stay: %+v", got)
		}
		if shown := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB); !slices.Equal(shown.Sources, []string{"repo:utilities"}) {
			h.TB.Errorf("the publication is fed by %q", shown.Sources)
		}
		h.MakeRepo("other")
		for what, c := range map[string]struct {
			name string
			edit repos.RepoEdit
			kind problem.Kind
		}{
			"a name that is taken":    {"utilities", repos.RepoEdit{Name: text("other")}, problem.Conflict},
			"no name":                 {"utilities", repos.RepoEdit{Name: text("")}, problem.Invalid},
			"a component with a way":  {"utilities", repos.RepoEdit{Component: text("../x")}, problem.Invalid},
			"a distribution with one": {"utilities", repos.RepoEdit{Distribution: text("../x")}, problem.Invalid},
			"a repo that is not":      {"tools", repos.RepoEdit{}, problem.NotFound},
		} {
			if _, err := h.Repos.Edit(h.Ctx, c.name, c.edit); !problem.Is(err, c.kind) {
				h.TB.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestSnapshotsTellWhatTheyWereMadeFrom(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		snapshot := func(in collections.NewSnapshot) collections.Collection {
			return apptest.Must(h.Collections.CreateSnapshot(h.Ctx, in))(h.TB)
		}
		snapshot(collections.NewSnapshot{Name: "one", From: []string{"repo:old"}})
		two := snapshot(collections.NewSnapshot{Name: "two", From: []string{"snapshot:one", "repo:new"}})
		if two.SourceKind != "" || !slices.Equal(two.Sources, []string{"snapshot:one", "repo:new"}) {
			h.TB.Errorf("%+v", two)
		}
		name := "renamed"
		if got := apptest.Must(h.Collections.EditSnapshot(h.Ctx, "one", collections.SnapshotEdit{Name: &name}))(h.TB); got.SourceKind != "repo" || got.Name != name {
			h.TB.Errorf("%+v", got)
		}
		if got := apptest.Must(h.Collections.Snapshot(h.Ctx, "two"))(h.TB); !slices.Equal(got.Sources, []string{"snapshot:renamed", "repo:new"}) {
			h.TB.Errorf("after a rename: %q", got.Sources)
		}
		for ref, want := range map[string][]string{"repo:old": {"renamed"}, "repo:new": {"two"}, "snapshot:renamed": {"two"}, "snapshot:two": {}} {
			if got := apptest.Must(h.Collections.MadeFrom(h.Ctx, ref))(h.TB); !slices.Equal(got, want) {
				h.TB.Errorf("made from %s: %q", ref, got)
			}
		}
		if err := h.Collections.Drop(h.Ctx, collections.Snapshot, "two"); err != nil {
			h.TB.Fatal(err)
		}
		if got := apptest.Must(h.Collections.MadeFrom(h.Ctx, "repo:new"))(h.TB); len(got) != 0 {
			h.TB.Errorf("what was dropped is told: %q", got)
		}
	})
}

func TestSnapshotsAreMadeOfNothingAndOfKeys(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		empty := apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "empty"}))(h.TB)
		if empty.Packages != 0 || empty.SourceKind != "" {
			h.TB.Errorf("%+v", empty)
		}
		keys := []string{apptest.Key(h, "repo:new", "same"), apptest.Key(h, "repo:old", "libdata_1:1.9_all")}
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "few", Packages: keys}))(h.TB)
		slices.Sort(keys)
		if diff := cmp.Diff(keys, apptest.Ours(h, "snapshot:few", collections.Search{})); diff != "" {
			h.TB.Error(diff)
		}
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "more", From: []string{"repo:old"}, Packages: keys}))(h.TB)
		if got := apptest.Key(h, "snapshot:more", "same"); got != keys[1] {
			h.TB.Errorf("the key did not come last: %s", got)
		}
		if _, err := h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "none", Packages: []string{"Pall same 1 1"}}); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("an unknown key: %v", err)
		}
		if got := apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "begun", From: "snapshot:few", Distribution: "stable"}))(h.TB); got.Packages != 2 || got.Distribution != "stable" {
			h.TB.Errorf("%+v", got)
		}
	})
}

func TestADryPullOnlyTells(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		in := collections.PullSnapshot{Name: "p", To: "repo:old", From: "repo:new", Queries: []string{"libdata"}, DryRun: true}
		got := apptest.Must(h.Collections.Pull(h.Ctx, in))(h.TB)
		if !slices.Equal(labels(got.Added), []string{"libdata_1:2.0_all"}) || !slices.Equal(labels(got.Removed), []string{"libdata_1:1.9_all"}) {
			h.TB.Errorf("%+v", got)
		}
		if _, err := h.Collections.Snapshot(h.Ctx, "p"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("a dry run made a snapshot: %v", err)
		}
		if _, err := h.Collections.Pull(h.Ctx, collections.PullSnapshot{Name: "p", To: "repo:old", From: "repo:new"}); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("a pull of nothing: %v", err)
		}
	})
}

func TestOnlyTheNewestIsFoundWhenAsked(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		var got []string
		for _, f := range apptest.Search(h, "", collections.Search{Query: "app | libdata", Newest: true}, false) {
			got = append(got, f.Name+"_"+f.Version+"_"+f.Architecture)
		}
		if want := []string{"app_1.0-1_arm64", "app_1.10-1_amd64", "libdata_1:2.0_all"}; !slices.Equal(got, want) {
			h.TB.Errorf("got %q", got)
		}
	})
}
