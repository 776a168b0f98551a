package dput_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestASignedUploadComesFromAnybody(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		orig := apptest.File("hello_1.orig.tar.xz", []byte("upstream"))
		source := apptest.Dsc("hello", "1", orig)
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
		u.Done(u.Activities.Get(u.Ctx, r.Taken.Publish))
		if text := u.Read("repository/standalone/ubuntu/dists/noble-staging/main/binary-amd64/Packages.gz"); len(text) == 0 {
			u.TB.Error("nothing is published")
		}
		x := u.lastUpload()
		if x.Status != "done" || x.ID != r.Activity.ID || x.CreatedBy != "key:"+r.Taken.SignedBy[0].Key || !strings.Contains(x.Summary, c.Name) {
			u.TB.Errorf("the activity is %+v", x)
		}
		log := apptest.Must(u.Activities.Log(u.Ctx, x.ID))(u.TB)
		if len(log) != 2 || log[0] != c.Name+" from 192.0.2.1" || !strings.Contains(log[1], u.key.Fingerprint()) {
			u.TB.Errorf("the log of the activity is %q", log)
		}
		audit := apptest.Must(u.Audit.Log(u.Ctx, audit.Filter{Action: "pocket.upload"}, usecase.Page{}))(u.TB)
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
		u.Settled()                                            // what is published needs no other release
		for _, again := range [][]apptest.Upload{nil, {deb}} { // without its files too
			r := apptest.Must(u.sendAll(anyone, staging, again, c))(u.TB)
			if !r.Taken.Again || len(r.Taken.Added) != 0 || r.Taken.Publish != 0 {
				u.TB.Errorf("again: %+v", r.Taken)
			}
		}
		// The same content under another signature is no news either.
		anew := apptest.SignChanges(u.House, b.changes(), u.key, time.Now().Add(time.Hour))
		if r := apptest.Must(u.sendAll(anyone, staging, b.files, anew))(u.TB); r.Taken.Again || len(r.Taken.Added) != 0 || r.Taken.Publish != 0 {
			u.TB.Errorf("signed again: %+v", r.Taken)
		}
		if c := apptest.Must(u.Repos.Get(u.Ctx, "ubuntu.noble.staging"))(u.TB); c.Revision != 1 {
			u.TB.Errorf("there are %d revisions", c.Revision)
		}
		u.remove(staging, "hello")
		for _, old := range []apptest.Upload{c, anew} {
			_, err := u.sendAll(anyone, staging, b.files, old)
			if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "was uploaded before") {
				u.TB.Errorf("after its packages were removed: %v", err)
			}
		}
		u.has(staging)
		apptest.Must(u.sendAll(anyone, staging, b.files, apptest.SignChanges(u.House, b.changes(), u.key, time.Now().Add(2*time.Hour))))(u.TB)
		u.has(staging, "hello 1")
	})
}

