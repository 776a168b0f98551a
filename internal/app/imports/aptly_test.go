package imports_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/aptlyroot"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

// furnishedAptly returns an aptly with objects of all kinds.
func furnishedAptly(t testing.TB) *testkit.Aptly {
	t.Helper()
	a, err := testkit.NewAptly(t.TempDir(), map[string]any{"gpgDisableSign": true})
	if err != nil {
		t.Fatal(err)
	}
	upstream, err := a.Furnish(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	upstream.Close()
	return a
}

// plan returns a plan to import everything from an aptly.
func plan(a *testkit.Aptly) imports.ImportPlan {
	return imports.ImportPlan{From: imports.FromAptly, Config: a.Config(), GnuPGHome: a.GnuPGHome()}
}

// importAll imports and returns the summary.
func importAll(h *apptest.House, in imports.ImportPlan) (s imports.ImportSummary) {
	h.TB.Helper()
	done := h.Done(h.Imports.Start(h.Ctx, in))
	if err := json.Unmarshal(done.Result, &s); err != nil {
		h.TB.Fatal(err)
	}
	return s
}

// statuses returns the status of each item by its kind and name.
func statuses(s imports.ImportSummary) map[string]string {
	found := map[string]string{}
	for _, i := range s.Items {
		found[i.Kind+" "+i.Name] = i.Status
	}
	return found
}

// keysOf returns the keys of the packages of one of our collections, sorted.
func keysOf(h *apptest.House, ref string) (keys []string) {
	h.TB.Helper()
	r := apptest.Must(collections.ParseRef("ref", ref))(h.TB)
	err := h.Collections.Search(h.Ctx, &r, collections.Search{}, false, func(f collections.Found) error {
		keys = append(keys, f.Key)
		return nil
	})
	if err != nil {
		h.TB.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}

// aptlyKeys returns the keys of the packages of every collection of an aptly, by the names
// of our collections.
func aptlyKeys(t testing.TB, a *testkit.Aptly) map[string][]string {
	t.Helper()
	config, err := aptlyroot.ReadConfig(a.Config())
	if err != nil {
		t.Fatal(err)
	}
	root, err := aptlyroot.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	keys := map[string][]string{}
	note := func(ref, uuid string, err error) {
		if err == nil {
			keys[ref], err = root.Refs(uuid)
		}
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(keys[ref])
	}
	for r, err := range root.Repos() {
		note("repo:"+r.Name, r.UUID, err)
	}
	for m, err := range root.Mirrors() {
		note("mirror:"+m.Name, m.UUID, err)
	}
	for s, err := range root.Snapshots() {
		note("snapshot:"+s.Name, s.UUID, err)
	}
	return keys
}

func TestAptlyIsImportedWhole(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		a := furnishedAptly(t)
		foreseen := apptest.Must(h.Imports.Plan(h.Ctx, plan(a)))(t)
		if len(apptest.Must(h.Repos.List(h.Ctx, usecase.Page{}))(t).Items) != 0 {
			t.Error("the plan made a repo")
		}
		got := importAll(h, plan(a))
		want := map[string]string{}
		for _, name := range []string{
			"mirror main", "mirror some", "mirror flat", "repo ours", "repo tools",
			"snapshot main-1", "snapshot some-1", "snapshot ours-1", "snapshot merged", "snapshot contrib-1", "snapshot pulled",
			"publication debian stable", "publication . testing", "publication team/tools tools",
		} {
			want[name] = "new"
		}
		if diff := cmp.Diff(want, statuses(got)); diff != "" {
			t.Errorf("what was imported (-want +got):\n%s%v", diff, got.Warnings)
		}
		if diff := cmp.Diff(statuses(got), statuses(foreseen)); diff != "" {
			t.Errorf("the plan was another (-done +foreseen):\n%s", diff)
		}
		if got.Added != foreseen.Added || got.Added == 0 {
			t.Errorf("%d packages were added, %d foreseen", got.Added, foreseen.Added)
		}
		for ref, keys := range aptlyKeys(t, a) {
			if diff := cmp.Diff(keys, keysOf(h, ref)); diff != "" {
				t.Errorf("packages of %s (-aptly +ours):\n%s", ref, diff)
			}
		}
		checkSettings(t, h)
		checkLinked(t, h, a)

		before := revisions(h)
		if again := importAll(h, plan(a)); again.Added != 0 || slices.ContainsFunc(again.Items, func(i imports.ImportItem) bool { return i.Status != "unchanged" }) {
			t.Errorf("the second time: %+v", again)
		}
		if diff := cmp.Diff(before, revisions(h)); diff != "" {
			t.Errorf("the second time changed things (-before +after):\n%s", diff)
		}
	})
}

