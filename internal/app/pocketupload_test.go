package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// staging is the pocket that most tests upload to.
var staging = app.PocketPath{Distribution: "ubuntu", Series: "noble", Pocket: "staging"}

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
		u := &uploads{h, signer(h, time.Time{}, time.Time{})}
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
		or(b.architecture, "amd64"), or(b.version, "1"), or(b.distribution, "noble-staging"), listing(or(b.section, "misc")+" optional ", b.files...))
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
	return signChanges(u.House, b.changes(), u.key, time.Now())
}

// send puts one file into a pocket.
func (u *uploads) send(ctx context.Context, p app.PocketPath, f apptest.Upload) (app.PocketReceipt, error) {
	return u.PutPocketFile(ctx, app.PocketFile{Pocket: p, Name: f.Name, Size: int64(len(f.Data)), Body: bytes.NewReader(f.Data), From: "192.0.2.1"})
}

// sendAll puts files that must be taken, and then one more.
func (u *uploads) sendAll(ctx context.Context, p app.PocketPath, files []apptest.Upload, last apptest.Upload) (app.PocketReceipt, error) {
	u.TB.Helper()
	for _, f := range files {
		if _, err := u.send(ctx, p, f); err != nil {
			u.TB.Fatalf("sending %s: %v", f.Name, err)
		}
	}
	return u.send(ctx, p, last)
}

// has wants packages in a pocket, as "name version".
func (u *uploads) has(p app.PocketPath, want ...string) {
	u.TB.Helper()
	got := u.Names("repo:" + p.Distribution + "." + p.Series + "." + p.Pocket)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		u.TB.Errorf("the pocket %s has %q, not %q", p, got, want)
	}
}

// lastUpload gives the newest activity of an upload.
func (u *uploads) lastUpload() app.Activity {
	u.TB.Helper()
	list := apptest.Must(u.Activities(u.Ctx, app.ActivityFilter{Type: "pocket.upload"}, app.Page{Limit: 1}))(u.TB).Items
	if len(list) == 0 {
		u.TB.Fatal("there is no activity of an upload")
	}
	return list[0]
}

func TestASignedUploadComesFromAnybody(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		orig := apptest.File("hello_1.orig.tar.xz", []byte("upstream"))
		source := dsc("hello", "1", orig)
		files := []apptest.Upload{
			debOf(u, "hello", "1", "amd64", ""), debOf(u, "hello-doc", "1", "all", ""), source, orig, apptest.File("hello_1_amd64.buildinfo", []byte("x")),
		}
		b := built{architecture: "source amd64 all", files: files}
		c := u.signed(b)
		r := apptest.Must(u.sendAll(anyone, staging, files, c))(u.TB)
		u.has(staging, "hello 1", "hello 1", "hello-doc 1")
		if r.Taken == nil || r.Taken.Source != "hello" || r.Taken.Version != "1" || r.Taken.Revision != 1 || len(r.Taken.Added) != 3 || r.Taken.Again {
			u.TB.Errorf("taken: %+v", r.Taken)
		}
		if len(r.Taken.SignedBy) != 1 || r.Taken.SignedBy[0].Fingerprint != u.key.Fingerprint() {
			u.TB.Errorf("signed by %+v", r.Taken.SignedBy)
		}
		u.Done(u.Activity(u.Ctx, r.Taken.Publish))
		if text := u.Read("repository/standalone/ubuntu/dists/noble-staging/main/binary-amd64/Packages.gz"); len(text) == 0 {
			u.TB.Error("nothing is published")
		}
		x := u.lastUpload()
		if x.Status != "done" || x.ID != r.Activity.ID || x.CreatedBy != "key:"+r.Taken.SignedBy[0].Key || !strings.Contains(x.Summary, c.Name) {
			u.TB.Errorf("the activity is %+v", x)
		}
		log := apptest.Must(u.ActivityLog(u.Ctx, x.ID))(u.TB)
		if len(log) != 1 || !strings.Contains(log[0], u.key.Fingerprint()) {
			u.TB.Errorf("the log of the activity is %q", log)
		}
		audit := apptest.Must(u.AuditLog(u.Ctx, app.AuditFilter{Action: "pocket.upload"}, app.Page{}))(u.TB)
		if len(audit.Items) != 1 || audit.Items[0].Who != x.CreatedBy || !strings.Contains(fmt.Sprintf("%s", audit.Items[0].Detail), u.key.Fingerprint()) {
			u.TB.Errorf("the audit log has %+v", audit.Items)
		}
	})
}