func TestWhoSendsUnsignedUploadsMustBeKnown(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.pocket(staging, pocketRules{components: []string{"main"}, architectures: []string{"amd64"}, unsigned: true, keys: []*openpgp.SecretKey{u.key}})
		upload := func(version string, as func(built) apptest.Upload, ctx context.Context) (dput.Receipt, error) {
			files := []apptest.Upload{debOf(u, "hello", version, "amd64", "")}
			return u.sendAll(ctx, staging, files, as(built{version: version, files: files}))
		}
		stranger := apptest.Signer(u.House, time.Time{}, time.Time{})
		publisher := u.bearer("publisher")
		for version, as := range map[string]func(built) apptest.Upload{
			"1": built.changes, "2": u.signed,
			"3": func(b built) apptest.Upload { return apptest.SignChanges(u.House, b.changes(), stranger, time.Now()) },
		} {
			r := apptest.Must(upload(version, as, publisher))(u.TB)
			if want := version == "2"; (len(r.Taken.SignedBy) == 1) != want || r.Activity.CreatedBy != "publisher" {
				u.TB.Errorf("%s is signed by %+v, sent by %s", version, r.Taken.SignedBy, r.Activity.CreatedBy)
			}
			if log := apptest.Must(u.Activities.Log(u.Ctx, r.Activity.ID))(u.TB); version == "3" && (len(log) != 2 || !strings.Contains(log[1], "has no effect")) {
				u.TB.Errorf("the log of %s is %q", version, log)
			}
		}
		u.Settings.OpenUploads = true
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
		elsewhere := pockets.Path{Distribution: "debian", Series: "noble", Pocket: "staging"}
		u.pocket(elsewhere, pocketRules{components: []string{"main"}, architectures: []string{"amd64", "source"}, keys: []*openpgp.SecretKey{u.key}})
		orig := apptest.File("hello_1.orig.tar.xz", []byte("upstream"))
		first, second := apptest.File("hello_1-1.debian.tar.xz", []byte("1")), apptest.File("hello_1-2.debian.tar.xz", []byte("2"))
		one := built{architecture: "source", version: "1-1", distribution: "noble", files: []apptest.Upload{apptest.Dsc("hello", "1-1", orig, first), orig, first}}
		apptest.Must(u.sendAll(anyone, release, one.files, u.signed(one)))(u.TB)
		two := built{architecture: "source", version: "1-2", files: []apptest.Upload{apptest.Dsc("hello", "1-2", orig, second), second}}
		apptest.Must(u.sendAll(anyone, staging, two.files, u.signed(two)))(u.TB)
		u.has(staging, "hello 1-2")

		if _, err := u.sendAll(anyone, elsewhere, two.files, u.signed(two)); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "dpkg-buildpackage -sa") {
			u.TB.Errorf("in another distribution: %v", err)
		}
		changed := apptest.File(orig.Name, []byte("changed!"))
		three := built{architecture: "source", version: "1-3", files: []apptest.Upload{apptest.Dsc("hello", "1-3", changed, second), changed, second}}
		if _, err := u.sendAll(anyone, staging, three.files, u.signed(three)); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "the file hello_1.orig.tar.xz of hello 1-") {
			u.TB.Errorf("with another .orig.tar: %v", err)
		}
		for _, b := range []built{
			{architecture: "source", version: "1-4", files: []apptest.Upload{apptest.Dsc("hello", "1-5", orig, second), second}},
			{architecture: "source", version: "1-5", files: []apptest.Upload{apptest.Dsc("hello", "1-5", apptest.File(orig.Name, []byte("x")), second), second}},
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
		u.Settings.UploadPatience = time.Minute // files and .changes files start together
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
		if c := apptest.Must(u.Repos.Get(u.Ctx, "ubuntu.noble.staging"))(u.TB); c.Revision != many {
			u.TB.Errorf("there are %d revisions", c.Revision)
		}
		u.Settled()
		p := apptest.Must(u.Publications.Get(u.Ctx, "repository/standalone/ubuntu", "noble-staging"))(u.TB)
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
		a := u.Done(u.Garbage.Collect(u.Ctx, garbage.GC{}))
		var r garbage.GCReport
		if err := json.Unmarshal(a.Result, &r); err != nil || r.Blobs != 0 {
			u.TB.Errorf("the collection removed %d files, %v", r.Blobs, err)
		}
		apptest.Must(u.send(anyone, staging, u.signed(b)))(u.TB)
		u.has(staging, "hello 1")
		scrub := apptest.Must(u.Garbage.Scrub(u.Ctx, func(int, int64) {}))(u.TB)
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

// reading calls something before a body is read.
type reading struct {
	*bytes.Reader
	before func()
}

func (r *reading) Read(p []byte) (int, error) {
	if r.before != nil {
		r.before()
		r.before = nil
	}
	return r.Reader.Read(p)
}

func TestAChangesFileWaitsForFilesOnTheirWay(t *testing.T) {
	withUploads(t, func(u *uploads) {
		u.makeStaging()
		deb := debOf(u, "hello", "1", "amd64", "")
		c := u.signed(built{files: []apptest.Upload{deb}})
		apptest.Must(u.send(anyone, staging, apptest.File(deb.Name, []byte("an attempt that went wrong"))))(u.TB)
		taken := make(chan error)
		body := &reading{bytes.NewReader(deb.Data), func() {
			go func() { // while the file is coming; its patience is far shorter than what follows
				_, err := u.send(anyone, staging, c)
				taken <- err
			}()
			time.Sleep(50 * time.Millisecond)
		}}
		if _, err := u.Dput.Put(anyone, dput.File{Pocket: staging, Name: deb.Name, Size: int64(len(deb.Data)), Body: body}); err != nil {
			u.TB.Fatal(err)
		}
		if err := <-taken; err != nil {
			u.TB.Error(err)
		}
		u.has(staging, "hello 1")
	})
}

func TestAPocketThatChangesMeanwhileIsAskedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		change func(u *uploads) error
		kind   problem.Kind // empty: it is taken
	}{
		"another architecture": {func(u *uploads) error {
			_, err := u.Pockets.Edit(u.Ctx, staging, pockets.PocketEdit{Architectures: &[]string{"arm64"}})
			return err
		}, problem.Conflict},
		"without the uploader": {func(u *uploads) error {
			_, err := u.Pockets.RemoveUploaders(u.Ctx, staging, []string{u.key.Fingerprint()})
			return err
		}, problem.Conflict},
		"dropped, and what waited with it": {func(u *uploads) error { return u.Pockets.Drop(u.Ctx, staging) }, problem.Invalid},
		"with another uploader": {func(u *uploads) error {
			_, err := u.Pockets.AddUploaders(u.Ctx, staging, []string{"archive"})
			return err
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			withUploads(t, func(u *uploads) {
				u.makeStaging()
				b := built{files: []apptest.Upload{debOf(u, "hello", "1", "amd64", "")}}
				f := u.signed(b)
				apptest.Must(u.send(anyone, staging, b.files[0]))(u.TB)
				body := &reading{bytes.NewReader(f.Data), func() {
					if err := c.change(u); err != nil {
						u.TB.Error(err)
					}
				}}
				_, err := u.Dput.Put(anyone, dput.File{Pocket: staging, Name: f.Name, Size: int64(len(f.Data)), Body: body})
				if c.kind == "" && err != nil || c.kind != "" && !problem.Is(err, c.kind) {
					u.TB.Errorf("the upload: %v", err)
				}
				if c.kind == problem.Conflict {
					u.has(staging)
				}
			})
		})
	}
}
