package mirrors_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// The tests of APTMirror tasks: here the task itself, its errors and its lock; in
// mirrortaskfetch_test.go what is fetched and believed, in mirrortaskplan_test.go
// what is added, replaced, removed and refused, in mirrortaskfilter_test.go the
// filters, and in mirrortasktime_test.go what is seen when.

// workplace is a house with an upstream, and an empty mirror "suite" for tasks.
type workplace struct {
	*apptest.House
	upstream *testkit.Upstream
}

func tasked(t *testing.T, suite testkit.Suite, test func(w *workplace)) {
	t.Helper()
	supplied(t, suite, func(h *apptest.House, u *testkit.Upstream) {
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "suite"}))(h.TB)
		test(&workplace{h, u})
	})
}

// task is the least one that works.
func (w *workplace) task(edits ...func(*mirrors.Task)) mirrors.Task {
	task := mirrors.Task{Collection: "suite", URL: w.upstream.URL(), Suite: "stable"}
	for _, edit := range edits {
		edit(&task)
	}
	return task
}

// offer makes the upstream serve another state of its archive.
func (w *workplace) offer(suite testkit.Suite) {
	w.TB.Helper()
	dir := w.TB.TempDir()
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(w.Ctx, dir); err != nil {
		w.TB.Fatal(err)
	}
	w.upstream.Switch(dir)
}

// run runs a task that must succeed.
func (w *workplace) run(edits ...func(*mirrors.Task)) mirror.Result {
	w.TB.Helper()
	return taskResult(w, w.Done(w.Mirrors.RunTask(w.Ctx, w.task(edits...), mirrors.TaskOptions{})))
}

func taskResult(w *workplace, a usecase.Activity) (r mirror.Result) {
	w.TB.Helper()
	if err := json.Unmarshal(a.Result, &r); err != nil {
		w.TB.Fatal(err)
	}
	return r
}

// fails runs a task that must fail while it runs, and changes nothing.
func (w *workplace) fails(says string, edits ...func(*mirrors.Task)) {
	w.TB.Helper()
	before := apptest.Must(w.Mirrors.Get(w.Ctx, "suite"))(w.TB)
	a := w.Wait(w.Mirrors.RunTask(w.Ctx, w.task(edits...), mirrors.TaskOptions{}))
	if a.Status != "failed" || !strings.Contains(a.Error.Message, says) || a.Error.Reason != "execute-failed" {
		w.TB.Errorf("it is %s: %+v; want %q", a.Status, a.Error, says)
	}
	after := apptest.Must(w.Mirrors.Get(w.Ctx, "suite"))(w.TB)
	if after.Revision != before.Revision || after.Config.URL != before.Config.URL || !slices.Equal(after.Config.Components, before.Config.Components) {
		w.TB.Errorf("a task that failed changed the mirror: %+v, then %+v", before, after)
	}
}

// has compares what the mirror lists.
func (w *workplace) has(want ...string) {
	w.TB.Helper()
	slices.Sort(want)
	if got := listed(w.House, "mirror:suite"); !slices.Equal(got, want) {
		w.TB.Errorf("it lists %q, want %q", got, want)
	}
}

func signingKeys(tb testing.TB, keys ...*openpgp.SecretKey) *string {
	tb.Helper()
	rings := make([]*openpgp.Keyring, len(keys))
	for i, key := range keys {
		rings[i] = apptest.Must(openpgp.ReadKeys(apptest.Must(key.Public().Armored())(tb)))(tb)
	}
	text := string(apptest.Must(openpgp.Merge(rings...).Armored())(tb))
	return &text
}

// shop is a suite with sources and packages of two components and architectures.
func shop() testkit.Suite {
	return testkit.Suite{
		Codename: "stable", Components: []string{"main", "contrib"}, Architectures: []string{"amd64", "arm64"},
		Packages: []testkit.Package{
			{Name: "hello", Version: "1:2.0-1", Architecture: "amd64"},
			{Name: "hello", Version: "1:2.0-1", Architecture: "arm64"},
			{Name: "libhello1", Version: "2.0-1", Architecture: "amd64", Source: "hello (1:2.0-1)", Section: "libs"},
			{Name: "hello-doc", Version: "1:2.0-1", Architecture: "all", Source: "hello", Section: "doc", Priority: "extra"},
			{Name: "extra", Version: "1", Architecture: "amd64", Component: "contrib", Section: "contrib/net"},
		},
		Sources: []testkit.Source{{Name: "hello", Version: "1:2.0-1"}, {Name: "extra", Version: "1", Component: "contrib", Section: "contrib/net"}},
	}
}

