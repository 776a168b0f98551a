package app_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

func TestASyncBringsWhatIsNewAndDropsWhatIsGone(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		f.unchanged()
		next := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		f.upstream.Switch(next.whole(f.TB, f.key))
		a := f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		if got := f.Names("mirror:m"); !slices.Equal(got, []string{"hello 2", "other 1"}) {
			f.TB.Errorf("got %q", got)
		}
		if !strings.Contains(string(a.Result), `"downloaded":1`) {
			f.TB.Errorf("one package is new, but %s", a.Result)
		}
		log := apptest.Must(f.CollectionLog(f.Ctx, apptest.Must(app.ParseRef("", "mirror:m"))(f.TB), app.Page{}))(f.TB)
		if len(log.Items) != 2 || log.Items[0].Added != 1 || log.Items[0].Removed != 1 {
			f.TB.Errorf("history: %+v", log.Items)
		}
	})
}

func TestAnUnchangedUpstreamCostsOneRequest(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		n := len(f.upstream.Requests("/"))
		a := f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		if got := f.upstream.Requests("/")[n:]; len(got) != 1 || !strings.HasSuffix(got[0].Path, "/InRelease") {
			f.TB.Errorf("asked for %d files: %+v", len(got), got)
		}
		if !strings.Contains(string(a.Result), `"unchanged":true`) {
			f.TB.Errorf("result %s", a.Result)
		}
	})
}

