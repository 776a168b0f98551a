package apply_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/declaration"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

// declare reads a declaration as YAML has it.
func declare(tb testing.TB, text string) (d apply.Declaration) {
	tb.Helper()
	tree, faults := declaration.Read("house.yaml", []byte(text))
	if faults = append(faults, declaration.Decode(tree, &d)...); len(faults) > 0 {
		tb.Fatal(faults)
	}
	return d
}

// lines shows a plan.
func lines(plan apply.ApplyPlan) string {
	var b strings.Builder
	for _, c := range plan.Changes {
		fmt.Fprintf(&b, "%s %s %s", c.Action, c.Kind, c.Name)
		for _, s := range c.Settings {
			from, _ := json.Marshal(s.From)
			to, _ := json.Marshal(s.To)
			fmt.Fprintf(&b, "; %s %s -> %s", s.Name, from, to)
		}
		if c.Destructive {
			b.WriteString(" !")
		}
		b.WriteString("\n")
	}
	for _, f := range plan.Faults {
		fmt.Fprintf(&b, "%s: %s: %s\n", strings.Join(f.Path, " "), f.Kind, f.Message)
	}
	return b.String()
}

// planned wants a plan.
func planned(h *apptest.House, in apply.ApplyRequest, want string) {
	h.TB.Helper()
	got := lines(apptest.Must(h.Apply.Plan(h.Ctx, in))(h.TB))
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), got); diff != "" {
		h.TB.Errorf("the plan (-want +got):\n%s", diff)
	}
}

// applied applies what must succeed, and wants nothing to be left to do.
func applied(h *apptest.House, in apply.ApplyRequest) (did string) {
	h.TB.Helper()
	a := h.Done(h.Apply.Apply(h.Ctx, in))
	planned(h, in, "")
	var result apply.ApplyResult
	if err := json.Unmarshal(a.Result, &result); err != nil {
		h.TB.Fatal(err)
	}
	return lines(apply.ApplyPlan{Changes: result.Changes})
}

const wholePlan = `
create endpoint www
create mirror up
sync mirror up
create repo tools
create snapshot first
create snapshot both
create publication debian/stable
create publication www:team/tools
publish publication debian/stable
publish publication www:team/tools
`

func TestWhatIsDeclaredIsMadeInItsOrder(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		in := apply.ApplyRequest{Declaration: declare(t, f.WholeHouse())}
		planned(h, in, wholePlan)
		if got := applied(h, in); got != strings.TrimPrefix(wholePlan, "\n") {
			t.Errorf("it did\n%s", got)
		}
		if got := h.Names("snapshot:both"); !cmp.Equal(got, apptest.Before) {
			t.Errorf("the snapshot has %q", got)
		}
		m := apptest.Must(h.Mirrors.Get(h.Ctx, "up"))(t)
		if m.Description != "Words of others" || m.Retention.Daily != 30 {
			t.Errorf("the mirror is %+v", m)
		}
		release := h.Read("debian/dists/stable/Release")
		if !strings.Contains(release, "Origin: A\n") || !strings.Contains(release, "Components: main extra\n") || !strings.Contains(release, "MD5Sum:") {
			t.Errorf("Release is\n%s", release)
		}
		var tree []string
		for _, a := range apptest.Must(h.Activities.List(h.Ctx, activities.Filter{}, usecase.Page{}))(t).Items {
			if a.Parent != 0 {
				tree = append(tree, a.Subject)
			}
		}
		if want := []string{"publish:www:team/tools", "publish:debian/stable", "mirror:up"}; !cmp.Equal(want, tree) {
			t.Errorf("below the apply are %q", tree)
		}
		if got := applied(h, in); got != "" {
			t.Errorf("the second time it did\n%s", got)
		}
	})
}