// all is what a task without any choice takes of the shop.
var all = []string{
	"extra 1 amd64", "extra 1 source", "hello 1:2.0-1 amd64", "hello 1:2.0-1 arm64", "hello 1:2.0-1 source", "hello-doc 1:2.0-1 all", "libhello1 2.0-1 amd64",
}

func TestTaskMakesTheCollectionWhatTheSuiteIs(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		a := w.Done(w.Mirrors.RunTask(w.Ctx, w.task(), mirrors.TaskOptions{}))
		w.has(all...)
		if a.Type != "mirror.task" || a.Summary != "mirror suite from "+w.upstream.URL() || a.Subject != "mirror:suite" || a.CreatedBy == "" {
			w.TB.Errorf("the activity is %+v", a)
		}
		m := apptest.Must(w.Mirrors.Get(w.Ctx, "suite"))(w.TB)
		if c := m.Config; c.URL != w.upstream.URL() || c.Suite != "stable" || !c.Sources || !c.Strict || m.Suite != "stable" {
			w.TB.Errorf("the mirror is %+v", m)
		}
		log := apptest.Must(w.Audit.Log(w.Ctx, audit.Filter{}, usecase.Page{}))(w.TB)
		if !slices.ContainsFunc(log.Items, func(e audit.AuditEntry) bool { return e.Action == "mirror.task" && e.Subject == "mirror:suite" }) {
			w.TB.Error("the task is not in the audit log")
		}
	})
}

func TestTaskIsRefusedBeforeAnythingIsFetched(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.MakeRepo("repo")
		apptest.Must(w.Collections.CreateSnapshot(w.Ctx, collections.NewSnapshot{Name: "snap", From: []string{"repo:repo"}}))(w.TB)
		text := func(s string) *string { return &s }
		for name, c := range map[string]struct {
			spoil             func(*mirrors.Task)
			field, code, says string
		}{
			"a collection that is missing":      {func(task *mirrors.Task) { task.Collection = "none" }, "collection", "configure-failed", `no mirror "none"`},
			"a collection that is a repo":       {func(task *mirrors.Task) { task.Collection = "repo" }, "collection", "configure-failed", "repo is not a mirror, but a repo"},
			"a collection that is a snapshot":   {func(task *mirrors.Task) { task.Collection = "snap" }, "collection", "configure-failed", "snap is not a mirror, but a snapshot"},
			"a lookup for a collection":         {func(task *mirrors.Task) { task.Collection = "suite@debian:suite" }, "collection", "setup-failed", ""},
			"a url that is not absolute":        {func(task *mirrors.Task) { task.URL = "/debian" }, "url", "setup-failed", ""},
			"components of a flat suite":        {func(task *mirrors.Task) { task.Suite, task.Components = "./", []string{"main"} }, "components", "setup-failed", "flat"},
			"an empty list of components":       {func(task *mirrors.Task) { task.Components = []string{} }, "components", "setup-failed", "empty"},
			"an empty list of architectures":    {func(task *mirrors.Task) { task.Architectures = []string{} }, "architectures", "setup-failed", "empty"},
			"an empty list of filters":          {func(task *mirrors.Task) { task.Filters = []mirror.Filter{} }, "filters", "setup-failed", "empty"},
			"an expression that is none":        {func(task *mirrors.Task) { task.Filters = []mirror.Filter{{}, {SourceName: text("(")}} }, "filters[1].source_name", "setup-failed", ""},
			"armor that is none":                {func(task *mirrors.Task) { task.SigningKey = text("key") }, "signing_key", "setup-failed", ""},
			"an empty key":                      {func(task *mirrors.Task) { task.SigningKey = text("") }, "signing_key", "setup-failed", ""},
			"the architecture that is a source": {func(task *mirrors.Task) { task.Architectures = []string{"source"} }, "architectures", "setup-failed", ""},
		} {
			_, err := w.Mirrors.RunTask(w.Ctx, w.task(c.spoil), mirrors.TaskOptions{})
			if err == nil || !strings.HasPrefix(err.Error(), c.field+": ") || !strings.Contains(err.Error(), c.says) || string(problem.ReasonOf(err)) != c.code {
				w.TB.Errorf("%s: %v (%s), want %s: … %s (%s)", name, err, problem.ReasonOf(err), c.field, c.says, c.code)
			}
		}
		if n := w.upstream.Count("/"); n != 0 {
			w.TB.Errorf("%d requests were made for tasks that cannot work", n)
		}
		if _, err := mirrors.ReadTask([]byte(`{"colour": 1}`)); problem.ReasonOf(err) != "setup-failed" {
			w.TB.Errorf("a task with an unknown member: %v", err)
		}
	})
}