func TestAnUploadIsTakenAgainWhileItsPackagesAreThere(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		deb := debOf(u, "hello", "1", "amd64", "")
		b := built{files: []apptest.Upload{deb}}
		c := u.signed(b)
		apptest.Must(u.sendAll(anyone, staging, b.files, c))(u.TB)
		for _, again := range [][]apptest.Upload{nil, {deb}} { // without its files too
			r := apptest.Must(u.sendAll(anyone, staging, again, c))(u.TB)
			if !r.Taken.Again || len(r.Taken.Added) != 0 {
				u.TB.Errorf("again: %+v", r.Taken)
			}
		}
		// The same content under another signature is no news either.
		anew := signChanges(u.House, b.changes(), u.key, time.Now().Add(time.Hour))
		if r := apptest.Must(u.sendAll(anyone, staging, b.files, anew))(u.TB); r.Taken.Again || len(r.Taken.Added) != 0 || r.Taken.Publish != 0 {
			u.TB.Errorf("signed again: %+v", r.Taken)
		}
		if c := apptest.Must(u.Repo(u.Ctx, "ubuntu.noble.staging"))(u.TB); c.Revision != 1 {
			u.TB.Errorf("there are %d revisions", c.Revision)
		}
		u.remove(staging, "hello")
		for _, old := range []apptest.Upload{c, anew} {
			_, err := u.sendAll(anyone, staging, b.files, old)
			if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "was taken in before") {
				u.TB.Errorf("after its packages were removed: %v", err)
			}
		}
		u.has(staging)
		apptest.Must(u.sendAll(anyone, staging, b.files, signChanges(u.House, b.changes(), u.key, time.Now().Add(2*time.Hour))))(u.TB)
		u.has(staging, "hello 1")
	})
}