func TestWhatWasChangedByHandIsPutBack(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		in := apply.ApplyRequest{Declaration: declare(t, f.WholeHouse())}
		applied(h, in)

		m := apptest.Must(h.Mirrors.Get(h.Ctx, "up"))(t)
		m.Config.Sources, m.Config.Architectures = true, nil
		apptest.Must(h.Mirrors.Edit(h.Ctx, "up", m.Config))(t)
		apptest.Must(h.Mirrors.Retain(h.Ctx, "up", collections.Retention{}))(t)
		other := "Another"
		apptest.Must(h.Repos.Edit(h.Ctx, "tools", repos.RepoEdit{Description: &other, Component: &other}))(t)
		apptest.Must(h.Collections.EditSnapshot(h.Ctx, "first", collections.SnapshotEdit{Description: &other}))(t)
		p := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(t)
		p.Options.Origin, p.Options.Label, p.Options.Sums.MD5 = "B", "L", false
		sources := []string{"mirror:up"}
		h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Options: &p.Options, Sources: &sources}))
		e := apptest.Must(h.Publications.Endpoint(h.Ctx, "www"))(t)
		e.PublicURL = "https://deb.example.org/www"
		apptest.Must(h.Publications.EditEndpoint(h.Ctx, "www", e.EndpointSettings))(t)

		planned(h, in, `
change endpoint www; public_url "https://deb.example.org/www" -> null
change mirror up; sources true -> null; architectures null -> ["amd64"]; retention.keep_all_days null -> 14; retention.daily null -> 30
sync mirror up
change repo tools; description "Another" -> "Ours"; component "Another" -> "main"
change snapshot first; description "Another" -> "The first"
change publication debian/stable; sources ["mirror:up"] -> ["mirror:up","extra=repo:tools"]; origin "B" -> "A"; label "L" -> null; sums.md5 null -> true
publish publication debian/stable
`)
		applied(h, in)
		if o := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(t).Options; o.Origin != "A" || o.Label != "" || !o.Sums.MD5 {
			t.Errorf("the options are %+v", o)
		}
		if release := h.Read("debian/dists/stable/Release"); !strings.Contains(release, "Origin: A\n") {
			t.Errorf("Release is\n%s", release)
		}
	})
}

func TestWhatIsDeclaredNoLongerIsDroppedIfWanted(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		whole := declare(t, f.WholeHouse())
		applied(h, apply.ApplyRequest{Declaration: whole})
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "by-hand"}))(t)
		h.Done(h.Mirrors.Sync(h.Ctx, "up", mirrors.SyncOptions{}))
		shared := declare(t, "name: other\nrepos: {tools: {description: Ours, distribution: stable}}")
		applied(h, apply.ApplyRequest{Declaration: shared})

		nothing := apply.Declaration{}
		planned(h, apply.ApplyRequest{Declaration: nothing}, "")
		planned(h, apply.ApplyRequest{Declaration: apply.Declaration{Name: "another"}, Prune: true}, "")
		planned(h, apply.ApplyRequest{Declaration: nothing, Prune: true}, `
drop publication debian/stable !
drop publication www:team/tools !
drop snapshot both !
drop snapshot first !
drop mirror up !
drop endpoint www !
`)
		some := apply.Declaration{Snapshots: whole.Snapshots, Endpoints: whole.Endpoints, Repos: whole.Repos}
		planned(h, apply.ApplyRequest{Declaration: some, Prune: true}, `
drop publication debian/stable !
drop publication www:team/tools !
drop mirror up !
`)
		// What something else needs stays.
		_, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{Endpoint: "www", Prefix: "x", Distribution: "x", Sources: []string{"mirror:up"}})
		h.Done(x, err)
		planned(h, apply.ApplyRequest{Declaration: nothing, Prune: true}, `
endpoints: conflict: endpoint www is declared no longer, but x x is published there
mirrors: conflict: mirror up is declared no longer, but feeds the publication x x
`)
		if err := h.Publications.Drop(h.Ctx, "www:x", "x"); err != nil {
			t.Fatal(err)
		}
		h.Settled()
		applied(h, apply.ApplyRequest{Declaration: nothing, Prune: true})
		if _, err := h.Mirrors.Get(h.Ctx, "up"); !problem.Is(err, problem.NotFound) {
			t.Errorf("the mirror is there: %v", err)
		}
		if _, err := h.Publications.Endpoint(h.Ctx, "www"); !problem.Is(err, problem.NotFound) {
			t.Errorf("the endpoint is there: %v", err)
		}
		for _, repo := range []string{"tools", "by-hand"} {
			if _, err := h.Repos.Get(h.Ctx, repo); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestPublicationsMayBeHeldAtAPastState(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		h.MakeRepo("r", apptest.Deb(t, "x", "1", "all", ""))
		in := apply.ApplyRequest{Declaration: declare(t, "publications: {p/s: {sources: ['repo:r#1', 'new=mirror:m']}}")}
		applied(h, in)
		apptest.Must(h.Add("r", apptest.Deb(t, "y", "1", "all", "")))(t)
		planned(h, in, "")
		planned(h, apply.ApplyRequest{Declaration: apptest.Must(h.Apply.Export(h.Ctx))(t).Declaration}, "")
		in.Declaration = declare(t, "publications: {p/s: {sources: ['repo:r', 'new=mirror:m']}}")
		planned(h, in, `change publication p/s; sources ["repo:r#1","new=mirror:m"] -> ["repo:r","new=mirror:m"]`+"\npublish publication p/s\n")
	})
}
