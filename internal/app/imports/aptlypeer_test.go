package imports_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

// peer is a house and Debian's aptly with the same packages in the same repos and
// snapshots.
type peer struct {
	*apptest.House
	aptly *testkit.Aptly
}

// newPeer creates the repos old and new, and a snapshot of each.
func newPeer(h *apptest.House) *peer {
	h.TB.Helper()
	dir := h.TB.TempDir()
	a, err := testkit.NewAptly(filepath.Join(dir, "aptly"), map[string]any{"architectures": []string{"amd64", "arm64"}})
	if err != nil {
		h.TB.Fatal(err)
	}
	p := &peer{h, a}
	for _, repo := range []string{"old", "new"} {
		list := apptest.PeerPackages(h.TB, repo)
		folder := filepath.Join(dir, repo)
		if err := os.Mkdir(folder, 0o700); err != nil {
			h.TB.Fatal(err)
		}
		for _, f := range list {
			if err := os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o600); err != nil {
				h.TB.Fatal(err)
			}
		}
		h.MakeRepo(repo, list...)
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: repo, From: []string{"repo:" + repo}}))(h.TB)
		p.run("repo", "create", repo)
		p.run("repo", "add", repo, folder)
		p.run("snapshot", "create", repo, "from", "repo", repo)
	}
	return p
}

func (p *peer) run(args ...string) string {
	p.TB.Helper()
	out, err := p.aptly.Run(p.Ctx, args...)
	if err != nil {
		p.TB.Fatal(err)
	}
	return out
}

// theirs returns the keys that aptly finds.
func (p *peer) theirs(args ...string) []string {
	p.TB.Helper()
	out, err := p.aptly.Run(p.Ctx, args...)
	if err != nil {
		if strings.Contains(out, "no results") {
			return []string{}
		}
		p.TB.Fatal(err)
	}
	return slices.Sorted(slices.Values(strings.Split(strings.TrimSpace(out), "\n")))
}

func TestSearchesFindWhatAptlyFinds(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		p := newPeer(h)
		const format = "-format={{.Key}}"
		for _, query := range []string{
			"Name", "app", "app (>= 1.0) {arm64}", "app (>> 1.0-1)", "tool", "tool (>= 2)", "plain-tool", "libdata {amd64}", "app_1.0-1_amd64", "app-source_1.0-1_source",
			"Name (% *data)", "Name (~ ^a), !Section (net)", "Section (net) | Priority (required)", "$Architecture (amd64)", "$Architecture (source)",
			"$PackageType (source)", "$PackageType (udeb)", "$Source (app-source)", "$SourceVersion (<= 1.0)", "Depends (~ tool)", "$Version (>= 1:1)", "nothing-like-it",
		} {
			got := apptest.Ours(h, "repo:old", collections.Search{Query: query})
			if diff := cmp.Diff(p.theirs("repo", "search", format, "old", query), got); diff != "" {
				h.TB.Errorf("%s (-aptly +ours):\n%s", query, diff)
			}
		}
		for _, repo := range []string{"old", "new"} {
			got := apptest.Ours(h, "repo:"+repo, collections.Search{Query: "app {amd64}", WithDependencies: true, Architectures: []string{"amd64"}})
			theirs := p.theirs("-architectures=amd64", "repo", "search", "-with-deps", format, repo, "app {amd64}")
			if diff := cmp.Diff(theirs, got); diff != "" {
				h.TB.Errorf("with dependencies in %s (-aptly +ours):\n%s", repo, diff)
			}
		}
		if diff := cmp.Diff(p.theirs("package", "search", format, "Name"), apptest.Ours(h, "", collections.Search{Query: "Name"})); diff != "" {
			h.TB.Errorf("everywhere (-aptly +ours):\n%s", diff)
		}
	})
}

