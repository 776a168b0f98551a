package mirrors_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/testkit"
)

func just(text string) *string { return &text }

// filtered gives a task filters.
func filtered(list ...mirror.Filter) func(*mirrors.Task) {
	return func(task *mirrors.Task) { task.Filters = list }
}

func TestFiltersSelectWhatAnyOfThemMatches(t *testing.T) {
	t.Parallel()
	suite := shop()
	suite.Packages = append(suite.Packages, testkit.Package{Name: "bare", Version: "1", Architecture: "amd64", Listed: map[string]string{"Section": "", "Priority": ""}})
	suite.Sources = append(suite.Sources, testkit.Source{Name: "libhello1", Version: "9", Listed: map[string]string{"Priority": ""}})
	binaries := []string{"hello 1:2.0-1 amd64", "hello 1:2.0-1 arm64"}
	for name, c := range map[string]struct {
		filters []mirror.Filter
		want    []string
	}{
		"binary_name matches binaries and no source":        {[]mirror.Filter{{BinaryName: just("^hello$")}}, binaries},
		"binary_name begins where the name begins":          {[]mirror.Filter{{BinaryName: just("hello1")}}, nil},
		"binary_name need not end where the name ends":      {[]mirror.Filter{{BinaryName: just("lib")}}, []string{"libhello1 2.0-1 amd64"}},
		"binary_name that is empty matches every binary":    {[]mirror.Filter{{BinaryName: just(""), SourceName: just("^extra$")}}, []string{"extra 1 amd64"}},
		"binary_name looks around":                          {[]mirror.Filter{{BinaryName: just("hello(?!-)")}}, binaries},
		"binary_name ends as Python says it":                {[]mirror.Filter{{BinaryName: just(`hello\Z`)}}, binaries},
		"source_name matches sources and their binaries":    {[]mirror.Filter{{SourceName: just("^hello$")}}, []string{"hello 1:2.0-1 amd64", "hello 1:2.0-1 arm64", "hello 1:2.0-1 source", "hello-doc 1:2.0-1 all", "libhello1 2.0-1 amd64"}},
		"source_name does not mean the names of binaries":   {[]mirror.Filter{{SourceName: just("^libhello1$")}}, []string{"libhello1 9 source"}},
		"binary_name and source_name both hold of a binary": {[]mirror.Filter{{BinaryName: just("lib"), SourceName: just("hello$")}}, []string{"libhello1 2.0-1 amd64"}},
		"section matches sources and binaries exactly":      {[]mirror.Filter{{Section: just("contrib/net")}}, []string{"extra 1 amd64", "extra 1 source"}},
		"section counts capitals":                           {[]mirror.Filter{{Section: just("Libs")}}, nil},
		"section has its area":                              {[]mirror.Filter{{Section: just("net")}}, nil},
		"priority matches exactly":                          {[]mirror.Filter{{Priority: just("extra")}}, []string{"hello-doc 1:2.0-1 all"}},
		"priority matches sources too":                      {[]mirror.Filter{{Priority: just("optional"), SourceName: just("hello")}}, []string{"hello 1:2.0-1 amd64", "hello 1:2.0-1 arm64", "hello 1:2.0-1 source", "libhello1 2.0-1 amd64"}},
		"what is absent equals nothing, not even the empty": {[]mirror.Filter{{Section: just("")}, {Priority: just("")}}, nil},
		"conditions of one filter are all to hold":          {[]mirror.Filter{{BinaryName: just("hello"), Section: just("doc"), Priority: just("extra")}}, []string{"hello-doc 1:2.0-1 all"}},
		"of several filters one is enough":                  {[]mirror.Filter{{Section: just("doc")}, {BinaryName: just("lib")}}, []string{"hello-doc 1:2.0-1 all", "libhello1 2.0-1 amd64"}},
		"an empty filter matches everything":                {[]mirror.Filter{{Section: just("doc")}, {}}, append([]string{"bare 1 amd64", "libhello1 9 source"}, all...)},
		"ignore_unauthorized alone matches everything":      {[]mirror.Filter{{IgnoreUnauthorized: true}}, append([]string{"bare 1 amd64", "libhello1 9 source"}, all...)},
		"no filters select everything":                      {nil, append([]string{"bare 1 amd64", "libhello1 9 source"}, all...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasked(t, suite, func(w *workplace) {
				w.run(filtered(c.filters...))
				w.has(c.want...)
			})
		})
	}
}

