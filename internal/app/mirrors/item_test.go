package mirrors_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

const (
	metadata = "main/dep11/Components-amd64.yml"
	images   = "main/installer-amd64/current/images/"
)

// furnished is a suite with AppStream metadata and images of the installer. It
// lists the plain metadata, which it has packed alone, and icons that it lost; the
// images are in their own list of sums.
func furnished(tb testing.TB) testkit.Suite {
	packed := apptest.Must(compress.AppendMember(nil, []byte("File: DEP-11\n"), compress.Gzip))(tb)
	image := []byte("vmlinuz")
	return testkit.Suite{
		Codename: "stable", Components: []string{"main"},
		Packages: []testkit.Package{{Name: "saw", Version: "1", Architecture: "amd64"}},
		Extra: map[string][]byte{
			metadata + ".gz":                                 packed,
			"main/dep11/Components-arm64.yml.gz":             packed,
			"main/dep11/icons-64x64.tar.gz":                  []byte("icons"),
			images + "SHA256SUMS":                            fmt.Appendf(nil, "%s  ./netboot/linux\n", digest.Of(image)),
			images + "netboot/linux":                         image,
			"main/installer-arm64/current/images/SHA256SUMS": []byte("nonsense\n"),
		},
		EditEntries: func(list []testkit.ReleaseEntry) []testkit.ReleaseEntry {
			list = slices.DeleteFunc(list, func(e testkit.ReleaseEntry) bool { return strings.HasSuffix(e.Path, "netboot/linux") })
			add := func(name string, text string) {
				list = append(list, testkit.ReleaseEntry{Path: name, Size: int64(len(text)), Sums: digest.Sums{SHA256: digest.Of([]byte(text)).String()}})
			}
			add(metadata, "File: DEP-11\n")
			add("main/dep11/icons-128x128.tar.gz", "lost")
			return list
		},
	}
}

func TestAppStreamAndTheInstallerComeAlong(t *testing.T) {
	t.Parallel()
	supplied(t, furnished(t), func(h *apptest.House, u *testkit.Upstream) {
		config := mirrors.Config{URL: u.URL(), Suite: "stable", Architectures: []string{"amd64"}, With: []mirrors.Class{mirrors.AppStream, mirrors.Installer}}
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
		a := h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		if r := string(a.Result); strings.Count(r, "the upstream lists") != 1 || !strings.Contains(r, "icons-128x128") {
			h.TB.Errorf("warnings: %s", r)
		}
		if got := listed(h, "mirror:m"); !slices.Equal(got, []string{"saw 1 amd64"}) {
			h.TB.Errorf("packages: %q", got)
		}
		if m := apptest.Must(h.Mirrors.Get(h.Ctx, "m"))(h.TB); m.Packages != 1 {
			h.TB.Errorf("it counts %d packages", m.Packages)
		}
		if s := apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(h.TB); s.Packages != 1 {
			h.TB.Errorf("a snapshot of it counts %d packages", s.Packages)
		}
		h.Publish("snapshot:s")
		release := h.Read("debian/dists/stable/Release")
		for name, want := range map[string]string{
			metadata: "File: DEP-11\n", "main/dep11/icons-64x64.tar.gz": "icons", images + "netboot/linux": "vmlinuz",
			images + "SHA256SUMS": fmt.Sprintf("%s  ./netboot/linux\n", digest.Of([]byte("vmlinuz"))),
		} {
			if got := h.Read("debian/dists/stable/" + name); got != want {
				h.TB.Errorf("%s is %q", name, got)
			}
			if line := fmt.Sprintf(" %s %8d %s\n", digest.Of([]byte(want)), len(want), name); !strings.Contains(release, line) {
				h.TB.Errorf("Release does not list %s:\n%s", name, release)
			}
		}
		if strings.Contains(release, "arm64") {
			h.TB.Errorf("Release lists what is for another architecture:\n%s", release)
		}
		for _, path := range []string{"pool/main/d/dep11/icons-64x64.tar.gz", "pool/main/i/installer-amd64/SHA256SUMS"} {
			if _, err := h.Publications.File(h.Ctx, "debian/"+path); !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("%s stands among packages: %v", path, err)
			}
		}
	})
}

func TestTheSameNameOfTwoSourcesIsAConflict(t *testing.T) {
	t.Parallel()
	supplied(t, furnished(t), func(h *apptest.House, u *testkit.Upstream) {
		other := furnished(h.TB)
		other.Extra["main/dep11/icons-64x64.tar.gz"] = []byte("others")
		dir := h.TB.TempDir()
		if err := (testkit.Archive{Suites: []testkit.Suite{other}}).Write(h.TB.Context(), dir); err != nil {
			h.TB.Fatal(err)
		}
		for name, url := range map[string]string{"m": u.URL(), "n": "file://" + dir} {
			config := mirrors.Config{URL: url, Suite: "stable", Architectures: []string{"amd64"}, With: []mirrors.Class{mirrors.AppStream}}
			apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: name, Config: config}))(h.TB)
			h.Done(h.Mirrors.Sync(h.Ctx, name, mirrors.SyncOptions{}))
		}
		_, a, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"main=mirror:m", "main=mirror:n"}})
		if a = h.Wait(a, err); a.Status != "failed" || a.Error.Kind != problem.Conflict || !strings.Contains(a.Error.Message, "icons-64x64") {
			h.TB.Errorf("%s: %+v", a.Status, a.Error)
		}
	})
}

func TestImagesAreWhatTheirListSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sums, says string
	}{
		"other bytes":      {fmt.Sprintf("%s  ./netboot/linux\n", digest.Of([]byte("other"))), "SHA-256"},
		"out of its place": {fmt.Sprintf("%s  ../../../../../x\n", digest.Of([]byte("vmlinuz"))), "not a path below"},
		"no sums":          {"<html>\n", "not a line of sums"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite := furnished(t)
			suite.Extra[images+"SHA256SUMS"] = []byte(c.sums)
			supplied(t, suite, func(h *apptest.House, u *testkit.Upstream) {
				config := mirrors.Config{URL: u.URL(), Suite: "stable", Architectures: []string{"amd64"}, With: []mirrors.Class{mirrors.Installer}}
				apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
				a := h.Wait(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
				if a.Status != "failed" || !strings.Contains(a.Error.Message, c.says) || a.Error.Kind == problem.Internal {
					h.TB.Errorf("%s: %+v", a.Status, a.Error)
				}
			})
		})
	}
}
