package landscape_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// archive is a house with an upstream whose suites are noble and noble-updates; with its
// public key, upstream, and the secret key sign; and with the distribution ubuntu.
type archive struct {
	*house
	upstream *testkit.Upstream
	key      *openpgp.SecretKey
}

func withArchive(t *testing.T, test func(*archive)) {
	t.Helper()
	t.Parallel()
	run(t, func(h *house) {
		key, err := testkit.NewKey("Upstream")
		if err != nil {
			h.TB.Fatal(err)
		}
		w := &archive{house: h, key: key, upstream: testkit.NewUpstream(h.TB.TempDir())}
		h.TB.Cleanup(w.upstream.Close)
		w.offer("hello 1 amd64 main", "docs 1 all main", "extra 1 amd64 universe")
		public, err := key.Public().Armored()
		if err != nil {
			h.TB.Fatal(err)
		}
		h.do("ImportGPGKey", "name", "upstream", "material", string(public)).ok()
		h.importKey("sign")
		h.do("CreateDistribution", "name", "ubuntu").ok()
		test(w)
	})
}

// offer gives the upstream's suite noble packages, each "name version architecture
// component"; noble-updates has hello 2.
func (w *archive) offer(packages ...string) {
	w.TB.Helper()
	suite := func(name string, texts ...string) testkit.Suite {
		s := testkit.Suite{Codename: name, Keys: []*openpgp.SecretKey{w.key}, Components: []string{"main", "universe"}, Architectures: []string{"amd64"}}
		for _, text := range texts {
			f := strings.Fields(text)
			s.Packages = append(s.Packages, testkit.Package{Name: f[0], Version: f[1], Architecture: f[2], Component: f[3]})
		}
		return s
	}
	dir := w.TB.TempDir()
	all := testkit.Archive{Suites: []testkit.Suite{suite("noble", packages...), suite("noble-updates", "hello 2 amd64 main")}}
	if err := all.Write(w.Ctx, dir); err != nil {
		w.TB.Fatal(err)
	}
	w.upstream.Switch(dir)
}

// ofPocket are the parameters that name a pocket of ubuntu, and more.
func ofPocket(series, name string, more ...string) []string {
	return slices.Concat([]string{"name", name, "series", series, "distribution", "ubuntu"}, more)
}

// noble makes the series noble, whose pockets release and updates mirror the upstream.
func (w *archive) noble() reply {
	w.TB.Helper()
	return w.do("CreateSeries", slices.Concat(
		[]string{"name", "noble", "distribution", "ubuntu", "gpg_key", "sign", "mirror_uri", w.upstream.URL(), "mirror_gpg_key", "upstream"},
		listed("pockets", "release", "updates"), listed("components", "main", "universe"), listed("architectures", "amd64"))...).ok()
}

// pocket makes a pocket of noble, of main and amd64, with a mode.
func (w *archive) pocket(name, mode string, more ...string) reply {
	w.TB.Helper()
	return w.do("CreatePocket", ofPocket("noble", name, slices.Concat(
		[]string{"mode", mode, "gpg_key", "sign", "components.1", "main", "architectures.1", "amd64"}, more)...)...)
}

// everyMode makes noble with pockets of each mode: release and updates mirror, test pulls
// from release with a blocklist, staging takes uploads.
func (w *archive) everyMode() {
	w.TB.Helper()
	w.noble()
	w.pocket("test", "pull", "pull_pocket", "release", "filter_type", "blocklist").ok()
	w.pocket("staging", "upload").ok()
}

// ended waits for the activity that a reply told of, which must end well.
func (w *archive) ended(r reply) {
	w.TB.Helper()
	var started struct{ ID int64 }
	r.into(&started)
	w.Done(w.Activities.Get(w.Ctx, started.ID))
}

// busy starts an operation on ubuntu that does not end before the test does.
func (w *archive) busy() {
	w.TB.Helper()
	held := make(chan struct{})
	w.TB.Cleanup(func() { close(held) })
	w.upstream.Inject("InRelease", 100, func(http.ResponseWriter, *http.Request, http.Handler) { <-held })
	w.do("SyncMirrorPocket", ofPocket("noble", "updates")...).ok()
}

// upload puts a package into a pocket.
func (w *archive) upload(pocket, name, version string) {
	w.TB.Helper()
	apptest.Must(w.Add("ubuntu.noble."+pocket, apptest.Deb(w.TB, name, version, "amd64", version)))(w.TB)
}