func TestFiltersLookAtWhatTheIndexSays(t *testing.T) {
	t.Parallel()
	suite := shop()
	suite.Packages[0].Listed = map[string]string{"Section": "override", "Priority": "required"}
	suite.Sources[0].Listed = map[string]string{"Section": "override"}
	tasked(t, suite, func(w *workplace) {
		w.run(filtered(mirror.Filter{Section: just("override")}))
		w.has("hello 1:2.0-1 amd64", "hello 1:2.0-1 source")
		w.run(filtered(mirror.Filter{Priority: just("required")}))
		w.has("hello 1:2.0-1 amd64")
	})
}

func TestPackagesThatAFilterNoLongerSelectsAreRemoved(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.run()
		r := w.run(filtered(mirror.Filter{BinaryName: just("lib")}))
		w.has("libhello1 2.0-1 amd64")
		if r.Changes.Binaries.Removed.Total != 4 || r.Changes.Sources.Removed.Total != 2 {
			w.TB.Errorf("%+v", r.Changes)
		}
		w.run()
		w.has(all...)
	})
}

func TestAFilteredSuiteIsPublishedWithIndexesOfItsOwn(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.run(filtered(mirror.Filter{BinaryName: just("^hello$")}))
		w.Publish("mirror:suite")
		text := w.Read("debian/dists/stable/main/binary-amd64/Packages")
		if !strings.Contains(text, "Package: hello\n") || strings.Contains(text, "libhello1") {
			w.TB.Errorf("it lists\n%s", text)
		}
		if release := w.Read("debian/dists/stable/InRelease"); !strings.Contains(release, "BEGIN PGP SIGNED MESSAGE") {
			w.TB.Errorf("Release is\n%s", release)
		}
	})
}

// TestRefusedFilesAreForgivenWhereAMatchingFilterSaysSo: what the upstream answers
// to requests for some files, and what becomes of the task.
func TestRefusedFilesAreForgivenWhereAMatchingFilterSaysSo(t *testing.T) {
	t.Parallel()
	forgive := mirror.Filter{IgnoreUnauthorized: true}
	forgiveLibs := mirror.Filter{BinaryName: just("lib"), IgnoreUnauthorized: true}
	without := func(out ...string) (left []string) {
		for _, name := range all {
			if !strings.Contains(" "+strings.Join(out, ", ")+",", " "+name+",") {
				left = append(left, name)
			}
		}
		return left
	}
	for name, c := range map[string]struct {
		files   string
		fault   testkit.Fault
		filters []mirror.Filter
		skipped string
		has     []string
		fails   string
	}{
		"a binary, 403":                                {"libhello1*", testkit.Status(403), []mirror.Filter{forgive}, "libhello1_2.0-1_amd64", without("libhello1 2.0-1 amd64"), ""},
		"a binary, 401":                                {"libhello1*", testkit.Status(401), []mirror.Filter{forgive}, "libhello1_2.0-1_amd64", without("libhello1 2.0-1 amd64"), ""},
		"one file of a source skips it whole":          {"hello_2.0-1.debian.tar.gz", testkit.Status(403), []mirror.Filter{forgive}, "hello_1:2.0-1", without("hello 1:2.0-1 source"), ""},
		"any of the filters that match is enough":      {"libhello1*", testkit.Status(403), []mirror.Filter{{}, forgiveLibs}, "libhello1_2.0-1_amd64", without("libhello1 2.0-1 amd64"), ""},
		"a filter that does not match forgives nobody": {"extra_1*", testkit.Status(403), []mirror.Filter{{}, forgiveLibs}, "", nil, "403"},
		"no filter forgives":                           {"libhello1*", testkit.Status(403), []mirror.Filter{{}}, "", nil, "403"},
		"no filters at all":                            {"libhello1*", testkit.Status(401), nil, "", nil, "401"},
		"a file that is not there is not forgiven":     {"libhello1*", testkit.Status(404), []mirror.Filter{forgive}, "", nil, "404"},
		"a server that fails is not forgiven":          {"libhello1*", testkit.Status(500), []mirror.Filter{forgive}, "", nil, "500"},
		"other bytes are not forgiven":                 {"libhello1*", testkit.OtherBytes(), []mirror.Filter{forgive}, "", nil, "SHA-256"},
		"Release is not forgiven":                      {"*Release", testkit.Status(403), []mirror.Filter{forgive}, "", nil, "403"},
		"an index is not forgiven":                     {"Packages*", testkit.Status(403), []mirror.Filter{forgive}, "", nil, "403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasked(t, shop(), func(w *workplace) {
				w.upstream.Inject(c.files, 0, c.fault)
				if c.fails != "" {
					w.fails(c.fails, filtered(c.filters...))
					w.has()
					return
				}
				r := w.run(filtered(c.filters...))
				w.has(c.has...)
				if got := names(r.Changes.Binaries.Skipped) + names(r.Changes.Sources.Skipped); got != c.skipped || r.Skipped != 1 {
					w.TB.Errorf("skipped are %q, not %q: %+v", got, c.skipped, r)
				}
			})
		})
	}
}