func TestSnapshotsAreMadeAsAptlyMakesThem(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		p := newPeer(h)
		from := []string{"snapshot:old", "snapshot:new"}
		pull := collections.PullSnapshot{To: "snapshot:old", From: "snapshot:new", WithDependencies: true, Architectures: []string{"amd64", "arm64"}}
		pulled := func(change func(*collections.PullSnapshot), queries ...string) func(string) error {
			return func(name string) error {
				in := pull
				in.Name, in.Queries = name, queries
				change(&in)
				_, err := h.Collections.Pull(h.Ctx, in)
				return err
			}
		}
		merged := func(in collections.NewSnapshot) func(string) error {
			return func(name string) error {
				in.Name, in.From = name, from
				_, err := h.Collections.CreateSnapshot(h.Ctx, in)
				return err
			}
		}
		for _, c := range []struct {
			name   string
			ours   func(name string) error
			theirs []string // the name stands for NAME
		}{
			{"merged", merged(collections.NewSnapshot{}), []string{"snapshot", "merge", "NAME", "old", "new"}},
			{"latest", merged(collections.NewSnapshot{Latest: true}), []string{"snapshot", "merge", "-latest", "NAME", "old", "new"}},
			{"every", merged(collections.NewSnapshot{KeepAll: true}), []string{"snapshot", "merge", "-no-remove", "NAME", "old", "new"}},
			{"pulled", pulled(func(*collections.PullSnapshot) {}, "app"), []string{"snapshot", "pull", "old", "new", "NAME", "app"}},
			{"alone", pulled(func(in *collections.PullSnapshot) { in.WithDependencies = false }, "app"), []string{"snapshot", "pull", "-no-deps", "old", "new", "NAME", "app"}},
			{"all", pulled(func(in *collections.PullSnapshot) { in.AllMatches = true }, "app"), []string{"snapshot", "pull", "-all-matches", "old", "new", "NAME", "app"}},
			{"kept", pulled(func(in *collections.PullSnapshot) { in.KeepOld = true }, "app", "deep"), []string{"snapshot", "pull", "-no-remove", "old", "new", "NAME", "app", "deep"}},
			{"named", pulled(func(*collections.PullSnapshot) {}, "Name (% *e*), !app"), []string{"snapshot", "pull", "old", "new", "NAME", "Name (% *e*), !app"}},
		} {
			if err := c.ours(c.name); err != nil {
				h.TB.Errorf("%s: %v", c.name, err)
				continue
			}
			p.run(slices.Concat(c.theirs[:slices.Index(c.theirs, "NAME")], []string{c.name}, c.theirs[slices.Index(c.theirs, "NAME")+1:])...)
			if diff := cmp.Diff(p.theirs("snapshot", "search", "-format={{.Key}}", c.name, "Name"), apptest.Ours(h, "snapshot:"+c.name, collections.Search{})); diff != "" {
				h.TB.Errorf("%s (-aptly +ours):\n%s", c.name, diff)
			}
		}
	})
}

func TestDetailsTellAllOfAPackage(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("old", apptest.PeerPackages(h.TB, "old")...)
		list := apptest.Search(h, "repo:old", collections.Search{Query: "app_1.0-1_amd64"}, true)
		if len(list) != 1 || len(list[0].Files) != 1 {
			h.TB.Fatalf("%+v", list)
		}
		f := list[0]
		fields := map[string]string{}
		for name, value := range f.Fields() {
			fields[name] = value
		}
		if fields["Depends"] != "libdata (>= 1), tool | other" || f.Section != "net" || f.Files[0].Name != "app_1.0-1_amd64.deb" || len(f.Files[0].SHA512) != 128 {
			h.TB.Errorf("%+v %q", f, fields)
		}
		again := apptest.Must(h.Collections.FindPackage(h.Ctx, f.Key))(h.TB)
		if diff := cmp.Diff(f, again); diff != "" {
			h.TB.Errorf("by its key:\n%s", diff)
		}
		if short := apptest.Must(h.Collections.FindPackage(h.Ctx, f.ShortKey))(h.TB); short.Key != f.Key {
			h.TB.Errorf("by its short key: %s", short.Key)
		}
		for key, kind := range map[string]problem.Kind{
			"Pamd64 app 1.0-1 123456789abcdef0": problem.NotFound, "Pamd64 app": problem.Invalid, "app_1.0-1_amd64": problem.Invalid, "Pamd64 app 1.0-1 xyz": problem.Invalid,
		} {
			if _, err := h.Collections.FindPackage(h.Ctx, key); !problem.Is(err, kind) {
				h.TB.Errorf("%s: %v", key, err)
			}
		}
	})
}