func TestUploadsThatAreRefused(t *testing.T) {
	withUploads(t, func(u *uploads) {
		lastYear := time.Now().AddDate(-1, 0, 0)
		expired, foreign := signer(u.House, lastYear, lastYear.AddDate(0, 1, 0)), signer(u.House, time.Time{}, time.Time{})
		rules := pocketRules{components: []string{"main"}, architectures: []string{"amd64"}, keys: []*openpgp.SecretKey{u.key, expired}}
		u.pocket(staging, rules)
		deb := debOf(u, "hello", "1", "amd64", "")
		one := []apptest.Upload{deb}
		good := u.signed(built{files: one})
		by := func(key *openpgp.SecretKey, at time.Time, b built) apptest.Upload {
			return signChanges(u.House, b.changes(), key, at)
		}
		replaced := func(old, new string) apptest.Upload {
			return apptest.File(good.Name, []byte(strings.Replace(string(good.Data), old, new, 1)))
		}
		edited := func(old, new string) built {
			return built{files: one, edit: func(text string) string { return strings.ReplaceAll(text, old, new) }}
		}
		file := func(name string) apptest.Upload { return apptest.File(name, []byte("x")) }
		other, all, arm := debOf(u, "world", "1", "amd64", ""), debOf(u, "hello", "1", "all", ""), debOf(u, "hello", "1", "arm64", "")
		foreignSource := apptest.Deb(u.TB, "hello-doc", "1", "amd64", "")
		otherBytes := apptest.File(deb.Name, append(deb.Data[:len(deb.Data)-1:len(deb.Data)-1], ^deb.Data[len(deb.Data)-1]))
		newer := debOf(u, "hello", "2", "amd64", "")
		longer := apptest.File(newer.Name, append(slices.Clone(newer.Data), 'x'))
		for _, c := range []struct {
			name    string
			sent    []apptest.Upload
			changes apptest.Upload
			kind    problem.Kind
			says    string
		}{
			{"unsigned", one, built{files: one}.changes(), problem.Untrusted, "is not signed"},
			{"signed by a stranger's key", one, by(foreign, time.Now(), built{files: one}), problem.Untrusted, foreign.Fingerprint()[24:]},
			{"signed before the key expired", one, by(expired, lastYear.AddDate(0, 0, 1), built{files: one}), problem.Untrusted, "expired"},
			{"forged", one, replaced("Version: 1", "Version: 2"), problem.Untrusted, "does not match"},
			{"text before the signed block", one, apptest.File(good.Name, append([]byte("Source: evil\n\n"), good.Data...)), problem.Untrusted, "is not signed"},
			{"text after the signed block", one, apptest.File(good.Name, append(slices.Clone(good.Data), "\nSource: evil\n"...)), problem.Untrusted, "does not count"},
			{"text inside the armor", one, replaced("-----BEGIN PGP SIGNATURE-----\n", "-----BEGIN PGP SIGNATURE-----\nComment: x\n\nSource: evil\n"), problem.Untrusted, "does not count"},
			{"no fields", one, signChanges(u.House, apptest.File(good.Name, []byte("nonsense\n")), u.key, time.Now()), problem.Invalid, good.Name},
			{"two stanzas", one, u.signed(edited("Format:", "Format: 1.8\n\nFormat:")), problem.Invalid, ""},
			{"too long", one, apptest.File(good.Name, make([]byte, 1<<20+1)), problem.TooLarge, "more than 1048576 bytes"},

			{"another suite", one, u.signed(built{distribution: "noble", files: one}), problem.Invalid, "noble-staging"},
			{"no suite yet", one, u.signed(built{distribution: "UNRELEASED", files: one}), problem.Invalid, "dch -r -D noble-staging"},
			{"two suites", one, u.signed(built{distribution: "noble-staging noble", files: one}), problem.Invalid, "Distribution"},
			{"another architecture", []apptest.Upload{arm}, u.signed(built{architecture: "arm64", files: []apptest.Upload{arm}}), problem.Invalid, "no architecture arm64, only amd64"},
			{"sources", one, u.signed(built{architecture: "source amd64", files: one}), problem.Invalid, "no architecture source"},
			{"the installer's packages", nil, u.signed(built{files: []apptest.Upload{file("hello_1_amd64.udeb")}}), problem.Invalid, "include-udeb"},
			{"no packages", nil, u.signed(built{files: []apptest.Upload{file("hello_1.buildinfo")}}), problem.Invalid, "no package"},
			{"an unsafe name", nil, u.signed(built{files: []apptest.Upload{deb, file(".hidden")}}), problem.Invalid, "not a safe file name"},
			{"a way out", one, u.signed(edited(deb.Name, "../"+deb.Name)), problem.Invalid, "Files"},
			{"a way down", one, u.signed(edited(deb.Name, "/etc/passwd")), problem.Invalid, "Files"},

			{"a file that did not come", one, u.signed(built{architecture: "amd64 all", files: []apptest.Upload{deb, all}}), problem.Invalid, all.Name + " is listed and was not uploaded"},
			{"another size", []apptest.Upload{longer}, u.signed(built{files: []apptest.Upload{newer}}), problem.Untrusted, "size mismatch"},
			{"no strong sums", one, u.signed(built{files: one, edit: func(text string) string { return text[:strings.Index(text, "Checksums-Sha256")] }}), problem.Untrusted, "without its SHA-256"},
			{"another MD5", one, u.signed(edited(fmt.Sprintf(" %s ", md5sum(deb)), " "+strings.Repeat("0", 32)+" ")), problem.Untrusted, "checksum mismatch MD5"},
			{"another SHA-1", one, u.signed(edited(fmt.Sprintf(" %s ", sha1sum(deb)), " "+strings.Repeat("0", 40)+" ")), problem.Untrusted, "checksum mismatch SHA1"},
			{"a package of nobody", []apptest.Upload{other}, u.signed(built{files: []apptest.Upload{other}}), problem.Invalid, "none of the packages"},
			{"an architecture that is not told", []apptest.Upload{arm}, u.signed(built{files: []apptest.Upload{arm}}), problem.Invalid, "none of the packages"},
			{"of another source", []apptest.Upload{foreignSource}, u.signed(built{files: []apptest.Upload{foreignSource}}), problem.Invalid, "built from the source hello-doc"},
			{"no package by its content", []apptest.Upload{file("hello_1_amd64.deb")}, u.signed(built{files: []apptest.Upload{file("hello_1_amd64.deb")}}), problem.Invalid, "hello_1_amd64.deb"},
		} {
			before := apptest.Must(u.Activities(u.Ctx, app.ActivityFilter{Type: "pocket.upload"}, app.Page{Limit: 1}))(u.TB).Items
			_, err := u.sendAll(anyone, staging, c.sent, c.changes)
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				u.TB.Errorf("%s: %v (%s)", c.name, err, problem.KindOf(err))
				continue
			}
			x := u.lastUpload()
			if len(before) > 0 && before[0].ID == x.ID || x.Status != "failed" || x.Error.Kind != c.kind || !strings.Contains(x.Error.Problem().Error(), c.says) {
				u.TB.Errorf("%s: the activity is %+v, %+v", c.name, x, x.Error)
			}
		}
		u.has(staging)

		apptest.Must(u.sendAll(anyone, staging, one, good))(u.TB)
		for name, files := range map[string][]apptest.Upload{"other bytes of the same version": {otherBytes}, "and more": {debOf(u, "hello", "1", "amd64", "other")}} {
			_, err := u.sendAll(anyone, staging, files, u.signed(built{files: files}))
			if !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.Invalid) || problem.Is(err, problem.Conflict) && !strings.Contains(err.Error(), "dch -i") {
				u.TB.Errorf("%s: %v", name, err)
			}
		}
		u.has(staging, "hello 1")
	})
}