// checkSettings checks the settings of collections and publications.
func checkSettings(t testing.TB, h *apptest.House) {
	t.Helper()
	ours := apptest.Must(h.Repos.Get(h.Ctx, "ours"))(t)
	if ours.Description != "Of_the_team" || ours.Distribution != "testing" || ours.Component != "main" {
		t.Errorf("the repo is %+v", ours)
	}
	m := apptest.Must(h.Mirrors.Get(h.Ctx, "main"))(t)
	if c := m.Config; c.Suite != "bookworm" || !slices.Equal(c.Components, []string{"main", "contrib"}) ||
		!slices.Equal(c.Architectures, []string{"amd64", "arm64"}) || !c.Sources || c.Keyring == "" || m.SyncedAt.IsZero() || m.Meta["Origin"] != "Upstream" {
		t.Errorf("the mirror is %+v", m)
	}
	if c := apptest.Must(h.Mirrors.Get(h.Ctx, "some"))(t).Config; c.Filter != "libfoo1|bar" {
		t.Errorf("the filter is %q", c.Filter)
	}
	if c := apptest.Must(h.Mirrors.Get(h.Ctx, "flat"))(t).Config; c.Suite != "./flat/" {
		t.Errorf("the flat mirror is %+v", c)
	}
	merged := apptest.Must(h.Collections.Snapshot(h.Ctx, "merged"))(t)
	if !slices.Equal(merged.Sources, []string{"snapshot:some-1", "snapshot:ours-1"}) || !merged.CreatedAt.Before(ours.CreatedAt) {
		t.Errorf("the merged snapshot is %+v; the repo came at %v", merged, ours.CreatedAt)
	}
	stable := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(t)
	if !slices.Equal(stable.Sources, []string{"contrib=snapshot:contrib-1", "main=snapshot:main-1"}) || stable.Release != 1 ||
		stable.Options.Origin != "Origin" || stable.Options.Label != "Label" || !stable.Options.NoByHash || !stable.Options.Unsigned {
		t.Errorf("stable is %+v", stable)
	}
	testing := apptest.Must(h.Publications.Get(h.Ctx, ".", "testing"))(t)
	if testing.Options.NoByHash || testing.Options.Contents != "both" || !slices.Equal(testing.Architectures, []string{"amd64", "source"}) {
		t.Errorf("testing is %+v", testing)
	}
	if text := h.Read("debian/dists/stable/main/binary-amd64/Packages.gz"); text == "" {
		t.Error("there is no index")
	}
	bar := apptest.Must(h.Collections.Packages(h.Ctx, collections.Ref{Kind: "mirror", Name: "main"}, collections.Terms{Name: "bar"}, usecase.Page{}))(t).Items
	if len(bar) != 1 || bar[0].Priority != "extra" || bar[0].Component != "main" {
		t.Errorf("bar is listed as %+v", bar)
	}
	blob := apptest.Must(h.Collections.Packages(h.Ctx, collections.Ref{Kind: "mirror", Name: "main"}, collections.Terms{Name: "blob"}, usecase.Page{}))(t).Items
	if len(blob) != 1 || blob[0].Component != "contrib" {
		t.Errorf("blob is listed as %+v", blob)
	}
}

// checkLinked checks that every file of aptly's pool is a link to a blob.
func checkLinked(t testing.TB, h *apptest.House, a *testkit.Aptly) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(a.Root(), "pool"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		stored, err := os.Stat(h.BlobPath(data))
		if err != nil {
			return err
		}
		if !os.SameFile(info, stored) {
			t.Errorf("%s was copied", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// revisions returns how often each collection and publication changed.
func revisions(h *apptest.House) map[string]int64 {
	h.TB.Helper()
	found := map[string]int64{}
	for _, list := range []usecase.List[collections.Collection]{apptest.Must(h.Repos.List(h.Ctx, usecase.Page{}))(h.TB), apptest.Must(h.Collections.Snapshots(h.Ctx, usecase.Page{}))(h.TB)} {
		for _, c := range list.Items {
			found[c.Name] = c.Revision
		}
	}
	for _, m := range apptest.Must(h.Mirrors.List(h.Ctx, usecase.Page{}))(h.TB).Items {
		found["mirror "+m.Name] = m.Revision
	}
	for _, p := range apptest.Must(h.Publications.List(h.Ctx, usecase.Page{}))(h.TB).Items {
		found[p.Place()+" "+p.Distribution] = p.Release
	}
	return found
}

func TestAnImportAddsWhatIsNewAndLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		a := furnishedAptly(t)
		importAll(h, plan(a))
		before := revisions(h)
		apptest.Must(h.Repos.RemovePackages(h.Ctx, "ours", collections.Terms{Name: "hello-doc"}))(t) // here
		name := "renamed"
		apptest.Must(h.Repos.Edit(h.Ctx, "tools", repos.RepoEdit{Name: &name}))(t)
		if err := h.Collections.Drop(h.Ctx, collections.Snapshot, "merged"); err != nil {
			t.Fatal(err)
		}
		fresh := apptest.Deb(t, "fresh", "1", "amd64", "x")
		file := filepath.Join(t.TempDir(), fresh.Name)
		if err := os.WriteFile(file, fresh.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"repo add ours " + file, "snapshot create ours-2 from repo ours"} { // there
			if _, err := a.Run(t.Context(), strings.Fields(line)...); err != nil {
				t.Fatal(err)
			}
		}
		got := importAll(h, plan(a))
		want := map[string]string{"repo ours": "changed", "snapshot ours-2": "new", "snapshot merged": "left out", "publication . testing": "changed"}
		for name, status := range statuses(got) {
			if status != want[name] && (status != "unchanged" || want[name] != "") {
				t.Errorf("%s is %s, want %s", name, status, want[name])
			}
		}
		if names := h.Names("repo:ours"); !slices.Equal(names, []string{"fresh 1", "hello 2.10-3", "hello 2.10-3"}) {
			t.Errorf("the repo has %v", names)
		}
		if names := h.Names("snapshot:ours-2"); len(names) != 4 {
			t.Errorf("the new snapshot has %v", names)
		}
		after := revisions(h)
		if after["renamed"] != before["tools"] || after["debian stable"] != before["debian stable"] || after[". testing"] != before[". testing"]+1 {
			t.Errorf("before %v, after %v", before, after)
		}
	})
}