func TestTaskOfACollectionThatWasDroppedMeanwhileFailsToConfigure(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		stall := testkit.NewStall(-1)
		for i := range 4 { // as many as work at a time
			name := fmt.Sprintf("busy%d", i)
			apptest.Must(w.Mirrors.Create(w.Ctx, mirrors.NewMirror{Name: name, Config: mirrors.Config{URL: w.upstream.URL(), Suite: "stable"}}))(w.TB)
			w.upstream.Inject("InRelease", 1, stall.Fault)
			apptest.Must(w.Mirrors.Sync(w.Ctx, name, mirrors.SyncOptions{}))(w.TB)
			<-stall.Reached()
		}
		a := apptest.Must(w.Mirrors.RunTask(w.Ctx, w.task(), mirrors.TaskOptions{}))(w.TB)
		if err := w.Collections.Drop(w.Ctx, collections.Mirror, "suite"); err != nil {
			w.TB.Fatal(err)
		}
		stall.Release()
		if a = w.Wait(a, nil); a.Status != "failed" || a.Error.Reason != "configure-failed" {
			w.TB.Errorf("it is %s: %+v", a.Status, a.Error)
		}
		w.Settled()
	})
}

func TestTaskTakesAllComponentsAndArchitecturesUnlessItNamesSome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*mirrors.Task)
		want []string
	}{
		"neither is named": {func(*mirrors.Task) {}, all},
		"one component": {
			func(task *mirrors.Task) { task.Components = []string{"contrib"} }, []string{"extra 1 amd64", "extra 1 source"},
		},
		"one architecture, which does not limit sources": {
			func(task *mirrors.Task) { task.Architectures = []string{"arm64"} },
			[]string{"extra 1 source", "hello 1:2.0-1 arm64", "hello 1:2.0-1 source", "hello-doc 1:2.0-1 all"},
		},
		"both": {
			func(task *mirrors.Task) {
				task.Components, task.Architectures = []string{"main"}, []string{"amd64"}
			},
			[]string{"hello 1:2.0-1 amd64", "hello 1:2.0-1 source", "hello-doc 1:2.0-1 all", "libhello1 2.0-1 amd64"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasked(t, shop(), func(w *workplace) {
				w.run(c.edit)
				w.has(c.want...)
			})
		})
	}
}

func TestTaskOnACollectionThatIsBusyFailsAtOnceAndOthersGoOn(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		apptest.Must(w.Mirrors.Create(w.Ctx, mirrors.NewMirror{Name: "other"}))(w.TB)
		stall := testkit.NewStall(-1)
		w.upstream.Inject("InRelease", 1, stall.Fault)
		first := apptest.Must(w.Mirrors.RunTask(w.Ctx, w.task(), mirrors.TaskOptions{}))(w.TB)
		<-stall.Reached()
		_, err := w.Mirrors.RunTask(w.Ctx, w.task(), mirrors.TaskOptions{})
		if !problem.Is(err, problem.Conflict) || problem.ReasonOf(err) != "execute-failed" {
			w.TB.Errorf("a second one meanwhile: %v (%s)", err, problem.ReasonOf(err))
		}
		w.Done(w.Mirrors.RunTask(w.Ctx, w.task(func(task *mirrors.Task) { task.Collection = "other" }), mirrors.TaskOptions{}))
		w.Done(w.Mirrors.RunTask(w.Ctx, w.task(), mirrors.TaskOptions{DryRun: true})) // which changes nothing, so waits for nobody
		stall.Release()
		w.Done(first, nil)

		stall = testkit.NewStall(-1)
		w.upstream.Inject("Release", 1, stall.Fault)
		sync := apptest.Must(w.Mirrors.Sync(w.Ctx, "suite", mirrors.SyncOptions{}))(w.TB)
		<-stall.Reached()
		if _, err := w.Mirrors.RunTask(w.Ctx, w.task(), mirrors.TaskOptions{}); !problem.Is(err, problem.Conflict) {
			w.TB.Errorf("while a sync is under way: %v", err)
		}
		stall.Release()
		w.Done(sync, nil)
		w.run()
	})
}

