package mirrors_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// shopDate is the date of a later state of the shop.
func shopDate(day int) time.Time { return time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC) }

// changed runs a test with a mirror of the shop, and a second state of that to be
// changed and offered.
func changed(t *testing.T, change func(s *testkit.Suite), test func(w *workplace, r mirror.Result)) {
	t.Helper()
	tasked(t, shop(), func(w *workplace) {
		w.run()
		next := shop()
		next.Date = shopDate(2)
		change(&next)
		w.offer(next)
		w.upstream.Forget()
		test(w, w.run())
	})
}

func names(n mirror.Names) string { return strings.Join(n.Names, " ") }

func TestWhatIsNewUpstreamIsAddedAndWhatIsGoneIsRemoved(t *testing.T) {
	t.Parallel()
	changed(t, func(s *testkit.Suite) {
		s.Packages = append(s.Packages[1:], testkit.Package{Name: "zoo", Version: "1", Architecture: "arm64"}, testkit.Package{Name: "ape", Version: "1", Architecture: "arm64"})
		s.Sources = append(s.Sources[1:], testkit.Source{Name: "zoo", Version: "1"})
	}, func(w *workplace, r mirror.Result) {
		w.has("ape 1 arm64", "extra 1 amd64", "extra 1 source", "hello 1:2.0-1 arm64", "hello-doc 1:2.0-1 all", "libhello1 2.0-1 amd64", "zoo 1 arm64", "zoo 1 source")
		c := r.Changes
		if names(c.Binaries.Added) != "ape_1_arm64 zoo_1_arm64" || names(c.Binaries.Removed) != "hello_1:2.0-1_amd64" ||
			names(c.Sources.Added) != "zoo_1" || names(c.Sources.Removed) != "hello_1:2.0-1" || c.Binaries.Replaced.Total+c.Sources.Replaced.Total != 0 {
			w.TB.Errorf("%+v", c)
		}
	})
}

func TestWhatIsTheSameIsLeftAlone(t *testing.T) {
	t.Parallel()
	changed(t, func(s *testkit.Suite) { s.ReleaseFields = map[string]string{"Version": "1.1"} }, func(w *workplace, r mirror.Result) {
		if r.Changes == nil || r.Changes.Binaries.Added.Total+r.Changes.Sources.Added.Total != 0 || r.Revision != 1 || w.upstream.Count("/pool/") != 0 {
			w.TB.Errorf("%+v, and %d files were fetched", r, w.upstream.Count("/pool/"))
		}
	})
}

// TestOtherContentOfANameReplacesIt: the identity of a source is its name and
// version, that of a binary package its architecture too; what is compared is its
// files, and besides them its component, section and priority.
func TestOtherContentOfANameReplacesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change           func(*testkit.Suite)
		binaries, source string
		fetched          int
	}{
		"a binary's file":      {func(s *testkit.Suite) { s.Packages[0].Description = "other" }, "hello_1:2.0-1_amd64", "", 1},
		"a source's files":     {func(s *testkit.Suite) { s.Sources[0].Fields = map[string]string{"Uploaders": "x"} }, "", "hello_1:2.0-1", 1},
		"a binary's section":   {func(s *testkit.Suite) { s.Packages[0].Listed = map[string]string{"Section": "net"} }, "hello_1:2.0-1_amd64", "", 0},
		"a binary's priority":  {func(s *testkit.Suite) { s.Packages[0].Listed = map[string]string{"Priority": "required"} }, "hello_1:2.0-1_amd64", "", 0},
		"a source's section":   {func(s *testkit.Suite) { s.Sources[0].Listed = map[string]string{"Section": "net"} }, "", "hello_1:2.0-1", 0},
		"a binary's component": {func(s *testkit.Suite) { s.Packages[2].Component = "contrib" }, "libhello1_2.0-1_amd64", "", 0},
		"a source's component": {func(s *testkit.Suite) { s.Sources[0].Component = "contrib" }, "", "hello_1:2.0-1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed(t, c.change, func(w *workplace, r mirror.Result) {
				got := r.Changes
				if names(got.Binaries.Replaced) != c.binaries || names(got.Sources.Replaced) != c.source ||
					got.Binaries.Added.Total+got.Binaries.Removed.Total+got.Sources.Added.Total+got.Sources.Removed.Total != 0 {
					w.TB.Errorf("%+v", got)
				}
				if n := w.upstream.Count("/pool/"); n != c.fetched {
					w.TB.Errorf("%d files were fetched, not %d", n, c.fetched)
				}
				w.has(all...)
			})
		})
	}
}