func TestImportsThatCannotBe(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		a := furnishedAptly(t)
		h.MakeRepo("tools")
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "pulled", From: []string{"repo:tools"}}))(t)
		noKeys, relative, nowhere := plan(a), plan(a), imports.ImportPlan{From: imports.FromAptly, Root: t.TempDir()}
		noKeys.GnuPGHome, relative.Config = t.TempDir(), "aptly.conf"
		for name, c := range map[string]struct {
			plan imports.ImportPlan
			want problem.Kind
			says []string
		}{
			"names that are taken": {plan(a), problem.Conflict, []string{"repo:tools", "snapshot:pulled"}},
			"mirrors without keys": {noKeys, problem.Invalid, []string{"keyring", "trustedkeys.gpg"}},
			"a relative path":      {relative, problem.Invalid, []string{"config"}},
			"no root":              {nowhere, problem.NotFound, []string{nowhere.Root}},
			"nothing named":        {imports.ImportPlan{From: imports.FromAptly}, problem.Invalid, []string{"root"}},
			"another program":      {imports.ImportPlan{From: "mini-dinstall", Root: "/"}, problem.Invalid, []string{"from"}},
		} {
			_, err := h.Imports.Start(h.Ctx, c.plan)
			if !problem.Is(err, c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
				continue
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%s: %v does not say %s", name, err, text)
				}
			}
		}
		if got := slices.Sorted(maps.Keys(revisions(h))); !slices.Equal(got, []string{"pulled", "tools"}) {
			t.Errorf("there is %v now", got)
		}
	})
}

func TestDamagedPackagesAreReportedAndLeftOut(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		a := furnishedAptly(t)
		var gone, changed int
		err := filepath.WalkDir(filepath.Join(a.Root(), "pool"), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case strings.HasSuffix(path, "_tool_1.0_amd64.deb"):
				gone++
				return os.Remove(path)
			case strings.HasSuffix(path, "_hello-doc_2.10-3_all.deb"):
				changed++
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				data[len(data)-1] ^= 1
				return os.WriteFile(path, data, 0o600)
			}
			return nil
		})
		if err != nil || gone != 1 || changed != 1 {
			t.Fatal(gone, changed, err)
		}
		got := importAll(h, plan(a))
		if names := h.Names("repo:tools"); !slices.Equal(names, []string{"tool 1.0~rc1+b2"}) {
			t.Errorf("the repo has %v", names)
		}
		told := strings.Join(got.Warnings, "\n")
		for _, text := range []string{"Pamd64 tool 1.0 ", "Pall hello-doc 2.10-3 "} {
			if !strings.Contains(told, text) {
				t.Errorf("no warning mentions %s:\n%s", text, told)
			}
		}
	})
}

func TestAMirrorFollowsTheOneThereUntilItIsSyncedHere(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		a := apptest.Must(testkit.NewAptly(t.TempDir(), map[string]any{"gpgDisableSign": true}))(t)
		upstream := apptest.Must(a.Furnish(t.Context(), t.TempDir()))(t)
		t.Cleanup(upstream.Close)
		importAll(h, plan(a))
		filter := func(query string) {
			t.Helper()
			for _, line := range []string{"mirror edit -filter=" + query + " some", "mirror update some"} {
				if _, err := a.Run(t.Context(), strings.Fields(line)...); err != nil {
					t.Fatal(err)
				}
			}
		}
		filter("bar")
		if got := importAll(h, plan(a)); statuses(got)["mirror some"] != "changed" || !slices.Equal(h.Names("mirror:some"), []string{"bar 0.9"}) {
			t.Errorf("after a change there %v: %+v", h.Names("mirror:some"), got)
		}
		h.Done(h.Mirrors.Sync(h.Ctx, "some", mirrors.SyncOptions{})) // by the filter of the first import
		if names := h.Names("mirror:some"); len(names) != 2 {
			t.Errorf("after a sync here: %v", names)
		}
		filter("libfoo1")
		if got := importAll(h, plan(a)); statuses(got)["mirror some"] != "unchanged" || len(h.Names("mirror:some")) != 2 {
			t.Errorf("after another change there %v: %+v", h.Names("mirror:some"), got)
		}
	})
}
