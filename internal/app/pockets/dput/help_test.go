package dput_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// staging is the pocket that most tests upload to.
var staging = pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: "staging"}

// uploads is a house with upload pockets, and what an uploader has.
type uploads struct {
	*apptest.House
	key *openpgp.SecretKey // the one that may upload
}

// pocketRules is what an upload pocket takes.
type pocketRules struct {
	components, architectures []string
	udebs, unsigned           bool
	keys                      []*openpgp.SecretKey
}

// anyone is who nobody knows.
var anyone = context.Background()

func withUploads(t *testing.T, test func(*uploads)) {
	t.Helper()
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.Settings.UploadPatience = time.Millisecond
		u := &uploads{h, apptest.Signer(h, time.Time{}, time.Time{})}
		test(u)
		u.Settled()
	})
}

// makeStaging makes the pocket of most tests, for signed uploads.
func (u *uploads) makeStaging() {
	u.TB.Helper()
	u.pocket(staging, pocketRules{components: []string{"main", "contrib"}, architectures: []string{"amd64", "source"}, keys: []*openpgp.SecretKey{u.key}})
}

// built is an upload before it is signed.
type built struct {
	name         string // of the .changes file
	distribution string
	architecture string
	section      string
	version      string
	files        []apptest.Upload
	edit         func(text string) string
}

// changes makes the .changes file of hello, and its neighbours hello-doc and
// hello-dbgsym.
func (b built) changes() apptest.Upload {
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	text := fmt.Sprintf("Format: 1.8\nSource: hello\nBinary: hello hello-doc\nArchitecture: %s\nVersion: %s\nDistribution: %s\nMaintainer: T <t@example.org>\nDescription:\n hello - test\n%s",
		or(b.architecture, "amd64"), or(b.version, "1"), or(b.distribution, "noble-staging"), apptest.Listing(or(b.section, "misc")+" optional ", b.files...))
	if b.edit != nil {
		text = b.edit(text)
	}
	return apptest.File(or(b.name, "hello_1_amd64.changes"), []byte(text))
}

// debOf makes a binary package that was built from hello.
func debOf(u *uploads, name, version, architecture, content string) apptest.Upload {
	u.TB.Helper()
	control := fmt.Sprintf("Package: %s\nSource: hello\nVersion: %s\nArchitecture: %s\nMaintainer: T <t@example.org>\nDescription: test\n", name, version, architecture)
	var b bytes.Buffer
	if err := debfile.Write(&b, []byte(control), []debfile.File{{Name: "usr/share/" + name, Body: []byte(content)}}, debfile.WriteOptions{}); err != nil {
		u.TB.Fatal(err)
	}
	return apptest.File(fmt.Sprintf("%s_%s_%s.deb", name, version, architecture), b.Bytes())
}

func (u *uploads) signed(b built) apptest.Upload {
	u.TB.Helper()
	return apptest.SignChanges(u.House, b.changes(), u.key, time.Now())
}

// send puts one file into a pocket.
func (u *uploads) send(ctx context.Context, p pockets.Path, f apptest.Upload) (dput.Receipt, error) {
	return u.Dput.Put(ctx, dput.File{Pocket: p, Name: f.Name, Size: int64(len(f.Data)), Body: bytes.NewReader(f.Data), From: "192.0.2.1"})
}

// sendAll puts files that must be taken, and then one more.
func (u *uploads) sendAll(ctx context.Context, p pockets.Path, files []apptest.Upload, last apptest.Upload) (dput.Receipt, error) {
	u.TB.Helper()
	for _, f := range files {
		if _, err := u.send(ctx, p, f); err != nil {
			u.TB.Fatalf("sending %s: %v", f.Name, err)
		}
	}
	return u.send(ctx, p, last)
}

// has wants packages in a pocket, as "name version".
func (u *uploads) has(p pockets.Path, want ...string) {
	u.TB.Helper()
	got := u.Names("repo:" + p.Collection())
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		u.TB.Errorf("the pocket %s has %q, not %q", p, got, want)
	}
}

// lastUpload gives the newest activity of an upload.
func (u *uploads) lastUpload() usecase.Activity {
	u.TB.Helper()
	list := apptest.Must(u.Activities.List(u.Ctx, activities.Filter{Type: "pocket.upload"}, usecase.Page{Limit: 1}))(u.TB).Items
	if len(list) == 0 {
		u.TB.Fatal("there is no activity of an upload")
	}
	return list[0]
}

// pocket makes an upload pocket, with what it belongs to.
func (u *uploads) pocket(p pockets.Path, rules pocketRules) {
	u.TB.Helper()
	if _, err := u.Keys.Get(u.Ctx, "archive"); err != nil {
		apptest.Must(u.Keys.Generate(u.Ctx, keys.NewKey{Name: "archive"}))(u.TB)
	}
	if found := apptest.Must(u.Pockets.Distributions(u.Ctx, []string{p.Distribution}))(u.TB); len(found) == 0 {
		apptest.Must(u.Pockets.CreateDistribution(u.Ctx, pockets.NewDistribution{Name: p.Distribution}))(u.TB)
		apptest.Must(u.Pockets.CreateSeries(u.Ctx, pockets.NewSeries{Name: p.Series, Distribution: p.Distribution}))(u.TB)
	}
	apptest.Must(u.Pockets.Create(u.Ctx, pockets.NewPocket{
		Path: p, Mode: pockets.Uploads, Components: rules.components, Architectures: rules.architectures, Key: "archive",
		UDebs: rules.udebs, AllowUnsigned: rules.unsigned,
	}))(u.TB)
	for _, k := range rules.keys {
		if _, err := u.Keys.Get(u.Ctx, k.Fingerprint()); err != nil {
			apptest.Must(u.Keys.Import(u.Ctx, "k"+strings.ToLower(k.Fingerprint()[32:]), []byte(apptest.Armored(u.House, k)), nil))(u.TB)
		}
		apptest.Must(u.Pockets.AddUploaders(u.Ctx, p, []string{k.Fingerprint()}))(u.TB)
	}
}

// remove takes a package out of a pocket.
func (u *uploads) remove(p pockets.Path, name string) {
	u.TB.Helper()
	u.Done(u.Pockets.Remove(u.Ctx, p, []string{name}))
}

// bearer gives a context in which a token of a role asks.
func (u *uploads) bearer(role string) context.Context {
	u.TB.Helper()
	_, secret, err := u.People.CreateToken(u.Ctx, role, role, 0)
	if err != nil {
		u.TB.Fatal(err)
	}
	return apptest.Must(u.People.Authenticate(context.Background(), secret))(u.TB)
}

func md5sum(f apptest.Upload) string { return fmt.Sprintf("%x", md5.Sum(f.Data)) }

func sha1sum(f apptest.Upload) string { return fmt.Sprintf("%x", sha1.Sum(f.Data)) }