func TestSeveralVersionsOfANameAreHappyTogether(t *testing.T) {
	t.Parallel()
	changed(t, func(s *testkit.Suite) {
		s.Packages = append(s.Packages, testkit.Package{Name: "hello", Version: "1:3.0-1", Architecture: "amd64"})
		s.Sources = append(s.Sources, testkit.Source{Name: "hello", Version: "1:3.0-1"})
	}, func(w *workplace, _ mirror.Result) {
		w.has(append(slices.Clone(all), "hello 1:3.0-1 amd64", "hello 1:3.0-1 source")...)
	})
}

// odd is a package listed for all by the index of an architecture.
func odd(architecture string, listed map[string]string) testkit.Package {
	fields := map[string]string{"Architecture": "all"}
	for name, value := range listed {
		fields[name] = value
	}
	return testkit.Package{Name: "odd", Version: "1", Architecture: "all", Listed: fields, Filename: "pool/odd_" + architecture + ".deb"}
}

func TestConflictsAreAllToldBeforeAnythingIsFetchedOrWritten(t *testing.T) {
	t.Parallel()
	twice := func(s *testkit.Suite) {
		s.Sources = append(s.Sources, testkit.Source{Name: "hello", Version: "1:2.0-1"})
	}
	twoComponents := func(s *testkit.Suite) {
		s.Sources = append(s.Sources, testkit.Source{Name: "extra", Version: "1"})
	}
	binary := func(s *testkit.Suite) {
		s.Packages = append(s.Packages, testkit.Package{Name: "hello", Version: "1:2.0-1", Architecture: "amd64", Component: "contrib"})
	}
	differing := func(s *testkit.Suite) {
		s.Packages = append(s.Packages, testkit.Package{Name: "hello", Version: "1:2.0-1", Architecture: "arm64", Listed: map[string]string{"Tag": "other"}})
	}
	for name, c := range map[string]struct {
		spoil []func(*testkit.Suite)
		says  []string
	}{
		"a source twice in one component":          {[]func(*testkit.Suite){twice}, []string{"the source hello_1:2.0-1 is listed twice in the component main"}},
		"a source in two components":               {[]func(*testkit.Suite){twoComponents}, []string{"the source extra_1 is listed in the components main and contrib"}},
		"a binary in two components":               {[]func(*testkit.Suite){binary}, []string{"the binary package hello_1:2.0-1_amd64 is listed in the components main and contrib"}},
		"a binary twice with a field that differs": {[]func(*testkit.Suite){differing}, []string{"the binary package hello_1:2.0-1_arm64 is listed twice in the component main, with differences"}},
		"an arch-all that differs between indexes": {[]func(*testkit.Suite){func(s *testkit.Suite) { s.Packages = append(s.Packages, odd("amd64", nil), odd("arm64", nil)) }}, []string{"odd_1_all is listed twice"}},
		"all of them": {[]func(*testkit.Suite){twice, twoComponents, binary, differing}, []string{"the source hello_1:2.0-1", "the source extra_1", "hello_1:2.0-1_amd64", "hello_1:2.0-1_arm64"}},
		"conflicts among what the filters leave out": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasked(t, shop(), func(w *workplace) {
				w.run()
				spoiled := shop()
				spoiled.Date = shopDate(2)
				for _, spoil := range c.spoil {
					spoil(&spoiled)
				}
				if len(c.spoil) == 0 {
					twice(&spoiled)
					binary(&spoiled)
					w.offer(spoiled)
					doc := "hello-doc"
					w.run(func(task *mirrors.Task) { task.Filters = []mirror.Filter{{BinaryName: &doc}} })
					w.has("hello-doc 1:2.0-1 all")
					return
				}
				spoiled.Packages = append(spoiled.Packages, testkit.Package{Name: "new", Version: "1", Architecture: "amd64"})
				w.offer(spoiled)
				w.upstream.Forget()
				w.fails(c.says[0])
				for _, says := range c.says {
					w.fails(says)
				}
				if w.upstream.Count("/pool/") != 0 {
					w.TB.Error("files were fetched")
				}
				w.has(all...)
			})
		})
	}
}

func TestIdenticalEntriesForAllAreOne(t *testing.T) {
	t.Parallel()
	for name, all := range map[string]testkit.All{"in the index of each architecture": testkit.AllInEach, "apart": testkit.AllApart, "in both, as Debian does": testkit.AllInBoth} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite := shop()
			if suite.All = all; all != testkit.AllInEach {
				suite.Architectures = []string{"all", "amd64", "arm64"}
			}
			tasked(t, suite, func(w *workplace) {
				w.run(func(task *mirrors.Task) { task.Architectures = []string{"amd64", "arm64"} })
				w.has("extra 1 amd64", "extra 1 source", "hello 1:2.0-1 amd64", "hello 1:2.0-1 arm64", "hello 1:2.0-1 source", "hello-doc 1:2.0-1 all", "libhello1 2.0-1 amd64")
			})
		})
	}
}

