package app_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// archive is an upstream in the making: a suite "stable" with the component main
// for amd64. Tests spoil it on its way.
type archive struct {
	packages string            // the text of Packages
	extra    string            // further lines of Release, before its sums
	files    map[string][]byte // by path below the root
	release  string
	inline   []byte // InRelease
	at       time.Time
}

const (
	packagesPath = "dists/stable/main/binary-amd64/Packages"
	helloPath    = "pool/hello_1_amd64.deb"
)

func newArchive(tb testing.TB, debs ...apptest.Upload) *archive {
	a := &archive{files: map[string][]byte{}, at: time.Now().Add(-time.Hour)}
	for _, d := range debs {
		a.add(tb, d)
	}
	return a
}

// add lists a package.
func (a *archive) add(_ testing.TB, d apptest.Upload) {
	parts := strings.Split(strings.TrimSuffix(d.Name, ".deb"), "_")
	a.files["pool/"+d.Name] = d.Data
	a.packages += fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nSection: misc\nPriority: optional\nFilename: pool/%s\nSize: %d\nSHA256: %s\n\n",
		parts[0], parts[1], parts[2], d.Name, len(d.Data), digest.Of(d.Data))
}

// index compresses Packages.
func (a *archive) index(tb testing.TB) {
	packed, err := compress.AppendMember(nil, []byte(a.packages), compress.Gzip)
	if err != nil {
		tb.Fatal(err)
	}
	a.files[packagesPath+".gz"] = packed
}

// sign writes Release over the indexes that there are, and signs it.
func (a *archive) sign(tb testing.TB, key *openpgp.SecretKey) {
	a.release = fmt.Sprintf("Suite: stable\nCodename: stable\nDate: %s\nArchitectures: amd64\nComponents: main\n%sSHA256:\n", a.at.UTC().Format(time.RFC1123), a.extra)
	for path, data := range a.files {
		if name, ok := strings.CutPrefix(path, "dists/stable/"); ok {
			a.release += fmt.Sprintf(" %s %d %s\n", digest.Of(data), len(data), name)
		}
	}
	a.release += fmt.Sprintf(" %s %d main/binary-amd64/Packages\n", digest.Of([]byte(a.packages)), len(a.packages))
	signed, err := openpgp.ClearSign(context.Background(), []byte(a.release), a.at, key)
	if err != nil {
		tb.Fatal(err)
	}
	a.inline = signed
}

// write puts the archive into a new folder.
func (a *archive) write(tb testing.TB) string {
	dir := tb.TempDir()
	files := maps.Clone(a.files)
	if a.inline != nil {
		files["dists/stable/InRelease"] = a.inline
	}
	for path, data := range files {
		name := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// whole indexes and signs the archive, and writes it.
func (a *archive) whole(tb testing.TB, key *openpgp.SecretKey) string {
	a.index(tb)
	a.sign(tb, key)
	return a.write(tb)
}

// follower is a house that mirrors an upstream.
type follower struct {
	*apptest.House
	upstream *testkit.Upstream
	key      *openpgp.SecretKey
}

// follow runs a test with a mirror "m" of an archive with hello 1 and other 1,
// synced once.
func follow(t *testing.T, test func(*follower)) {
	t.Helper()
	followOn(t, nil, test)
}

func followOn(t *testing.T, disk func(file.FS) file.FS, test func(*follower)) {
	t.Helper()
	apptest.RunOn(t, disk, func(h *apptest.House) {
		f := &follower{House: h, key: newKey(h.TB)}
		f.upstream = testkit.NewUpstream(f.good().whole(h.TB, f.key))
		h.TB.Cleanup(f.upstream.Close)
		f.create("m", nil)
		h.Done(h.SyncMirror(h.Ctx, "m", app.SyncOptions{}))
		test(f)
	})
}

func newKey(tb testing.TB) *openpgp.SecretKey {
	return apptest.Must(openpgp.Generate(openpgp.Params{Name: "Upstream", Created: time.Now().Add(-48 * time.Hour)}))(tb)
}

func (f *follower) good() *archive {
	return newArchive(f.TB, apptest.Deb(f.TB, "hello", "1", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
}

func (f *follower) create(name string, edit func(*app.MirrorConfig)) {
	f.TB.Helper()
	keys := apptest.Must(f.key.Public().Armored())(f.TB)
	c := app.MirrorConfig{URL: f.upstream.URL(), Suite: "stable", Keyring: string(keys)}
	if edit != nil {
		edit(&c)
	}
	apptest.Must(f.CreateMirror(f.Ctx, app.NewMirror{Name: name, Config: c}))(f.TB)
}

// before is what the mirror has after its first sync.
var before = []string{"hello 1", "other 1"}

// refused syncs and wants an error that says something, and nothing changed.
func (f *follower) refused(says string) {
	f.TB.Helper()
	a := f.Wait(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
	if a.Status != "failed" || a.Error == nil || !strings.Contains(a.Error.Message+" "+a.Error.Hint, says) {
		f.TB.Errorf("the sync ended as %s: %+v; want an error with %q", a.Status, a.Error, says)
	}
	if a.Error != nil && a.Error.Kind == "internal" {
		f.TB.Errorf("the error is told as an internal one: %+v", a.Error)
	}
	f.unchanged()
}

func (f *follower) unchanged() {
	f.TB.Helper()
	if got := f.Names("mirror:m"); !slices.Equal(got, before) {
		f.TB.Errorf("the mirror has %q now", got)
	}
}

// serve makes the upstream change to an archive.
func (f *follower) serve(a *archive) { f.upstream.Switch(a.write(f.TB)) }
