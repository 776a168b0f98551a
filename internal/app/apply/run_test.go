package apply_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

// as gives a context in which the bearer of a token of a role asks.
func as(h *apptest.House, role string) context.Context {
	h.TB.Helper()
	_, secret, err := h.People.CreateToken(h.Ctx, "the-"+role, role, 0)
	if err != nil {
		h.TB.Fatal(err)
	}
	return apptest.Must(h.People.Authenticate(context.Background(), secret))(h.TB)
}

// subjects lists what there is, of every kind.
func subjects(h *apptest.House) (list []string) {
	h.TB.Helper()
	e := apptest.Must(h.Apply.Export(h.Ctx))(h.TB).Declaration
	return []string{fmt.Sprintf("%d endpoints, %d mirrors, %d repos, %d snapshots, %d publications",
		len(e.Endpoints), len(e.Mirrors), len(e.Repos), len(e.Snapshots), len(e.Publications))}
}

func TestConflictsAreToldBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		h.MakeRepo("other", apptest.Deb(t, "x", "1", "all", ""))
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "first", From: []string{"repo:other"}}))(t)
		in := apply.ApplyRequest{Declaration: declare(t, f.WholeHouse())}
		was := subjects(h)
		const says = `there is a snapshot "first" already, of other packages`
		planned(h, in, "snapshots first: conflict: "+says+"\n")
		if _, err := h.Apply.Apply(h.Ctx, in); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), says) {
			t.Errorf("applied: %v", err)
		}
		if diff := cmp.Diff(was, subjects(h)); diff != "" {
			t.Errorf("something was done:\n%s", diff)
		}
	})
}

func TestSnapshotsAreKnownByWhatTheyWereMadeFrom(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		h.MakeRepo("r", apptest.Deb(t, "x", "1", "all", ""))
		for _, s := range []collections.NewSnapshot{
			{Name: "plain", From: []string{"mirror:m"}}, {Name: "merged", From: []string{"mirror:m", "repo:r"}, Latest: true},
			{Name: "same", From: []string{"repo:r"}},
		} {
			apptest.Must(h.Collections.CreateSnapshot(h.Ctx, s))(t)
		}
		// By hand, of the same; which may have changed since.
		apptest.Must(h.Add("r", apptest.Deb(t, "x", "2", "all", "")))(t)
		applied(h, apply.ApplyRequest{Declaration: declare(t, "snapshots: {plain: {from: mirror:m}, merged: {from: [mirror:m, repo:r], latest: true}, same: {from: repo:r}}")})
		// Once it is known how they were made, another way is another snapshot; unless it has the same packages.
		planned(h, apply.ApplyRequest{Declaration: declare(t, "snapshots: {plain: {from: snapshot:plain, description: x}, same: {from: repo:r, keep_all: true}}")}, `
snapshots plain from 0: invalid: snapshot plain is made from this one, so this one cannot be made from it
snapshots same: conflict: there is a snapshot "same" already, of other packages
`)
		planned(h, apply.ApplyRequest{Declaration: declare(t, "snapshots: {plain: {from: [mirror:m], latest: true}, new: {from: snapshot:plain, packages: [nonsense]}}")}, `
snapshots new packages: not-found: packages nonsense: key not found
`)
		planned(h, apply.ApplyRequest{Declaration: declare(t, "snapshots: {plain: {from: [mirror:m], latest: true}}")}, "")
		planned(h, apply.ApplyRequest{Declaration: declare(t, "snapshots: {a: {from: mirror:new@20200101T000000Z, latest: true, keep_all: true}, b: {from: mirror:new@20200101T000000Z}, c: {from: mirror:m@29990101T000000Z}}\nmirrors: {new: {}}")}, `
snapshots a latest: invalid: latest and keep_all exclude each other
snapshots b from 0: not-found: the mirror "new" is not there yet, and so has no past
snapshots c from 0: not-found: the state of mirror:m at 29990101T000000Z is not known yet
`)
	})
}

func TestAnApplyThatFailsGoesOnLater(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		text := f.WholeHouse() + "  debian/ours: {sources: repo:tools}\n"
		in := apply.ApplyRequest{Declaration: declare(t, text)}
		f.Upstream.Inject("/", 0, testkit.Status(503))
		a := h.Wait(h.Apply.Apply(h.Ctx, in))
		if a.Status != "failed" || a.Error == nil {
			t.Fatalf("%+v", a)
		}
		for _, says := range []string{
			"sync mirror up: ", "create snapshot first is left out, since it needs the mirror up", "create snapshot both is left out",
			"publish publication debian/stable is left out", "this is done: create endpoint www, create mirror up, create repo tools, create publication debian/ours, publish publication debian/ours",
		} {
			if !strings.Contains(a.Error.Message, says) {
				t.Errorf("it does not say %q:\n%s", says, a.Error.Message)
			}
		}
		if a.Error.Kind != problem.Upstream && a.Error.Kind != problem.Unavailable || !strings.Contains(a.Error.Hint, "apply again") {
			t.Errorf("it fails as %+v", a.Error)
		}
		rest := `
sync mirror up
create snapshot first
create snapshot both
create publication debian/stable
create publication www:team/tools
publish publication debian/stable
publish publication www:team/tools
`
		planned(h, in, rest)
		f.Upstream.Heal()
		if got := applied(h, in); got != strings.TrimPrefix(rest, "\n") {
			t.Errorf("then it did\n%s", got)
		}
	})
}