// TestUpstreamsThatAreNotToBeTrusted: each gives a clear error and leaves the
// mirror as it was.
func TestUpstreamsThatAreNotToBeTrusted(t *testing.T) {
	t.Parallel()
	flip := func(data []byte, at string) []byte {
		data = slices.Clone(data)
		data[bytes.Index(data, []byte(at))] ^= 1
		return data
	}
	for _, c := range []struct {
		name  string
		spoil func(*follower, *archive) // gets the archive with hello 2, not indexed yet
		says  string
	}{
		{"signed by another key", func(f *follower, a *archive) { a.index(f.TB); a.sign(f.TB, newKey(f.TB)) }, "unknown"},
		{"signed by a key that expired", func(f *follower, a *archive) {
			expired := apptest.Must(openpgp.Generate(openpgp.Params{Name: "Old", Created: time.Now().Add(-48 * time.Hour), Expires: time.Now().Add(-24 * time.Hour)}))(f.TB)
			m := apptest.Must(f.Mirror(f.Ctx, "m"))(f.TB)
			m.Config.Keyring = string(apptest.Must(expired.Public().Armored())(f.TB))
			apptest.Must(f.EditMirror(f.Ctx, "m", m.Config))(f.TB)
			a.at = time.Now().Add(-25 * time.Hour)
			a.index(f.TB)
			a.sign(f.TB, expired)
		}, "expired"},
		{"not signed at all", func(f *follower, a *archive) {
			a.index(f.TB)
			a.sign(f.TB, f.key)
			a.files["dists/stable/Release"], a.inline = []byte(a.release), nil
		}, "not signed"},
		{"InRelease without a signature", func(f *follower, a *archive) { a.index(f.TB); a.sign(f.TB, f.key); a.inline = []byte(a.release) }, "not signed"},
		{"text before the signed block", func(f *follower, a *archive) {
			a.index(f.TB)
			a.sign(f.TB, f.key)
			a.inline = append([]byte("Suite: evil\n"), a.inline...)
		}, "before"},
		{"text after the signed block", func(f *follower, a *archive) {
			a.index(f.TB)
			a.sign(f.TB, f.key)
			a.inline = append(a.inline, "Suite: evil\n"...)
		}, "after"},
		{"one byte changed in Release", func(f *follower, a *archive) {
			a.index(f.TB)
			a.sign(f.TB, f.key)
			a.inline = flip(a.inline, "main/binary")
		}, "signature"},
		{"one byte changed in Packages", func(f *follower, a *archive) {
			a.index(f.TB)
			a.sign(f.TB, f.key)
			a.files[packagesPath+".gz"][20] ^= 1
		}, "SHA-256"},
		{"one byte changed in a package", func(f *follower, a *archive) {
			a.index(f.TB)
			a.sign(f.TB, f.key)
			a.files["pool/hello_2_amd64.deb"] = flip(a.files["pool/hello_2_amd64.deb"], "usr/share")
		}, "SHA-256"},
		{"a package without SHA-256", func(f *follower, a *archive) {
			a.packages = a.packages[:strings.LastIndex(a.packages, "SHA256")] + "MD5sum: d41d8cd98f00b204e9800998ecf8427e\n\n"
			a.index(f.TB)
			a.sign(f.TB, f.key)
		}, "no SHA-256"},
		{"a path out of the archive", func(f *follower, a *archive) {
			a.packages = strings.ReplaceAll(a.packages, "Filename: pool/", "Filename: ../../etc/")
			a.index(f.TB)
			a.sign(f.TB, f.key)
		}, "not a path below"},
		{"an absolute path", func(f *follower, a *archive) {
			a.packages = strings.ReplaceAll(a.packages, "Filename: pool/", "Filename: /etc/")
			a.index(f.TB)
			a.sign(f.TB, f.key)
		}, "not a path below"},
		{"an index that grows a thousandfold", func(f *follower, a *archive) {
			honest := a.packages
			a.packages += strings.Repeat("X", 64<<20) + "\n"
			a.index(f.TB)
			a.packages = honest
			a.sign(f.TB, f.key)
		}, "more than"},
		{"a Release that expired", func(f *follower, a *archive) {
			a.extra = "Valid-Until: " + time.Now().Add(-time.Minute).UTC().Format(time.RFC1123) + "\n"
			a.index(f.TB)
			a.sign(f.TB, f.key)
		}, "expired"},
		{"a Release of the day after tomorrow", func(f *follower, a *archive) {
			a.index(f.TB)
			a.at = time.Now().Add(48 * time.Hour)
			a.sign(f.TB, f.key)
			at := a.at
			signed := apptest.Must(openpgp.ClearSign(f.Ctx, []byte(a.release), time.Now(), f.key))(f.TB)
			a.inline, a.at = signed, at
		}, "future"},
		{"a Release older than the last", func(f *follower, a *archive) {
			a.index(f.TB)
			a.at = time.Now().Add(-3 * time.Hour)
			a.sign(f.TB, f.key)
		}, "back in time"},
		{"a Release that lists nothing wanted", func(f *follower, a *archive) {
			a.index(f.TB)
			delete(a.files, packagesPath+".gz")
			a.sign(f.TB, f.key)
			a.release = a.release[:strings.Index(a.release, "SHA256:\n")] + "SHA256:\n " + digest.Of(nil).String() + " 0 main/binary-s390x/Packages\n"
			a.inline = apptest.Must(openpgp.ClearSign(f.Ctx, []byte(a.release), a.at, f.key))(f.TB)
		}, "nothing that is wanted"},
		{"a Release with weak sums only", func(f *follower, a *archive) {
			a.index(f.TB)
			a.sign(f.TB, f.key)
			a.release = strings.Replace(a.release, "SHA256:", "MD5Sum:", 1)
			a.inline = apptest.Must(openpgp.ClearSign(f.Ctx, []byte(a.release), a.at, f.key))(f.TB)
		}, "no SHA-256"},
		{"a package that is not there", func(f *follower, a *archive) {
			delete(a.files, "pool/hello_2_amd64.deb")
			a.index(f.TB)
			a.sign(f.TB, f.key)
		}, "404"},
		{"an index that is not there", func(f *follower, a *archive) { a.index(f.TB); a.sign(f.TB, f.key); delete(a.files, packagesPath+".gz") }, "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			follow(t, func(f *follower) {
				next := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
				c.spoil(f, next)
				f.serve(next)
				f.refused(c.says)
			})
		})
	}
}

