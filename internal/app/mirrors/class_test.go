package mirrors_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

// everything is a suite with a file of each class, for two components and
// architectures. Texts are listed, and there as gz alone; what lists in it name is
// not in Release.
func everything(tb testing.TB) testkit.Suite {
	suite := testkit.Suite{
		Codename: "stable", Components: []string{"main", "contrib"}, Architectures: []string{"amd64", "arm64"},
		Packages: []testkit.Package{{Name: "saw", Version: "1", Architecture: "amd64"}, {Name: "vice", Version: "1", Architecture: "amd64"}},
		Sources:  []testkit.Source{{Name: "saw", Version: "1"}},
		Extra:    map[string][]byte{},
	}
	texts := map[string]string{}
	for _, path := range []string{
		"main/i18n/Translation-de", "main/i18n/Translation-en", "contrib/i18n/Translation-en",
		"main/Contents-amd64", "main/Contents-arm64", "main/Contents-source", "contrib/Contents-amd64", "Contents-amd64",
		"main/cnf/Commands-amd64", "main/cnf/Commands-arm64", "main/dep11/Components-amd64.yml", "main/uefi/shim.list",
	} {
		texts[path] = "text of " + path + "\n"
		suite.Extra[path+".gz"] = apptest.Must(compress.AppendMember(nil, []byte(texts[path]), compress.Gzip))(tb)
	}
	patch := []byte("a patch")
	unlisted := map[string][]byte{
		"main/installer-amd64/current/images/netboot/linux":          []byte("vmlinuz"),
		"main/binary-amd64/Packages.diff/2026-01-01-0000.00.gz":      patch,
		"main/source/Sources.diff/2026-01-01-0000.00.gz":             patch,
		"main/Contents-amd64.diff/2026-01-01-0000.00.gz":             patch,
		"main/binary-arm64/Packages.diff/2026-01-01-0000.00.gz":      patch,
		"main/installer-arm64/current/images/netboot/linux":          []byte("vmlinux"),
		"contrib/debian-installer/binary-amd64/Packages.diff/one.gz": patch,
	}
	for path, data := range unlisted {
		folder, file := path[:strings.LastIndexByte(path, '/')], path[strings.LastIndexByte(path, '/')+1:]
		if strings.HasSuffix(folder, ".diff") {
			suite.Extra[folder+"/Index"] = fmt.Appendf(nil, "SHA256-Current: %s 1\nSHA256-Download:\n %s %d %s\n", digest.Of(nil), digest.Of(data), len(data), file)
		} else {
			folder = strings.TrimSuffix(folder, "/netboot")
			suite.Extra[folder+"/SHA256SUMS"] = fmt.Appendf(nil, "%s  ./netboot/%s\n", digest.Of(data), file)
		}
		suite.Extra[path] = data
	}
	suite.EditEntries = func(list []testkit.ReleaseEntry) []testkit.ReleaseEntry {
		list = slices.DeleteFunc(list, func(e testkit.ReleaseEntry) bool { return unlisted[e.Path] != nil })
		for path, text := range texts {
			list = append(list, testkit.ReleaseEntry{Path: path, Size: int64(len(text)), Sums: digest.Sums{SHA256: digest.Of([]byte(text)).String()}})
		}
		return list
	}
	return suite
}

// alongside gives what the Release of debian stable lists besides packages.
func alongside(h *apptest.House) (paths []string) {
	h.TB.Helper()
	_, sums, _ := strings.Cut(h.Read("debian/dists/stable/Release"), "SHA256:\n")
	for line := range strings.Lines(sums) {
		path := strings.Fields(line)[2]
		if !strings.Contains(path, "/binary-") && !strings.Contains(path, "/source/") {
			paths = append(paths, path)
		}
	}
	return paths
}

