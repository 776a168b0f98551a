package apptest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// original is an upstream in a folder, signed, with a package that is not where we
// would have it.
type Original struct {
	*House
	Key      *openpgp.SecretKey
	dir      string
	Upstream *testkit.Upstream
}

const (
	OwnPath       = "apt/builds/plane_3_amd64.deb"
	CanonicalPath = "pool/main/p/plane/plane_3_amd64.deb"
)

// originally runs a test over such an upstream, and a verbatim mirror of it that was
// synced once.
func Originally(t *testing.T, test func(*Original)) {
	t.Helper()
	Run(t, func(h *House) {
		key, err := testkit.NewKey("Upstream")
		if err != nil {
			h.TB.Fatal(err)
		}
		o := &Original{House: h, Key: key, dir: h.TB.TempDir()}
		o.Write("1")
		o.Upstream = testkit.NewUpstream(o.dir)
		h.TB.Cleanup(o.Upstream.Close)
		o.Mirror("m", nil)
		test(o)
	})
}

// write makes the upstream's suite, with a version of saw.
func (o *Original) Write(version string) {
	o.TB.Helper()
	suite := testkit.Suite{
		Codename: "stable", Keys: []*openpgp.SecretKey{o.Key}, ByHash: testkit.WithByHash,
		Date:        time.Date(2025, 1, 1, 0, len(version), 0, 0, time.UTC),
		ReleaseSums: []string{"MD5Sum", "SHA256", "SHA512"},
		Packages: []testkit.Package{
			{Name: "saw", Version: version, Architecture: "amd64"},
			{Name: "plane", Version: "3", Architecture: "amd64", Filename: OwnPath},
			{Name: "vice", Version: "1", Architecture: "arm64", Component: "contrib"},
		},
		Sources: []testkit.Source{{Name: "saw", Version: version}},
		Extra:   map[string][]byte{"main/i18n/Translation-de": []byte("de " + version), "main/binary-amd64/Release": []byte("Archive: stable\n")},
	}
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(o.TB.Context(), o.dir); err != nil {
		o.TB.Fatal(err)
	}
}

// mirror makes a verbatim mirror and syncs it.
func (o *Original) Mirror(name string, edit func(*mirrors.Config)) {
	o.TB.Helper()
	keys := Must(o.Key.Public().Armored())(o.TB)
	config := mirrors.Config{URL: o.Upstream.URL(), Suite: "stable", Sources: true, Verbatim: true, Keyring: string(keys)}
	if edit != nil {
		edit(&config)
	}
	Must(o.Mirrors.Create(o.Ctx, mirrors.NewMirror{Name: name, Config: config}))(o.TB)
	o.Done(o.Mirrors.Sync(o.Ctx, name, mirrors.SyncOptions{}))
}

// publish makes a verbatim publication.
func (o *Original) Publish(prefix string, sources ...string) usecase.Activity {
	o.TB.Helper()
	_, x, err := o.Publications.Create(o.Ctx, publications.NewPublication{
		Prefix: prefix, Distribution: "stable", Sources: sources, Options: publications.PublishOptions{Verbatim: true},
	})
	return o.Wait(x, err)
}

// there returns the content of a file of the upstream.
func (o *Original) There(path string) string {
	o.TB.Helper()
	return string(Must(os.ReadFile(filepath.Join(o.dir, path)))(o.TB))
}

// same wants files below a prefix to be those of the upstream.
func (o *Original) Same(prefix string, paths ...string) {
	o.TB.Helper()
	for _, path := range paths {
		if o.Read(prefix+"/"+path) != o.There(path) {
			o.TB.Errorf("%s/%s is not as it is upstream", prefix, path)
		}
	}
}