func TestFilesAreRefusedBeforeTheyAreRead(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.pocket(staging, pocketRules{components: []string{"main"}, architectures: []string{"amd64"}, keys: []*openpgp.SecretKey{u.key}})
		nobody, open := staging, staging
		nobody.Pocket, open.Pocket = "nobody", "open"
		u.pocket(nobody, pocketRules{components: []string{"main"}, architectures: []string{"amd64"}})
		u.pocket(open, pocketRules{components: []string{"main"}, architectures: []string{"amd64"}, unsigned: true})
		reader := u.bearer("reader")
		limits := app.UploadLimits{File: 100, Keep: time.Hour}
		limits.Sender.Files, limits.Sender.Bytes, limits.All.Files, limits.All.Bytes = 2, 150, 3, 1000
		u.UploadLimits = func(stranger bool) app.UploadLimits {
			if stranger {
				return limits
			}
			return app.UploadLimits{File: 1000, Sender: limits.All, All: limits.All, Keep: time.Hour}
		}
		for _, c := range []struct {
			name   string
			ctx    context.Context
			pocket app.PocketPath
			file   string
			size   int64
			kind   problem.Kind
			says   string
		}{
			{"no such pocket", u.Ctx, app.PocketPath{Distribution: "ubuntu", Series: "noble", Pocket: "none"}, "a.deb", 1, problem.NotFound, ""},
			{"no such distribution", u.Ctx, app.PocketPath{Distribution: "none", Series: "noble", Pocket: "staging"}, "a.deb", 1, problem.NotFound, ""},
			{"a pocket without keys", anyone, nobody, "a.deb", 1, problem.Conflict, "no uploader keys"},
			{"a pocket without keys, somebody", u.Ctx, nobody, "a.deb", 1, problem.Conflict, "no uploader keys"},
			{"a pocket for unsigned uploads, nobody", anyone, open, "a.deb", 1, problem.Unauthenticated, "fqdn = http://USER:TOKEN@HOST"},
			{"a pocket for unsigned uploads, without the right", reader, open, "a.changes", 1, problem.Denied, "it asks who sends them"},
			{"a way out", anyone, staging, "../a.deb", 1, problem.Invalid, "not a safe file name"},
			{"a hidden file", anyone, staging, ".a.deb", 1, problem.Invalid, "not a safe file name"},
			{"an option", anyone, staging, "-a.deb", 1, problem.Invalid, "not a safe file name"},
			{"a line", anyone, staging, "a\n.deb", 1, problem.Invalid, "not a safe file name"},
			{"a long name", anyone, staging, strings.Repeat("a", 300) + ".deb", 1, problem.Invalid, "not a safe file name"},
			{"a long file", anyone, staging, "a.deb", 101, problem.TooLarge, "100 is the most"},
			{"an absurd file", anyone, staging, "a.deb", 1<<63 - 1, problem.TooLarge, "100 is the most"},
			{"a file shorter than none", anyone, staging, "a.deb", -1, problem.Invalid, ""},
		} {
			body := &watched{}
			_, err := u.PutPocketFile(c.ctx, app.PocketFile{Pocket: c.pocket, Name: c.file, Size: c.size, Body: body})
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				u.TB.Errorf("%s: %v", c.name, err)
			}
			if body.read {
				u.TB.Errorf("%s: the body was read", c.name)
			}
		}
		sized := func(name string, size int) apptest.Upload {
			return apptest.File(name, bytes.Repeat([]byte(name[:1]), size))
		}
		send := func(ctx context.Context, from, name string, size int) error {
			f := sized(name, size)
			_, err := u.PutPocketFile(ctx, app.PocketFile{Pocket: staging, Name: f.Name, Size: int64(size), Body: bytes.NewReader(f.Data), From: from})
			return err
		}
		for _, c := range []struct {
			from, name string
			size       int
			kind       problem.Kind // empty: it is taken
		}{
			{"192.0.2.1", "a", 100, ""}, {"192.0.2.1", "b", 60, problem.Full}, {"192.0.2.1", "b", 10, ""}, {"192.0.2.1", "c", 1, problem.Full},
			{"192.0.2.2", "d", 1, ""}, {"192.0.2.2", "e", 1, problem.Full},
		} {
			if err := send(anyone, c.from, c.name, c.size); c.kind == "" && err != nil || c.kind != "" && !problem.Is(err, c.kind) {
				u.TB.Errorf("%d bytes of %s from %s: %v", c.size, c.name, c.from, err)
			}
		}
		if err := send(u.Ctx, "192.0.2.1", "f", 900); err != nil { // strangers take nothing away from others
			u.TB.Error(err)
		}
		u.Advance(time.Hour)
		u.Done(u.CollectGarbage(u.Ctx, app.GC{}))
		if err := send(anyone, "192.0.2.1", "c", 1); err != nil {
			u.TB.Errorf("when what was abandoned is gone: %v", err)
		}
	})
}