// TestUpstreamsThatFailForAMoment: the sync copes, or tells what happened and
// succeeds the next time.
func TestUpstreamsThatFailForAMoment(t *testing.T) {
	t.Parallel()
	const deb = "/pool/hello_2_amd64.deb"
	for _, c := range []struct {
		name  string
		fault testkit.Fault
		times int    // how many requests it spoils; 0: all
		says  string // the error; empty: none
	}{
		{"an answer 500, then the file", testkit.Status(500), 2, ""},
		{"an answer 503 for ever", testkit.Status(503), 0, "503"},
		{"an answer 403", testkit.Status(403), 0, "403"},
		{"a connection cut half way, again and again", testkit.CutAfter(50_000), 3, ""},
		{"a Content-Length that says too much", testkit.WrongLength(1000), 0, "bytes"},
		{"a Content-Length that says too little", testkit.WrongLength(-1000), 0, "bytes"},
		{"a body without end", testkit.Endless(), 0, "expected"},
		{"other bytes once", testkit.OtherBytes(), 1, ""},
		{"other bytes always", testkit.OtherBytes(), 0, "SHA-256"},
		{"a page of a hotel", testkit.Body([]byte("<html>please sign in</html>")), 0, "bytes"},
		{"silence after the first bytes", testkit.NewStall(1000).Fault, 0, "no byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			follow(t, func(f *follower) {
				next := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", strings.Repeat("0123456789", 20_000)), apptest.Deb(f.TB, "other", "1", "all", ""))
				f.upstream.Switch(next.whole(f.TB, f.key))
				f.upstream.Inject(deb, c.times, c.fault)
				if c.says != "" {
					f.refused(c.says)
					f.upstream.Heal()
				}
				f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
				if got := f.Names("mirror:m"); !slices.Equal(got, []string{"hello 2", "other 1"}) {
					f.TB.Errorf("in the end the mirror has %q", got)
				}
			})
		})
	}
}

func TestACutDownloadGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		next := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", strings.Repeat("0123456789", 20_000)), apptest.Deb(f.TB, "other", "1", "all", ""))
		f.upstream.Switch(next.whole(f.TB, f.key))
		f.upstream.Inject("/pool/hello_2_amd64.deb", 1, testkit.CutAfter(150_000))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		resumed := slices.ContainsFunc(f.upstream.Requests("/"), func(r testkit.Request) bool {
			return strings.HasSuffix(r.Path, "hello_2_amd64.deb") && strings.HasPrefix(r.Header.Get("Range"), "bytes=1")
		})
		if !resumed {
			f.TB.Error("no request had a Range")
		}
	})
}

func TestASuiteThatShrinksIsTakenOverOnlyByForce(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		big := newArchive(f.TB)
		for i := range 30 {
			big.add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("p%02d", i), "1", "all", ""))
		}
		f.upstream.Switch(big.whole(f.TB, f.key))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		f.upstream.Switch(f.good().whole(f.TB, f.key))
		a := f.Wait(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		if a.Status != "failed" || !strings.Contains(a.Error.Message, "dropped 30 of 30") || !strings.Contains(a.Error.Hint, "--force") {
			f.TB.Errorf("%s %+v", a.Status, a.Error)
		}
		if n := len(f.Names("mirror:m")); n != 30 {
			f.TB.Errorf("%d packages are left", n)
		}
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{Force: true}))
		f.unchanged()
	})
}

func TestOnlyChosenPackagesAreFetched(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		f.create("some", func(c *app.MirrorConfig) { c.Packages = []string{"hel*"} })
		f.Done(f.SyncMirror(f.Ctx, "some", app.SyncOptions{}))
		if got := f.Names("mirror:some"); !slices.Equal(got, []string{"hello 1"}) {
			f.TB.Errorf("got %q", got)
		}
	})
}