func TestAReleaseThatDidNotComeIsMadeLater(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		h.MakeRepo("a", apptest.Deb(t, "x", "1", "all", "one"))
		h.MakeRepo("b", apptest.Deb(t, "x", "1", "all", "another"))
		in := apply.ApplyRequest{Declaration: declare(t, "publications: {p/s: {sources: [main=repo:a, main=repo:b]}}"), Prune: true}
		a := h.Wait(h.Apply.Apply(h.Ctx, in))
		if a.Status != "failed" || !strings.Contains(a.Error.Message, "publish publication p/s: ") {
			t.Errorf("it ended as %s: %+v", a.Status, a.Error)
		}
		planned(h, in, "publish publication p/s\n")
		apptest.Must(h.Repos.RemovePackages(h.Ctx, "b", collections.Terms{Name: "x"}))(t)
		applied(h, in)
		// What remains of a failed apply keeps others from dropping anything.
		apptest.Must(h.Add("b", apptest.Deb(t, "x", "1", "all", "another")))(t)
		in.Declaration = declare(t, "publications: {p/t: {sources: [main=repo:a, main=repo:b]}}")
		a = h.Wait(h.Apply.Apply(h.Ctx, in))
		if a.Status != "failed" || !strings.Contains(a.Error.Message, "drop publication p/s is left out, since not everything else is done") {
			t.Errorf("it ended as %s: %+v", a.Status, a.Error)
		}
	})
}

func TestAnApplyThatIsCutShortGoesOn(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		stall := testkit.NewStall(0)
		f.Upstream.Inject("/", 1, stall.Fault)
		defer stall.Release()
		in := apply.ApplyRequest{Declaration: declare(t, f.WholeHouse())}
		a := apptest.Must(h.Apply.Apply(h.Ctx, in))(t)
		select {
		case <-stall.Reached():
		case <-time.After(10 * time.Second):
			t.Fatal("the upstream is not asked")
		}
		if err := h.Engine.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := h.Engine.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		h.Done(h.Activities.Get(h.Ctx, a.ID))
		planned(h, in, "")
		if got := h.Names("snapshot:both"); !cmp.Equal(got, apptest.Before) {
			t.Errorf("the snapshot has %q", got)
		}
	})
}

func TestAppliesTakeTurns(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		in := apply.ApplyRequest{Declaration: declare(t, f.WholeHouse())}
		first := apptest.Must(h.Apply.Apply(h.Ctx, in))(t)
		second := apptest.Must(h.Apply.Apply(h.Ctx, in))(t)
		h.Done(first, nil)
		if got := string(h.Done(second, nil).Result); got != `{"changes":[]}` {
			t.Errorf("the second did %s", got)
		}
		if log := apptest.Must(h.Publications.Releases(h.Ctx, "debian", "stable", usecase.Page{}))(t).Items; len(log) != 1 {
			t.Errorf("there are %d releases", len(log))
		}
	})
}

func TestWhatWasNotInThePlanIsNotDone(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		in := apply.ApplyRequest{Declaration: declare(t, "repos: {a: {description: A}, b: {}}")}
		plan := apptest.Must(h.Apply.Plan(h.Ctx, in))(t)
		in.Expect = plan.Digest
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "a"}))(t)
		if _, err := h.Apply.Apply(h.Ctx, in); !problem.Is(err, problem.Conflict) {
			t.Errorf("after a change: %v", err)
		}
		// The same, while the apply waits for its turn.
		if err := h.Engine.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		in.Expect = apptest.Must(h.Apply.Plan(h.Ctx, in))(t).Digest
		a := apptest.Must(h.Apply.Apply(h.Ctx, in))(t)
		if err := h.Collections.Drop(h.Ctx, collections.Repo, "a"); err != nil {
			t.Fatal(err)
		}
		if err := h.Engine.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		a = h.Wait(a, nil)
		if a.Status != "failed" || a.Error.Kind != problem.Conflict || !strings.Contains(a.Error.Message, "it would also create repo a") {
			t.Errorf("it ended as %s: %+v", a.Status, a.Error)
		}
		if _, err := h.Repos.Get(h.Ctx, "b"); !problem.Is(err, problem.NotFound) {
			t.Errorf("a part of it was done: %v", err)
		}
	})
}

func TestEachStepNeedsItsPermission(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		t := h.TB
		reader, publisher := as(h, "reader"), as(h, "publisher")
		repo := apply.ApplyRequest{Declaration: declare(t, "repos: {a: {}}")}
		www := apply.ApplyRequest{Declaration: declare(t, "repos: {a: {}}\nendpoints: {www: {kind: filesystem, directory: /srv/www}}")}
		nothing := apply.ApplyRequest{}
		for _, c := range []struct {
			name string
			ctx  context.Context
			in   apply.ApplyRequest
		}{{"a repo by a reader", reader, repo}, {"an endpoint by a publisher", publisher, www}, {"nothing by a reader", reader, nothing}} {
			apptest.Must(h.Apply.Plan(c.ctx, c.in))(t)
			if _, err := h.Apply.Apply(c.ctx, c.in); !problem.Is(err, problem.Denied) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if _, err := h.Apply.Plan(context.Background(), repo); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("a plan for nobody: %v", err)
		}
		if _, err := h.Apply.Export(context.Background()); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("an export for nobody: %v", err)
		}
		a := h.Done(h.Apply.Apply(publisher, repo))
		if a.CreatedBy != "the-publisher" {
			t.Errorf("it is by %s", a.CreatedBy)
		}
		log := apptest.Must(h.Audit.Log(h.Ctx, audit.Filter{Subject: "repo:a"}, usecase.Page{}))(t).Items
		if len(log) != 1 || log[0].Who != "the-publisher" || log[0].Action != "repo.create" {
			t.Errorf("the audit log has %+v", log)
		}
	})
}