// TestAMirrorTakesTheClassesThatItNames: for its components and architectures, and
// a publication of it lists each as it came and as its text.
func TestAMirrorTakesTheClassesThatItNames(t *testing.T) {
	t.Parallel()
	both := func(paths ...string) (list []string) {
		for _, p := range paths {
			list = append(list, p, p+".gz")
		}
		return list
	}
	translations := both("contrib/i18n/Translation-en", "main/i18n/Translation-de", "main/i18n/Translation-en")
	installer := []string{"main/installer-amd64/current/images/SHA256SUMS", "main/installer-amd64/current/images/netboot/linux"}
	for name, c := range map[string]struct {
		config mirrors.Config
		want   []string
	}{
		"none":         {mirrors.Config{}, nil},
		"translations": {mirrors.Config{With: []mirrors.Class{"translations"}}, translations},
		"contents":     {mirrors.Config{With: []mirrors.Class{"contents"}}, both("Contents-amd64", "contrib/Contents-amd64", "main/Contents-amd64")},
		"contents of sources": {
			mirrors.Config{With: []mirrors.Class{"contents"}, Sources: true},
			both("Contents-amd64", "contrib/Contents-amd64", "main/Contents-amd64", "main/Contents-source"),
		},
		"contents of one component": {mirrors.Config{With: []mirrors.Class{"contents"}, Components: []string{"main"}}, both("main/Contents-amd64")},
		"appstream and commands":    {mirrors.Config{With: []mirrors.Class{"appstream", "commands"}}, both("main/cnf/Commands-amd64", "main/dep11/Components-amd64.yml")},
		"installer":                 {mirrors.Config{With: []mirrors.Class{"installer"}}, installer},
		"all": {
			mirrors.Config{With: []mirrors.Class{"all"}, Components: []string{"main"}},
			slices.Concat(both("main/Contents-amd64", "main/cnf/Commands-amd64", "main/dep11/Components-amd64.yml",
				"main/i18n/Translation-de", "main/i18n/Translation-en", "main/uefi/shim.list"), installer),
		},
		"all of some packages": { // Contents would tell of the others
			mirrors.Config{With: []mirrors.Class{"all"}, Components: []string{"main"}, Packages: []string{"saw"}},
			slices.Concat(both("main/cnf/Commands-amd64", "main/dep11/Components-amd64.yml",
				"main/i18n/Translation-de", "main/i18n/Translation-en", "main/uefi/shim.list"), installer),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			supplied(t, everything(t), func(h *apptest.House, u *testkit.Upstream) {
				c.config.URL, c.config.Suite, c.config.Architectures = u.URL(), "stable", []string{"amd64"}
				apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: c.config}))(h.TB)
				if a := h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{})); strings.Contains(string(a.Result), "warnings") {
					h.TB.Errorf("%s", a.Result)
				}
				h.Publish("mirror:m")
				slices.Sort(c.want)
				got := alongside(h)
				slices.Sort(got)
				if diff := cmp.Diff(c.want, got); diff != "" {
					h.TB.Error(diff)
				}
				for _, path := range got {
					if text, packed := strings.CutSuffix(path, ".gz"); packed && h.Read("debian/dists/stable/"+text) != "text of "+text+"\n" {
						h.TB.Errorf("%s is not the text of %s", text, path)
					}
				}
				if report := apptest.Must(h.Garbage.Scrub(h.Ctx, func(int, int64) {}))(h.TB); !report.Clean() {
					h.TB.Errorf("%+v", report)
				}
			})
		})
	}
}

// TestOwnIndexesStandBeforeThoseOfTheUpstream: at the same path, in whatever form.
func TestOwnIndexesStandBeforeThoseOfTheUpstream(t *testing.T) {
	t.Parallel()
	supplied(t, everything(t), func(h *apptest.House, u *testkit.Upstream) {
		config := mirrors.Config{URL: u.URL(), Suite: "stable", Components: []string{"main"}, Architectures: []string{"amd64"}, With: []mirrors.Class{"contents", "translations"}}
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		_, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:m"},
			Options: publications.PublishOptions{Contents: "component", Translations: true}})
		h.Done(x, err)
		for path, want := range map[string]string{
			"main/Contents-amd64": "saw", "main/i18n/Translation-en": "Description-en", "main/i18n/Translation-de": "text of",
		} {
			if got := h.Read("debian/dists/stable/" + path); !strings.Contains(got, want) || strings.Contains(got, "text of") != (want == "text of") {
				h.TB.Errorf("%s: %s", path, got)
			}
		}
	})
}

