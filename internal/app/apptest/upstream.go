package apptest

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

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// archive is an upstream in the making: a suite "stable" with the component main
// for amd64. Tests spoil it on its way.
type Archive struct {
	Packages string            // the text of Packages
	Extra    string            // further lines of Release, before its sums
	Files    map[string][]byte // by path below the root
	Release  string
	Inline   []byte // InRelease
	At       time.Time
}

const (
	PackagesPath = "dists/stable/main/binary-amd64/Packages"
	HelloPath    = "pool/hello_1_amd64.deb"
)

func NewArchive(tb testing.TB, debs ...Upload) *Archive {
	a := &Archive{Files: map[string][]byte{}, At: time.Now().Add(-time.Hour)}
	for _, d := range debs {
		a.Add(tb, d)
	}
	return a
}

// add lists a package.
func (a *Archive) Add(_ testing.TB, d Upload) {
	parts := strings.Split(strings.TrimSuffix(d.Name, ".deb"), "_")
	a.Files["pool/"+d.Name] = d.Data
	a.Packages += fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nSection: misc\nPriority: optional\nFilename: pool/%s\nSize: %d\nSHA256: %s\n\n",
		parts[0], parts[1], parts[2], d.Name, len(d.Data), digest.Of(d.Data))
}

// index compresses Packages.
func (a *Archive) Index(tb testing.TB) {
	packed, err := compress.AppendMember(nil, []byte(a.Packages), compress.Gzip)
	if err != nil {
		tb.Fatal(err)
	}
	a.Files[PackagesPath+".gz"] = packed
}

// Sign writes a Release of all indexes, and signs it.
func (a *Archive) Sign(tb testing.TB, key *openpgp.SecretKey) {
	a.Release = fmt.Sprintf("Suite: stable\nCodename: stable\nDate: %s\nArchitectures: amd64\nComponents: main\n%sSHA256:\n", a.At.UTC().Format(time.RFC1123), a.Extra)
	for path, data := range a.Files {
		if name, ok := strings.CutPrefix(path, "dists/stable/"); ok {
			a.Release += fmt.Sprintf(" %s %d %s\n", digest.Of(data), len(data), name)
		}
	}
	a.Release += fmt.Sprintf(" %s %d main/binary-amd64/Packages\n", digest.Of([]byte(a.Packages)), len(a.Packages))
	signed, err := openpgp.ClearSign(context.Background(), []byte(a.Release), a.At, key)
	if err != nil {
		tb.Fatal(err)
	}
	a.Inline = signed
}

// write puts the archive into a new folder.
func (a *Archive) Write(tb testing.TB) string {
	dir := tb.TempDir()
	files := maps.Clone(a.Files)
	if a.Inline != nil {
		files["dists/stable/InRelease"] = a.Inline
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
func (a *Archive) Whole(tb testing.TB, key *openpgp.SecretKey) string {
	a.Index(tb)
	a.Sign(tb, key)
	return a.Write(tb)
}

// follower is a house that mirrors an upstream.
type Follower struct {
	*House
	Upstream *testkit.Upstream
	Key      *openpgp.SecretKey
}

// follow runs a test with a mirror "m" of an archive with hello 1 and other 1,
// synced once.
func Follow(t *testing.T, test func(*Follower)) {
	t.Helper()
	FollowOn(t, nil, test)
}

func FollowOn(t *testing.T, disk func(file.FS) file.FS, test func(*Follower)) {
	t.Helper()
	RunOn(t, disk, func(h *House) {
		f := &Follower{House: h, Key: NewKey(h.TB)}
		f.Upstream = testkit.NewUpstream(f.Good().Whole(h.TB, f.Key))
		h.TB.Cleanup(f.Upstream.Close)
		f.Create("m", nil)
		h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
		test(f)
	})
}

func NewKey(tb testing.TB) *openpgp.SecretKey {
	return Must(openpgp.Generate(openpgp.Params{Name: "Upstream", Created: time.Now().Add(-48 * time.Hour)}))(tb)
}

func (f *Follower) Good() *Archive {
	return NewArchive(f.TB, Deb(f.TB, "hello", "1", "amd64", "hi"), Deb(f.TB, "other", "1", "all", ""))
}

func (f *Follower) Create(name string, edit func(*mirrors.Config)) {
	f.TB.Helper()
	keys := Must(f.Key.Public().Armored())(f.TB)
	c := mirrors.Config{URL: f.Upstream.URL(), Suite: "stable", Keyring: string(keys)}
	if edit != nil {
		edit(&c)
	}
	Must(f.Mirrors.Create(f.Ctx, mirrors.NewMirror{Name: name, Config: c}))(f.TB)
}

// before is what the mirror has after its first sync.
var Before = []string{"hello 1", "other 1"}

// refused syncs and wants an error that says something, and nothing changed.
func (f *Follower) Refused(says string) {
	f.TB.Helper()
	a := f.Wait(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
	if a.Status != "failed" || a.Error == nil || !strings.Contains(a.Error.Message+" "+a.Error.Hint, says) {
		f.TB.Errorf("the sync ended as %s: %+v; want an error with %q", a.Status, a.Error, says)
	}
	if a.Error != nil && a.Error.Kind == "internal" {
		f.TB.Errorf("the error is reported as internal: %+v", a.Error)
	}
	f.Unchanged()
}

func (f *Follower) Unchanged() {
	f.TB.Helper()
	if got := f.Names("mirror:m"); !slices.Equal(got, Before) {
		f.TB.Errorf("the mirror has %q now", got)
	}
}

// serve makes the upstream change to an archive.
func (f *Follower) Serve(a *Archive) { f.Upstream.Switch(a.Write(f.TB)) }