// watched tells whether it was read.
type watched struct{ read bool }

func (w *watched) Read([]byte) (int, error) { w.read = true; return 0, nil }

func TestWhoSendsUnsignedUploadsMustBeKnown(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.pocket(staging, pocketRules{components: []string{"main"}, architectures: []string{"amd64"}, unsigned: true, keys: []*openpgp.SecretKey{u.key}})
		upload := func(version string, as func(built) apptest.Upload, ctx context.Context) (app.PocketReceipt, error) {
			files := []apptest.Upload{debOf(u, "hello", version, "amd64", "")}
			return u.sendAll(ctx, staging, files, as(built{version: version, files: files}))
		}
		stranger := signer(u.House, time.Time{}, time.Time{})
		publisher := u.bearer("publisher")
		for version, as := range map[string]func(built) apptest.Upload{
			"1": built.changes, "2": u.signed,
			"3": func(b built) apptest.Upload { return signChanges(u.House, b.changes(), stranger, time.Now()) },
		} {
			r := apptest.Must(upload(version, as, publisher))(u.TB)
			if want := version == "2"; (len(r.Taken.SignedBy) == 1) != want || r.Activity.CreatedBy != "publisher" {
				u.TB.Errorf("%s is signed by %+v, sent by %s", version, r.Taken.SignedBy, r.Activity.CreatedBy)
			}
			if log := apptest.Must(u.ActivityLog(u.Ctx, r.Activity.ID))(u.TB); version == "3" && (len(log) != 1 || !strings.Contains(log[0], "counts for nothing")) {
				u.TB.Errorf("the log of %s is %q", version, log)
			}
		}
		u.OpenUploads = true
		if r := apptest.Must(upload("4", built.changes, anyone))(u.TB); r.Activity.CreatedBy != "stranger" {
			u.TB.Errorf("sent by %q", r.Activity.CreatedBy)
		}
		u.has(staging, "hello 1", "hello 2", "hello 3", "hello 4")
	})
}

