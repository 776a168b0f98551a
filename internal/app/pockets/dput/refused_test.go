package dput_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestUploadsThatAreRefused(t *testing.T) {
	withUploads(t, func(u *uploads) {
		lastYear := time.Now().AddDate(-1, 0, 0)
		expired, foreign := apptest.Signer(u.House, lastYear, lastYear.AddDate(0, 1, 0)), apptest.Signer(u.House, time.Time{}, time.Time{})
		rules := pocketRules{components: []string{"main"}, architectures: []string{"amd64"}, keys: []*openpgp.SecretKey{u.key, expired}}
		u.pocket(staging, rules)
		deb := debOf(u, "hello", "1", "amd64", "")
		one := []apptest.Upload{deb}
		good := u.signed(built{files: one})
		by := func(key *openpgp.SecretKey, at time.Time, b built) apptest.Upload {
			return apptest.SignChanges(u.House, b.changes(), key, at)
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
			{"no fields", one, apptest.SignChanges(u.House, apptest.File(good.Name, []byte("nonsense\n")), u.key, time.Now()), problem.Invalid, good.Name},
			{"two stanzas", one, u.signed(edited("Format:", "Format: 1.8\n\nFormat:")), problem.Invalid, ""},
			{"too long", one, apptest.File(good.Name, make([]byte, 1<<20+1)), problem.TooLarge, "more than 1048576 bytes"},

			{"another suite", one, u.signed(built{distribution: "noble", files: one}), problem.Invalid, "noble-staging"},
			{"no suite yet", one, u.signed(built{distribution: "UNRELEASED", files: one}), problem.Invalid, "dch -r -D noble-staging"},
			{"two suites", one, u.signed(built{distribution: "noble-staging noble", files: one}), problem.Invalid, "Distribution"},
			{"another architecture", []apptest.Upload{arm}, u.signed(built{architecture: "arm64", files: []apptest.Upload{arm}}), problem.Invalid, "no architecture arm64, only amd64"},
			{"sources", one, u.signed(built{architecture: "source amd64", files: one}), problem.Invalid, "no architecture source"},
			{"the installer's packages", nil, u.signed(built{files: []apptest.Upload{file("hello_1_amd64.udeb")}}), problem.Invalid, "--udebs"},
			{"no packages", nil, u.signed(built{files: []apptest.Upload{file("hello_1.buildinfo")}}), problem.Invalid, "no package"},
			{"an unsafe name", nil, u.signed(built{files: []apptest.Upload{deb, file(".hidden")}}), problem.Invalid, "not a safe file name"},
			{"a way out", one, u.signed(edited(deb.Name, "../"+deb.Name)), problem.Invalid, "Files"},
			{"a way down", one, u.signed(edited(deb.Name, "/etc/passwd")), problem.Invalid, "Files"},

			{"a file that did not come", one, u.signed(built{architecture: "amd64 all", files: []apptest.Upload{deb, all}}), problem.Invalid, all.Name + " is listed and was not uploaded"},
			{"another size", []apptest.Upload{longer}, u.signed(built{files: []apptest.Upload{newer}}), problem.Untrusted, "size mismatch"},
			{"no strong sums", one, u.signed(built{files: one, edit: func(text string) string { return text[:strings.Index(text, "Checksums-Sha256")] }}), problem.Untrusted, "without its SHA-256"},
			{"another MD5", one, u.signed(edited(fmt.Sprintf(" %s ", md5sum(deb)), " "+strings.Repeat("0", 32)+" ")), problem.Untrusted, "checksum mismatch MD5"},
			{"another SHA-1", one, u.signed(edited(fmt.Sprintf(" %s ", sha1sum(deb)), " "+strings.Repeat("0", 40)+" ")), problem.Untrusted, "checksum mismatch SHA1"},
			{"a package of nobody", []apptest.Upload{other}, u.signed(built{files: []apptest.Upload{other}}), problem.Invalid, "is not a package of the upload"},
			{"an architecture that is not told", []apptest.Upload{arm}, u.signed(built{files: []apptest.Upload{arm}}), problem.Invalid, "is not a package of the upload"},
			{"of another source", []apptest.Upload{foreignSource}, u.signed(built{files: []apptest.Upload{foreignSource}}), problem.Invalid, "built from the source hello-doc"},
			{"no package by its content", []apptest.Upload{file("hello_1_amd64.deb")}, u.signed(built{files: []apptest.Upload{file("hello_1_amd64.deb")}}), problem.Invalid, "hello_1_amd64.deb"},
		} {
			before := apptest.Must(u.Activities.List(u.Ctx, activities.Filter{Type: "pocket.upload"}, usecase.Page{Limit: 1}))(u.TB).Items
			_, err := u.sendAll(anyone, staging, c.sent, c.changes)
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				u.TB.Errorf("%s: %v (%s)", c.name, err, problem.KindOf(err))
				continue
			}
			x := u.lastUpload()
			if len(before) > 0 && before[0].ID == x.ID || x.Status != "failed" || x.Error.Kind != c.kind || !strings.Contains(x.Error.Problem().Error(), c.says) {
				u.TB.Errorf("%s: the activity is %+v, %+v", c.name, x, x.Error)
			}
			// Whose key signed is told as soon as that is sure.
			signed := strings.Contains(strings.Join(apptest.Must(u.Activities.Log(u.Ctx, x.ID))(u.TB), "\n"), u.key.Fingerprint())
			if sure := c.kind == problem.Invalid; sure && !signed || signed && strings.Contains(c.says, "does not") {
				u.TB.Errorf("%s: the activity's log tells of the key: %v", c.name, signed)
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
		limits := dput.UploadLimits{File: 100, Keep: time.Hour}
		limits.Sender.Files, limits.Sender.Bytes, limits.All.Files, limits.All.Bytes = 2, 150, 3, 1000
		u.Settings.UploadLimits = func(stranger bool) dput.UploadLimits {
			if stranger {
				return limits
			}
			return dput.UploadLimits{File: 1000, Sender: limits.All, All: limits.All, Keep: time.Hour}
		}
		for _, c := range []struct {
			name   string
			ctx    context.Context
			pocket pockets.Path
			file   string
			size   int64
			kind   problem.Kind
			says   string
		}{
			{"no such pocket", u.Ctx, pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: "none"}, "a.deb", 1, problem.NotFound, ""},
			{"no such distribution", u.Ctx, pockets.Path{Distribution: "none", Series: "noble", Pocket: "staging"}, "a.deb", 1, problem.NotFound, ""},
			{"a pocket without keys", anyone, nobody, "a.deb", 1, problem.Conflict, "no uploader keys"},
			{"a pocket without keys, somebody", u.Ctx, nobody, "a.deb", 1, problem.Conflict, "no uploader keys"},
			{"a pocket for unsigned uploads, nobody", anyone, open, "a.deb", 1, problem.Unauthenticated, "fqdn = http://USER:TOKEN@HOST"},
			{"a pocket for unsigned uploads, without the right", reader, open, "a.changes", 1, problem.Denied, "so the sender needs a permission"},
			{"a way out", anyone, staging, "../a.deb", 1, problem.Invalid, "not a safe file name"},
			{"a hidden file", anyone, staging, ".a.deb", 1, problem.Invalid, "not a safe file name"},
			{"an option", anyone, staging, "-a.deb", 1, problem.Invalid, "not a safe file name"},
			{"a line", anyone, staging, "a\n.deb", 1, problem.Invalid, "not a safe file name"},
			{"a long name", anyone, staging, strings.Repeat("a", 300) + ".deb", 1, problem.Invalid, "not a safe file name"},
			{"a long file", anyone, staging, "a.deb", 101, problem.TooLarge, "the limit is 100"},
			{"an absurd file", anyone, staging, "a.deb", 1<<63 - 1, problem.TooLarge, "the limit is 100"},
			{"a file shorter than none", anyone, staging, "a.deb", -1, problem.Invalid, ""},
		} {
			body := &watched{}
			_, err := u.Dput.Put(c.ctx, dput.File{Pocket: c.pocket, Name: c.file, Size: c.size, Body: body})
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
			_, err := u.Dput.Put(ctx, dput.File{Pocket: staging, Name: f.Name, Size: int64(size), Body: bytes.NewReader(f.Data), From: from})
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
		u.Done(u.Garbage.Collect(u.Ctx, garbage.GC{}))
		if err := send(anyone, "192.0.2.1", "c", 1); err != nil {
			u.TB.Errorf("when what was abandoned is gone: %v", err)
		}
	})
}

// watched tells whether it was read.
type watched struct{ read bool }

func (w *watched) Read([]byte) (int, error) { w.read = true; return 0, nil }

func TestRefusedUploadsOfStrangersDoNotFillTheDatabase(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		for range 150 {
			if _, err := u.send(anyone, staging, apptest.File("x.changes", []byte("x"))); !problem.Is(err, problem.Untrusted) {
				u.TB.Fatal(err)
			}
		}
		if got := apptest.Must(u.Activities.List(u.Ctx, activities.Filter{Type: "pocket.upload"}, usecase.Page{Limit: 500}))(u.TB).Items; len(got) != 100 {
			u.TB.Errorf("%d activities", len(got))
		}
		u.Advance(time.Hour)
		if _, err := u.send(anyone, staging, apptest.File("y.changes", []byte("x"))); err == nil || !strings.Contains(u.lastUpload().Summary, "y.changes") {
			u.TB.Errorf("in the next hour: %v, %+v", err, u.lastUpload())
		}
	})
}
