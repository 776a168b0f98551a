package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestAptInstallsFromAnOnDemandMirror: what was asked for once is installed when
// the upstream is gone, and what was not fails with the reason.
func TestAptInstallsFromAnOnDemandMirror(t *testing.T) {
	t.Parallel()
	key, dir := newKey(t), t.TempDir()
	suite := testkit.Suite{
		Codename: "stable", Keys: []*openpgp.SecretKey{key},
		Packages: []testkit.Package{
			{Name: "app", Version: "1", Architecture: "amd64", Depends: "lib"},
			{Name: "lib", Version: "2:1", Architecture: "amd64"},
			{Name: "unasked", Version: "1", Architecture: "all"},
		},
	}
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	upstream := testkit.NewUpstream(dir)
	defer upstream.Close()
	a := start(t, tempData(t))
	config := mirrors.Config{URL: upstream.URL(), Suite: "stable", Keyring: armored(t, key), Policy: mirrors.PolicyOnDemand}
	if _, err := a.Mirrors.Create(a.ctx, mirrors.NewMirror{Name: "m", Config: config}); err != nil {
		t.Fatal(err)
	}
	a.done(a.Mirrors.Sync(a.ctx, "m", mirrors.SyncOptions{}))
	a.publish("mirror:m")

	first := a.apt("amd64")
	update(t, first)
	if n := upstream.Count("*.deb"); n != 0 {
		t.Errorf("apt update made %d upstream requests for packages", n)
	}
	if _, err := first.Install(t.Context(), "app"); err != nil {
		t.Fatal(err)
	}
	upstream.Close()

	second := a.apt("amd64")
	update(t, second)
	if _, err := second.Install(t.Context(), "app"); err != nil {
		t.Errorf("what is here cannot be installed without the upstream: %v", err)
	}
	if n := upstream.Count("*.deb"); n != 2 {
		t.Errorf("%d upstream requests for two packages", n)
	}
	_, err := second.Download(t.Context(), "unasked")
	if err == nil || !strings.Contains(err.Error(), "502") || !strings.Contains(err.Error(), "unasked_1_all.deb is not here yet") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("apt does not report why it cannot download: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(second.Root(), "*unasked*.deb")); len(left) != 0 {
		t.Errorf("something was downloaded: %q", left)
	}
}

func update(tb testing.TB, apt *testkit.Apt) {
	tb.Helper()
	if _, err := apt.Update(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}
