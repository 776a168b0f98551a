package mirrors_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

func TestTaskChecksSignaturesOfTheKeyThatItNames(t *testing.T) {
	t.Parallel()
	key, stranger := apptest.Must(testkit.NewKey("Upstream"))(t), apptest.Must(testkit.NewKey("Stranger"))(t)
	signed := func(edit func(*testkit.Suite)) testkit.Suite {
		s := shop()
		s.Keys = []*openpgp.SecretKey{key}
		if edit != nil {
			edit(&s)
		}
		return s
	}
	for name, c := range map[string]struct {
		suite testkit.Suite
		keys  []*openpgp.SecretKey
		fails string
	}{
		"InRelease":                         {signed(func(s *testkit.Suite) { s.Signature = testkit.InlineOnly }), []*openpgp.SecretKey{key}, ""},
		"Release with Release.gpg":          {signed(func(s *testkit.Suite) { s.Signature = testkit.DetachedOnly }), []*openpgp.SecretKey{key}, ""},
		"one of several keys":               {signed(nil), []*openpgp.SecretKey{stranger, key}, ""},
		"a key that did not sign":           {signed(nil), []*openpgp.SecretKey{stranger}, "sign"},
		"a Release that nobody signed":      {shop(), []*openpgp.SecretKey{key}, "not signed"},
		"text before the signed block":      {signed(func(s *testkit.Suite) { s.Before = "Suite: evil\n" }), []*openpgp.SecretKey{key}, "before"},
		"text after the signed block":       {signed(func(s *testkit.Suite) { s.After = "Suite: evil\n" }), []*openpgp.SecretKey{key}, "after"},
		"no key, of a suite that is signed": {signed(nil), nil, ""},
		"no key, of a suite that is not":    {shop(), nil, ""},
		"no key, of InRelease alone":        {signed(func(s *testkit.Suite) { s.Signature = testkit.InlineOnly }), nil, ""},
		"no key, and text before the block": {signed(func(s *testkit.Suite) { s.Before = "Suite: evil\n" }), nil, "before"},
		"dashes that the signature escapes": {signed(func(s *testkit.Suite) { s.ReleaseFields = map[string]string{"Description": "x\n - y"} }), []*openpgp.SecretKey{key}, ""},
		"a Release that has only weak sums": {signed(func(s *testkit.Suite) { s.ReleaseSums = []string{"MD5Sum", "SHA1"} }), []*openpgp.SecretKey{key}, "no SHA-256"},
		"a Release past its Valid-Until":    {signed(func(s *testkit.Suite) { s.ValidUntil = time.Now().Add(-time.Hour) }), []*openpgp.SecretKey{key}, "expired"},
		"a Release of the day after next": {signed(func(s *testkit.Suite) {
			s.ReleaseFields = map[string]string{"Date": time.Now().UTC().Add(48 * time.Hour).Format(time.RFC1123)}
		}), []*openpgp.SecretKey{key}, "future"},
		"an unsigned one past its day":  {func() testkit.Suite { s := shop(); s.ValidUntil = time.Now().Add(-time.Hour); return s }(), nil, "expired"},
		"an index of another size":      {signed(lying(func(e *testkit.ReleaseEntry) { e.Size++ })), []*openpgp.SecretKey{key}, "bytes"},
		"an index with another SHA-256": {signed(lying(func(e *testkit.ReleaseEntry) { e.Sums.SHA256 = strings.Repeat("0", 64) })), []*openpgp.SecretKey{key}, "SHA-256"},
		"a package without SHA-256":     {signed(func(s *testkit.Suite) { s.PackageSums = []string{"MD5sum"} }), []*openpgp.SecretKey{key}, "no SHA-256"},
		"a source without SHA-256":      {signed(func(s *testkit.Suite) { s.Sources[0].Listed = map[string]string{"Checksums-Sha256": ""} }), []*openpgp.SecretKey{key}, "no SHA-256"},
		"a component that the suite has not": {signed(func(s *testkit.Suite) {
			s.Components = []string{"main", "contrib", "nothing"}
			s.ReleaseFields = map[string]string{"Components": "main"}
		}), []*openpgp.SecretKey{key}, `no component "contrib"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasked(t, c.suite, func(w *workplace) {
				edit := func(task *mirrors.Task) {
					if len(c.keys) > 0 {
						task.SigningKey = signingKeys(w.TB, c.keys...)
					}
					if strings.Contains(c.fails, "component") {
						task.Components = []string{"contrib"}
					}
				}
				if c.fails != "" {
					w.fails(c.fails, edit)
					return
				}
				w.run(edit)
				w.has(all...)
			})
		})
	}
}

// lying changes what Release says of the indexes of packages.
func lying(change func(*testkit.ReleaseEntry)) func(*testkit.Suite) {
	return func(s *testkit.Suite) {
		s.EditEntries = func(list []testkit.ReleaseEntry) []testkit.ReleaseEntry {
			for i := range list {
				if strings.Contains(list[i].Path, "binary-amd64/Packages") {
					change(&list[i])
				}
			}
			return list
		}
	}
}

func TestTaskReadsIndexesInWhicheverFormIsListed(t *testing.T) {
	t.Parallel()
	for name, formats := range map[string][]compress.Format{
		"xz": {compress.XZ}, "gz": {compress.Gzip}, "plain": {compress.None}, "zst": {compress.Zstd}, "all": {compress.None, compress.Gzip, compress.XZ, compress.Zstd},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite := shop()
			suite.Formats = formats
			tasked(t, suite, func(w *workplace) {
				w.run()
				w.has(all...)
				seen := map[string]bool{}
				for _, r := range w.upstream.Requests("/dists/") {
					index, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/dists/stable/"), ".")
					if strings.Contains(index, "/") && seen[index] {
						w.TB.Errorf("%s was fetched in two forms", index)
					}
					seen[index] = true
				}
			})
		})
	}
}

func TestTaskReadsPackagesAndSourcesAndNothingElse(t *testing.T) {
	t.Parallel()
	suite := shop()
	suite.Extra = map[string][]byte{
		"main/Contents-amd64.gz": []byte("x"), "main/i18n/Translation-en.xz": []byte("x"), "main/dep11/Components-amd64.yml.gz": []byte("x"),
		"main/cnf/Commands-amd64.xz": []byte("x"), "main/binary-amd64/Packages.diff/Index": []byte("x"),
	}
	suite.Packages = append(suite.Packages, testkit.Package{Name: "hello-udeb", Version: "1", Architecture: "amd64", Kind: "udeb"})
	tasked(t, suite, func(w *workplace) {
		w.run()
		w.has(all...)
		for _, r := range w.upstream.Requests("/dists/") {
			name := filepath.Base(r.Path)
			if !strings.Contains(name, "Release") && !strings.HasPrefix(name, "Packages") && !strings.HasPrefix(name, "Sources") || strings.Contains(r.Path, "installer") || strings.Contains(r.Path, ".diff") {
				w.TB.Errorf("it asked for %s", r.Path)
			}
		}
	})
}

func TestTaskAsksByHashWhereThatIsOffered(t *testing.T) {
	t.Parallel()
	suite := shop()
	suite.ByHash = testkit.OnlyByHash
	tasked(t, suite, func(w *workplace) {
		w.run()
		w.has(all...)
	})
	suite.ByHash = testkit.WithByHash
	tasked(t, suite, func(w *workplace) { // and by name where the hash is not there
		w.upstream.Inject("/dists/stable/*/*/by-hash/SHA256/*", 0, testkit.Status(http.StatusNotFound))
		w.run()
		w.has(all...)
	})
}

func TestTaskLooksOnceMoreAtAnUpstreamThatIsBeingUpdated(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		dir := w.TB.TempDir()
		if err := (testkit.Archive{Suites: []testkit.Suite{shop()}}).Write(w.Ctx, dir); err != nil {
			w.TB.Fatal(err)
		}
		old := apptest.Must(fs.ReadFile(os.DirFS(dir), "dists/stable/Release"))(w.TB)
		next := shop()
		next.Date = shopDate(2)
		next.Packages = next.Packages[1:]
		w.offer(next)
		w.upstream.Inject("Release", 1, testkit.Body(old))
		w.run()
		w.has(slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == "hello 1:2.0-1 amd64" })...)
	})
}

func TestTaskTakesAnArchitectureWithoutAnIndexForEmpty(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		r := w.run(func(task *mirrors.Task) { task.Architectures = []string{"arm64", "s390x"} })
		if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "s390x") {
			w.TB.Errorf("%+v", r.Warnings)
		}
		w.has("extra 1 source", "hello 1:2.0-1 arm64", "hello 1:2.0-1 source", "hello-doc 1:2.0-1 all")
	})
	bare := shop()
	bare.Sources = nil
	tasked(t, bare, func(w *workplace) {
		w.fails("no wanted index", func(task *mirrors.Task) { task.Architectures = []string{"s390x"} })
	})
}

func TestTaskOfAFlatSuite(t *testing.T) {
	t.Parallel()
	flat := shop()
	flat.Flat, flat.Path = true, "flat"
	flat.Components, flat.Architectures = nil, nil
	for i := range flat.Packages {
		flat.Packages[i].Component = ""
	}
	for i := range flat.Sources {
		flat.Sources[i].Component = ""
	}
	tasked(t, flat, func(w *workplace) {
		w.run(func(task *mirrors.Task) { task.Suite = "flat/" })
		w.has(all...)
		l := apptest.Must(w.Collections.Packages(w.Ctx, apptest.Must(collections.ParseRef("", "mirror:suite"))(w.TB), collections.Terms{}, usecase.Page{Limit: 50}))(w.TB)
		for _, p := range l.Items {
			if p.Component != "main" {
				w.TB.Errorf("%s is in %s", p.Name, p.Component)
			}
		}
		w.Publish("mirror:suite")
		for _, path := range []string{"h/hello/hello_2.0-1_amd64.deb", "h/hello/hello_2.0-1.dsc", "h/hello/libhello1_2.0-1_amd64.deb", "e/extra/extra_1_amd64.deb"} {
			w.Read("debian/pool/main/" + path)
		}
	})
}

func TestFilesAreStoredUnderTheNamesThatTheIndexHas(t *testing.T) {
	t.Parallel()
	suite := testkit.Suite{Codename: "stable", Packages: []testkit.Package{
		{Name: "hello", Version: "1:2", Architecture: "amd64", Filename: "pool/somewhere/else/hello_1%3a2_amd64.deb"},
	}}
	tasked(t, suite, func(w *workplace) {
		w.run()
		l := apptest.Must(w.Collections.Packages(w.Ctx, apptest.Must(collections.ParseRef("", "mirror:suite"))(w.TB), collections.Terms{}, usecase.Page{}))(w.TB)
		if len(l.Items) != 1 || l.Items[0].Files[0].Name != "hello_1%3a2_amd64.deb" {
			w.TB.Errorf("%+v", l.Items)
		}
	})
}

func TestFilesAreCheckedAgainstTheIndex(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files string
		fault testkit.Fault
		says  string
	}{
		"other bytes of a binary": {"hello_2.0-1_arm64.deb", testkit.OtherBytes(), "SHA-256"},
		"other bytes of a source": {"hello_2.0.orig.tar.gz", testkit.OtherBytes(), "SHA-256"},
		"fewer bytes":             {"hello_2.0-1_arm64.deb", testkit.Body([]byte("x")), "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasked(t, shop(), func(w *workplace) {
				w.upstream.Inject(c.files, 0, c.fault)
				w.fails(c.says)
				w.upstream.Heal()
				w.run()
				w.has(all...)
			})
		})
	}
}