func TestFlatUnsignedAndFileUpstreams(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		a := f.good()
		a.index(f.TB)
		dir := a.write(f.TB)
		flat := map[string][]byte{"Packages.gz": a.files[packagesPath+".gz"]}
		release := fmt.Sprintf("Date: %s\nSHA256:\n %s %d Packages.gz\n", a.at.UTC().Format(time.RFC1123), digest.Of(flat["Packages.gz"]), len(flat["Packages.gz"]))
		flat["Release"] = []byte(release)
		for name, data := range flat {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				f.TB.Fatal(err)
			}
		}
		f.create("flat", func(c *app.MirrorConfig) { c.URL, c.Suite, c.Keyring = "file://"+dir, "./", "" })
		f.Done(f.SyncMirror(f.Ctx, "flat", app.SyncOptions{}))
		if got := f.Names("mirror:flat"); !slices.Equal(got, before) {
			f.TB.Errorf("got %q", got)
		}
	})
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		for field, edit := range map[string]func(*app.MirrorConfig){
			"url":           func(c *app.MirrorConfig) { c.URL = "ftp://example.org/" },
			"suite":         func(c *app.MirrorConfig) { c.Suite = "../x" },
			"components":    func(c *app.MirrorConfig) { c.Suite, c.Components = "./", []string{"main"} },
			"architectures": func(c *app.MirrorConfig) { c.Architectures = []string{"source"} },
			"packages":      func(c *app.MirrorConfig) { c.Packages = []string{"["} },
			"keyring":       func(c *app.MirrorConfig) { c.Keyring = "not a key" },
			"shrink_guard":  func(c *app.MirrorConfig) { c.ShrinkGuard = 101 },
		} {
			c := app.MirrorConfig{URL: f.upstream.URL(), Suite: "stable"}
			edit(&c)
			_, err := f.CreateMirror(f.Ctx, app.NewMirror{Name: "bad", Config: c})
			if err == nil || !strings.HasPrefix(err.Error(), field+": ") {
				f.TB.Errorf("%s: %v", field, err)
			}
		}
		f.create("absent", func(c *app.MirrorConfig) { c.Components = []string{"contrib"} })
		a := f.Wait(f.SyncMirror(f.Ctx, "absent", app.SyncOptions{}))
		if a.Status != "failed" || !strings.Contains(a.Error.Message, `no component "contrib"`) {
			f.TB.Errorf("%+v", a.Error)
		}
	})
}

// fullDisk is a disk that has no room while it is full.
type fullDisk struct {
	file.FS
	full *atomic.Bool
}

func (d fullDisk) OpenFile(name string, flag int, perm fs.FileMode) (file.File, error) {
	f, err := d.FS.OpenFile(name, flag, perm)
	return fullFile{f, d.full}, err
}

type fullFile struct {
	file.File
	full *atomic.Bool
}

func (f fullFile) Write(p []byte) (int, error) {
	if f.full.Load() {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, syscall.ENOSPC
	}
	return f.File.Write(p)
}

func TestAFullDiskChangesNothing(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	disk := func(d file.FS) file.FS { return fullDisk{d, &full} }
	followOn(t, disk, func(f *follower) {
		f.Publish("mirror:m")
		next := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		f.upstream.Switch(next.whole(f.TB, f.key))
		full.Store(true)
		f.refused("no space")
		full.Store(false)

		var pages int64
		limit := func(n int64) {
			err := f.DB.Tx(f.Ctx, func(tx *db.Tx) error {
				if n == 0 {
					if err := tx.QueryRow(f.Ctx, "PRAGMA page_count").Scan(&pages); err != nil {
						return err
					}
					n = pages
				}
				var now int64
				return tx.QueryRow(f.Ctx, fmt.Sprintf("PRAGMA max_page_count = %d", n)).Scan(&now)
			})
			if err != nil {
				f.TB.Fatal(err)
			}
		}
		limit(0)
		big := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		for i := range 100 {
			big.add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("fill%03d", i), "1", "all", ""))
		}
		f.upstream.Switch(big.whole(f.TB, f.key))
		f.refused("full")
		limit(1 << 30)

		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		full.Store(true)
		failed := f.Wait(f.UpdatePublication(f.Ctx, "debian", "stable", app.PublicationEdit{}))
		if failed.Status != "failed" || failed.Error.Kind != "full" {
			f.TB.Errorf("publishing on a full disk: %s %+v", failed.Status, failed.Error)
		}
		if text := f.Read("debian/dists/stable/main/binary-amd64/Packages"); strings.Contains(text, "Version: 2") {
			f.TB.Error("a publish that failed is seen")
		}
		full.Store(false)
		f.Update()
		if report := apptest.Must(f.Scrub(f.Ctx, func(int, int64) {}))(f.TB); !report.Clean() {
			f.TB.Errorf("scrub: %+v", report)
		}
	})
}