func TestTaskTellsWhatWentWrongWhileItRan(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.fails("connection refused", func(task *mirrors.Task) { task.URL = "http://127.0.0.1:1" })
		w.fails("404", func(task *mirrors.Task) { task.Suite = "other" })
		w.upstream.Inject("*.deb", 0, testkit.Status(http.StatusNotFound))
		w.fails("404")
		w.upstream.Heal()
		w.run()
		w.fails("404", func(task *mirrors.Task) { task.Suite = "other" })
		w.has(all...)
	})
}

func TestTaskHidesThePasswordOfItsURL(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.upstream.Inject("/", 0, testkit.RequireBasic("ann", "secret"))
		a := w.Done(w.Mirrors.RunTask(w.Ctx, w.task(func(task *mirrors.Task) {
			task.URL = strings.Replace(task.URL, "://", "://ann:secret@", 1)
		}), mirrors.TaskOptions{}))
		told := fmt.Sprintf("%+v %+v", a, apptest.Must(w.Audit.Log(w.Ctx, audit.Filter{}, usecase.Page{}))(w.TB))
		if strings.Contains(told, "secret") || !strings.Contains(a.Summary, "ann:xxxxx@") {
			w.TB.Errorf("the password is shown: %s", told)
		}
		w.run(func(task *mirrors.Task) { task.URL = strings.Replace(task.URL, "://", "://ann:xxxxx@", 1) })
	})
}

func TestDryRunTellsThePlanAndChangesNothing(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		dry := func(o mirrors.TaskOptions) mirror.Changes {
			w.TB.Helper()
			o.DryRun = true
			r := taskResult(w, w.Done(w.Mirrors.RunTask(w.Ctx, w.task(), o)))
			if !r.DryRun || r.Changes == nil {
				w.TB.Fatalf("%+v", r)
			}
			return *r.Changes
		}
		same := func(got mirror.Names, want ...string) {
			w.TB.Helper()
			if !slices.Equal(got.Names, want) || got.Total != len(want) {
				w.TB.Errorf("%+v, want %q", got, want)
			}
		}
		c := dry(mirrors.TaskOptions{})
		same(c.Sources.Added, "extra_1", "hello_1:2.0-1")
		same(c.Binaries.Added, "extra_1_amd64", "hello-doc_1:2.0-1_all", "hello_1:2.0-1_amd64", "hello_1:2.0-1_arm64", "libhello1_2.0-1_amd64")
		if w.upstream.Count("/pool/") != 0 {
			w.TB.Error("packages were fetched")
		}
		w.has()
		if m := apptest.Must(w.Mirrors.Get(w.Ctx, "suite"))(w.TB); m.Config.URL != "" || m.Revision != 0 {
			w.TB.Errorf("the mirror was configured: %+v", m)
		}

		w.run()
		c = dry(mirrors.TaskOptions{})
		same(c.Binaries.Added)
		same(c.Binaries.Removed)
		next := shop()
		next.Packages[0].Description = "other bytes"
		next.Packages[1].Version = "1:2.0-2"
		next.Packages, next.Sources = next.Packages[:4], next.Sources[:1]
		next.Date = shopDate(2)
		w.offer(next)
		c = dry(mirrors.TaskOptions{})
		same(c.Binaries.Added, "hello_1:2.0-2_arm64")
		same(c.Binaries.Replaced, "hello_1:2.0-1_amd64")
		same(c.Binaries.Removed, "extra_1_amd64", "hello_1:2.0-1_arm64")
		same(c.Sources.Removed, "extra_1")
		w.has(all...)

		before := apptest.Must(w.Mirrors.Get(w.Ctx, "suite"))(w.TB).CreatedAt.UnixMicro()
		w.run()
		c = dry(mirrors.TaskOptions{At: before})
		same(c.Sources.Added, "hello_1:2.0-1")
		c = dry(mirrors.TaskOptions{})
		same(c.Sources.Added)
	})
}