// offeredDigest gives the digest of a file that the shop offers.
func offeredDigest(w *workplace, name string) digest.SHA256 {
	w.TB.Helper()
	files, err := testkit.Archive{Suites: []testkit.Suite{shop()}}.Files(w.Ctx)
	if err != nil {
		w.TB.Fatal(err)
	}
	for path, data := range files {
		if strings.HasSuffix(path, "/"+name) {
			return digest.Of(data)
		}
	}
	w.TB.Fatalf("the shop has no %s", name)
	return digest.SHA256{}
}

func TestEverythingIsChangedAtOneInstantOrNothing(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		source := offeredDigest(w, "hello_2.0-1.dsc")
		w.upstream.Inject("libhello1_2.0-1_amd64.deb", 0, func(rw http.ResponseWriter, r *http.Request, files http.Handler) {
			for { // the failure comes when the source is stored
				if _, err := w.Pool.Stat(w.Ctx, source); err == nil || r.Context().Err() != nil {
					break
				}
				time.Sleep(time.Millisecond)
			}
			testkit.Status(http.StatusNotFound)(rw, r, files)
		})
		w.fails("404")
		w.has()
		w.upstream.Heal()
		w.run()
		if n := w.upstream.Count("hello_2.0-1.dsc"); n != 1 {
			w.TB.Errorf("the source that was fetched before the failure was fetched %d times", n)
		}
		log := apptest.Must(w.Collections.History(w.Ctx, apptest.Must(collections.ParseRef("", "mirror:suite"))(w.TB), usecase.Page{}))(w.TB)
		if len(log.Items) != 1 || log.Items[0].Added != len(all) || log.Items[0].Activity == 0 {
			w.TB.Errorf("sources and binaries came in %+v", log.Items)
		}
	})
}

func TestPackagesAreListedWithWhatTheIndexSaysOfThem(t *testing.T) {
	t.Parallel()
	suite := shop()
	suite.Packages[0].Listed = map[string]string{"Section": "override/net", "Priority": "standard"}
	suite.Packages[1].Listed = map[string]string{"Section": "", "Priority": ""}
	suite.Sources[0].Listed = map[string]string{"Section": "devel"}
	tasked(t, suite, func(w *workplace) {
		w.run()
		l := apptest.Must(w.Collections.Packages(w.Ctx, apptest.Must(collections.ParseRef("", "mirror:suite"))(w.TB), collections.Terms{}, usecase.Page{Limit: 50}))(w.TB)
		found := map[string]collections.Package{}
		for _, p := range l.Items {
			found[p.Name+" "+p.Architecture] = p
		}
		if p := found["hello amd64"]; p.Section != "override/net" || p.Priority != "standard" || p.Component != "main" || len(p.Files) != 1 || p.Files[0].Name != "hello_2.0-1_amd64.deb" {
			w.TB.Errorf("a binary is %+v", p)
		}
		if p := found["hello arm64"]; p.Section != "" || p.Priority != "" {
			w.TB.Errorf("a binary without section and priority is %+v", p)
		}
		if p := found["hello source"]; p.Section != "devel" || len(p.Files) != 3 || !slices.ContainsFunc(p.Files, func(f collections.File) bool { return f.Name == "hello_2.0-1.dsc" }) {
			w.TB.Errorf("a source is %+v", p)
		}
		if p := found["libhello1 amd64"]; p.Source != "hello" {
			w.TB.Errorf("the source of a binary is %q", p.Source)
		}
		if p := found["extra amd64"]; p.Component != "contrib" || p.Section != "contrib/net" || p.Source != "extra" {
			w.TB.Errorf("a binary of contrib is %+v", p)
		}
	})
}

func TestTheUpstreamsOwnFilesArePartOfThePlanWhereTheMirrorKeepsThem(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		apptest.Must(w.Mirrors.Edit(w.Ctx, "suite", mirrors.Config{Verbatim: true}))(w.TB)
		if c := w.run().Changes.Indexes; !slices.Contains(c.Added.Names, "index:Release") || !slices.Contains(c.Added.Names, "index:main/binary-amd64/Packages.gz") {
			w.TB.Errorf("%+v", c)
		}
		next := shop()
		next.Date = shopDate(2)
		next.Packages = next.Packages[1:]
		w.offer(next)
		c := w.run().Changes.Indexes
		if want := []string{"index:Release", "index:main/binary-amd64/Packages.gz"}; !slices.Equal(c.Replaced.Names, want) || c.Added.Total+c.Removed.Total != 0 {
			w.TB.Errorf("replaced are %q, not %q: %+v", c.Replaced.Names, want, c)
		}
		_, err := w.Mirrors.RunTask(w.Ctx, w.task(filtered(mirror.Filter{BinaryName: just("lib")})), mirrors.TaskOptions{})
		if !problem.Is(err, problem.Invalid) || problem.ReasonOf(err) != "configure-failed" {
			w.TB.Errorf("filters of a verbatim mirror: %v (%s)", err, problem.ReasonOf(err))
		}
	})
}