func TestFilesOfTheDistributionNeedNotComeAgain(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		release := staging
		release.Pocket = "release"
		u.pocket(release, pocketRules{components: []string{"main"}, architectures: []string{"amd64", "source"}, keys: []*openpgp.SecretKey{u.key}})
		elsewhere := app.PocketPath{Distribution: "debian", Series: "noble", Pocket: "staging"}
		u.pocket(elsewhere, pocketRules{components: []string{"main"}, architectures: []string{"amd64", "source"}, keys: []*openpgp.SecretKey{u.key}})
		orig := apptest.File("hello_1.orig.tar.xz", []byte("upstream"))
		first, second := apptest.File("hello_1-1.debian.tar.xz", []byte("1")), apptest.File("hello_1-2.debian.tar.xz", []byte("2"))
		one := built{architecture: "source", version: "1-1", distribution: "noble", files: []apptest.Upload{dsc("hello", "1-1", orig, first), orig, first}}
		apptest.Must(u.sendAll(anyone, release, one.files, u.signed(one)))(u.TB)
		two := built{architecture: "source", version: "1-2", files: []apptest.Upload{dsc("hello", "1-2", orig, second), second}}
		apptest.Must(u.sendAll(anyone, staging, two.files, u.signed(two)))(u.TB)
		u.has(staging, "hello 1-2")

		if _, err := u.sendAll(anyone, elsewhere, two.files, u.signed(two)); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "dpkg-buildpackage -sa") {
			u.TB.Errorf("in another distribution: %v", err)
		}
		changed := apptest.File(orig.Name, []byte("changed!"))
		three := built{architecture: "source", version: "1-3", files: []apptest.Upload{dsc("hello", "1-3", changed, second), changed, second}}
		if _, err := u.sendAll(anyone, staging, three.files, u.signed(three)); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "the file hello_1.orig.tar.xz of hello 1-") {
			u.TB.Errorf("with another .orig.tar: %v", err)
		}
		for _, b := range []built{
			{architecture: "source", version: "1-4", files: []apptest.Upload{dsc("hello", "1-5", orig, second), second}},
			{architecture: "source", version: "1-5", files: []apptest.Upload{dsc("hello", "1-5", apptest.File(orig.Name, []byte("x")), second), second}},
		} {
			if _, err := u.sendAll(anyone, staging, b.files, u.signed(b)); !problem.Is(err, problem.Invalid) {
				u.TB.Errorf("a .dsc file of another version, or with other parts: %v", err)
			}
		}
		u.has(staging, "hello 1-2")
	})
}

func TestSectionsSayTheComponent(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		for version, c := range map[string]struct{ section, component string }{"1": {"contrib/net", "contrib"}, "2": {"net", "main"}, "3": {"universe/net", "main"}, "4": {"/net", "main"}} {
			files := []apptest.Upload{debOf(u, "hello", version, "amd64", "")}
			r := apptest.Must(u.sendAll(anyone, staging, files, u.signed(built{version: version, section: c.section, files: files})))(u.TB)
			if got := r.Taken.Added[0].Component; got != c.component {
				u.TB.Errorf("the section %s leads to %s, not %s", c.section, got, c.component)
			}
		}
	})
}

func TestThePocketReleaseIsTheSeries(t *testing.T) {
	withUploads(t, func(u *uploads) {
		release := staging
		release.Pocket = "release"
		u.pocket(release, pocketRules{components: []string{"main"}, architectures: []string{"amd64"}, keys: []*openpgp.SecretKey{u.key}})
		for version, distribution := range map[string]string{"1": "noble", "2": "noble-release"} {
			files := []apptest.Upload{debOf(u, "hello", version, "amd64", "")}
			apptest.Must(u.sendAll(anyone, release, files, u.signed(built{version: version, distribution: distribution, files: files})))(u.TB)
		}
		u.has(release, "hello 1", "hello 2")
	})
}