// TestAVerbatimMirrorTakesPatches: of the indexes that it has, with their lists.
func TestAVerbatimMirrorTakesPatches(t *testing.T) {
	t.Parallel()
	supplied(t, everything(t), func(h *apptest.House, u *testkit.Upstream) {
		config := mirrors.Config{URL: u.URL(), Suite: "stable", Architectures: []string{"amd64"}, Verbatim: true, With: []mirrors.Class{"pdiffs"}}
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		_, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:m"}, Options: publications.PublishOptions{Verbatim: true}})
		h.Done(x, err)
		const patch = "/2026-01-01-0000.00.gz"
		for path, want := range map[string]bool{
			"main/binary-amd64/Packages.diff/Index": true, "main/binary-amd64/Packages.diff" + patch: true,
			"main/source/Sources.diff/Index": false, "main/binary-arm64/Packages.diff/Index": false,
			"main/Contents-amd64.diff/Index": false, "main/Contents-amd64.gz": false,
			"contrib/debian-installer/binary-amd64/Packages.diff/Index": false,
		} {
			_, err := h.Publications.File(h.Ctx, "debian/dists/stable/"+path)
			if (err == nil) != want || err != nil && !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("%s: %v", path, err)
			}
		}
	})
}

// TestTextsAreWhatReleaseSays: a form that expands to something else is refused, and
// one that is not there gives way to the next.
func TestTextsAreWhatReleaseSays(t *testing.T) {
	t.Parallel()
	const path = "main/i18n/Translation-de"
	for name, c := range map[string]struct {
		spoil func(testing.TB, *testkit.Suite)
		says  string // of the error; empty: none
	}{
		"another text": {func(tb testing.TB, s *testkit.Suite) {
			s.Extra[path+".gz"] = apptest.Must(compress.AppendMember(nil, []byte("another text of another length"), compress.Gzip))(tb)
		}, "main/i18n/Translation-de"},
		"a longer one": {func(tb testing.TB, s *testkit.Suite) {
			s.Extra[path+".gz"] = apptest.Must(compress.AppendMember(nil, make([]byte, 1<<20), compress.Gzip))(tb)
		}, "main/i18n/Translation-de"},
		"no gz at all": {func(tb testing.TB, s *testkit.Suite) {
			s.Extra[path+".xz"] = s.Extra[path+".gz"]
			delete(s.Extra, path+".gz")
		}, "main/i18n/Translation-de"},
		"a zst that is there, and an xz that is not": {func(tb testing.TB, s *testkit.Suite) {
			delete(s.Extra, path+".gz")
			s.Extra[path+".zst"] = apptest.Must(compress.AppendMember(nil, []byte("text of "+path+"\n"), compress.Zstd))(tb)
			edit := s.EditEntries
			s.EditEntries = func(list []testkit.ReleaseEntry) []testkit.ReleaseEntry {
				return append(edit(list), testkit.ReleaseEntry{Path: path + ".xz", Size: 4, Sums: digest.Sums{SHA256: digest.Of([]byte("lost")).String()}})
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite := everything(t)
			c.spoil(t, &suite)
			supplied(t, suite, func(h *apptest.House, u *testkit.Upstream) {
				config := mirrors.Config{URL: u.URL(), Suite: "stable", Architectures: []string{"amd64"}, With: []mirrors.Class{"translations"}}
				apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
				a := h.Wait(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
				switch {
				case c.says == "" && a.Status != "done":
					h.TB.Errorf("%+v", a.Error)
				case c.says != "" && (a.Status != "failed" || !strings.Contains(a.Error.Message, c.says) || a.Error.Kind == problem.Internal):
					h.TB.Errorf("%s: %+v", a.Status, a.Error)
				}
			})
		})
	}
}