func TestWhatWasRefusedIsAskedForAgainThoughReleaseDidNotChange(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		forgive := filtered(mirror.Filter{IgnoreUnauthorized: true})
		w.upstream.Inject("libhello1*", 0, testkit.Status(http.StatusForbidden))
		w.run(forgive)
		if r := w.run(forgive); r.Revision != 1 || r.Skipped != 1 {
			w.TB.Errorf("it is refused still, and the result is %+v", r)
		}
		w.upstream.Heal()
		r := w.run(forgive)
		w.has(all...)
		if names(r.Changes.Binaries.Added) != "libhello1_2.0-1_amd64" || r.Downloaded != 1 || r.Skipped != 0 {
			w.TB.Errorf("%+v", r)
		}
		w.upstream.Forget()
		if r := w.run(forgive); !r.Unchanged || w.upstream.Count("/") != 1 {
			w.TB.Errorf("nothing is new, but %d files were asked for: %+v", w.upstream.Count("/"), r)
		}
	})
}

func TestAReplacementThatIsRefusedClosesWhatItReplaces(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.run()
		next := shop()
		next.Date = shopDate(2)
		next.Packages[2].Description = "other bytes"
		w.offer(next)
		w.upstream.Inject("libhello1*", 0, testkit.Status(http.StatusForbidden))
		r := w.run(filtered(mirror.Filter{IgnoreUnauthorized: true}))
		if names(r.Changes.Binaries.Removed) != "libhello1_2.0-1_amd64" || names(r.Changes.Binaries.Skipped) != "libhello1_2.0-1_amd64" {
			w.TB.Errorf("%+v", r.Changes)
		}
		w.has("extra 1 amd64", "extra 1 source", "hello 1:2.0-1 amd64", "hello 1:2.0-1 arm64", "hello 1:2.0-1 source", "hello-doc 1:2.0-1 all")
	})
}

func TestAFileThatAnUnforgivenPackageSharesIsNotForgiven(t *testing.T) {
	t.Parallel()
	suite := shop()
	shared := testkit.Package{Name: "shared", Version: "1", Architecture: "amd64", Section: "libs"}
	other := shared
	other.Listed = map[string]string{"Package": "other", "Section": "net"}
	suite.Packages = append(suite.Packages, shared, other) // two names for one file
	tasked(t, suite, func(w *workplace) {
		w.upstream.Inject("shared_1*", 0, testkit.Status(http.StatusForbidden))
		w.fails("403", filtered(mirror.Filter{Section: just("libs"), IgnoreUnauthorized: true}, mirror.Filter{Section: just("net")}))
		w.run(filtered(mirror.Filter{Section: just("libs"), IgnoreUnauthorized: true}))
		w.has("libhello1 2.0-1 amd64")
	})
}

func TestAnExpressionThatTakesForEverEndsTheTask(t *testing.T) {
	t.Parallel()
	suite := shop()
	suite.Packages = append(suite.Packages, testkit.Package{Name: strings.Repeat("a", 60) + "c", Version: "1", Architecture: "amd64"})
	tasked(t, suite, func(w *workplace) {
		w.fails("took longer", filtered(mirror.Filter{BinaryName: just("(?!x)(a+)+$")}))
	})
}

func TestAMirrorKeepsTheFiltersOfItsTask(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.run(filtered(mirror.Filter{BinaryName: just("lib")}))
		w.Done(w.Mirrors.Sync(w.Ctx, "suite", mirrors.SyncOptions{Force: true}))
		w.has("libhello1 2.0-1 amd64")
		m := apptest.Must(w.Mirrors.Get(w.Ctx, "suite"))(w.TB)
		if len(m.Config.Filters) != 1 || *m.Config.Filters[0].BinaryName != "lib" {
			w.TB.Errorf("%+v", m.Config)
		}
	})
}