func TestManyUploadsAtOnceAllLand(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		const many = 8
		var want []string
		var wg sync.WaitGroup
		errs := make([]error, many)
		for i := range many {
			version := fmt.Sprint(i + 1)
			want = append(want, "hello "+version, "hello-doc "+version)
			files := []apptest.Upload{debOf(u, "hello", version, "amd64", version), debOf(u, "hello-doc", version, "all", version)}
			c := u.signed(built{name: "hello_" + version + ".changes", version: version, architecture: "amd64 all", files: files})
			wg.Go(func() {
				var each sync.WaitGroup // the files of an upload too, with its .changes file
				for _, f := range files {
					each.Go(func() {
						if _, err := u.send(anyone, staging, f); err != nil {
							u.TB.Errorf("sending %s: %v", f.Name, err)
						}
					})
				}
				_, errs[i] = u.send(anyone, staging, c)
				each.Wait()
			})
		}
		wg.Wait()
		for i, err := range errs {
			if err != nil {
				u.TB.Errorf("upload %d: %v", i+1, err)
			}
		}
		u.has(staging, want...)
		if c := apptest.Must(u.Repo(u.Ctx, "ubuntu.noble.staging"))(u.TB); c.Revision != many {
			u.TB.Errorf("there are %d revisions", c.Revision)
		}
		u.Settled()
		p := apptest.Must(u.Publication(u.Ctx, "repository/standalone/ubuntu", "noble-staging"))(u.TB)
		if p.Packages != 2*many {
			u.TB.Errorf("published are %d packages", p.Packages)
		}
	})
}

func TestFilesThatWaitOutliveACollectionOfGarbage(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		b := built{files: []apptest.Upload{debOf(u, "hello", "1", "amd64", "")}}
		for _, f := range b.files {
			apptest.Must(u.send(anyone, staging, f))(u.TB)
		}
		a := u.Done(u.CollectGarbage(u.Ctx, app.GC{}))
		var r app.GCReport
		if err := json.Unmarshal(a.Result, &r); err != nil || r.Blobs != 0 {
			u.TB.Errorf("the collection removed %d files, %v", r.Blobs, err)
		}
		apptest.Must(u.send(anyone, staging, u.signed(b)))(u.TB)
		u.has(staging, "hello 1")
		scrub := apptest.Must(u.Scrub(u.Ctx, func(int, int64) {}))(u.TB)
		if !scrub.Clean() {
			u.TB.Errorf("the pool is %+v", scrub)
		}
	})
}

func TestNobodyCanReplaceAFileThatWaits(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		deb := debOf(u, "hello", "1", "amd64", "")
		b := built{files: []apptest.Upload{deb}}
		apptest.Must(u.send(anyone, staging, deb))(u.TB)
		apptest.Must(u.send(anyone, staging, debOf(u, "hello", "1", "amd64", "evil")))(u.TB)
		apptest.Must(u.send(anyone, staging, apptest.File(deb.Name, nil)))(u.TB)
		apptest.Must(u.send(anyone, staging, u.signed(b)))(u.TB)
		u.has(staging, "hello 1")
	})
}

func TestRefusedUploadsOfStrangersDoNotFillTheDatabase(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		for range 150 {
			if _, err := u.send(anyone, staging, apptest.File("x.changes", []byte("x"))); !problem.Is(err, problem.Untrusted) {
				u.TB.Fatal(err)
			}
		}
		if got := apptest.Must(u.Activities(u.Ctx, app.ActivityFilter{Type: "pocket.upload"}, app.Page{Limit: 500}))(u.TB).Items; len(got) != 100 {
			u.TB.Errorf("%d activities", len(got))
		}
		u.Advance(time.Hour)
		if _, err := u.send(anyone, staging, apptest.File("y.changes", []byte("x"))); err == nil || !strings.Contains(u.lastUpload().Summary, "y.changes") {
			u.TB.Errorf("in the next hour: %v, %+v", err, u.lastUpload())
		}
	})
}
