package mirrors_test

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

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

func TestASyncBringsWhatIsNewAndDropsWhatIsGone(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		f.Unchanged()
		next := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		f.Upstream.Switch(next.Whole(f.TB, f.Key))
		a := f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if got := f.Names("mirror:m"); !slices.Equal(got, []string{"hello 2", "other 1"}) {
			f.TB.Errorf("got %q", got)
		}
		if !strings.Contains(string(a.Result), `"downloaded":1`) {
			f.TB.Errorf("one package is new, but %s", a.Result)
		}
		log := apptest.Must(f.Collections.History(f.Ctx, apptest.Must(collections.ParseRef("", "mirror:m"))(f.TB), usecase.Page{}))(f.TB)
		if len(log.Items) != 2 || log.Items[0].Added != 1 || log.Items[0].Removed != 1 {
			f.TB.Errorf("history: %+v", log.Items)
		}
	})
}

func TestAnUnchangedUpstreamCostsOneRequest(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		n := len(f.Upstream.Requests("/"))
		a := f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if got := f.Upstream.Requests("/")[n:]; len(got) != 1 || !strings.HasSuffix(got[0].Path, "/InRelease") {
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
		spoil func(*apptest.Follower, *apptest.Archive) // gets the archive with hello 2, not indexed yet
		says  string
	}{
		{"signed by another key", func(f *apptest.Follower, a *apptest.Archive) { a.Index(f.TB); a.Sign(f.TB, apptest.NewKey(f.TB)) }, "unknown"},
		{"signed by a key that expired", func(f *apptest.Follower, a *apptest.Archive) {
			expired := apptest.Must(openpgp.Generate(openpgp.Params{Name: "Old", Created: time.Now().Add(-48 * time.Hour), Expires: time.Now().Add(-24 * time.Hour)}))(f.TB)
			m := apptest.Must(f.Mirrors.Get(f.Ctx, "m"))(f.TB)
			m.Config.Keyring = string(apptest.Must(expired.Public().Armored())(f.TB))
			apptest.Must(f.Mirrors.Edit(f.Ctx, "m", m.Config))(f.TB)
			a.At = time.Now().Add(-25 * time.Hour)
			a.Index(f.TB)
			a.Sign(f.TB, expired)
		}, "expired"},
		{"not signed at all", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Files["dists/stable/Release"], a.Inline = []byte(a.Release), nil
		}, "not signed"},
		{"InRelease without a signature", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Inline = []byte(a.Release)
		}, "not signed"},
		{"text before the signed block", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Inline = append([]byte("Suite: evil\n"), a.Inline...)
		}, "before"},
		{"text after the signed block", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Inline = append(a.Inline, "Suite: evil\n"...)
		}, "after"},
		{"one byte changed in Release", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Inline = flip(a.Inline, "main/binary")
		}, "signature"},
		{"one byte changed in Packages", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Files[apptest.PackagesPath+".gz"][20] ^= 1
		}, "SHA-256"},
		{"one byte changed in a package", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Files["pool/hello_2_amd64.deb"] = flip(a.Files["pool/hello_2_amd64.deb"], "usr/share")
		}, "SHA-256"},
		{"a package without SHA-256", func(f *apptest.Follower, a *apptest.Archive) {
			a.Packages = a.Packages[:strings.LastIndex(a.Packages, "SHA256")] + "MD5sum: d41d8cd98f00b204e9800998ecf8427e\n\n"
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
		}, "no SHA-256"},
		{"a path out of the archive", func(f *apptest.Follower, a *apptest.Archive) {
			a.Packages = strings.ReplaceAll(a.Packages, "Filename: pool/", "Filename: ../../etc/")
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
		}, "not a path below"},
		{"an absolute path", func(f *apptest.Follower, a *apptest.Archive) {
			a.Packages = strings.ReplaceAll(a.Packages, "Filename: pool/", "Filename: /etc/")
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
		}, "not a path below"},
		{"an index that grows a thousandfold", func(f *apptest.Follower, a *apptest.Archive) {
			honest := a.Packages
			a.Packages += strings.Repeat("X", 64<<20) + "\n"
			a.Index(f.TB)
			a.Packages = honest
			a.Sign(f.TB, f.Key)
		}, "more than"},
		{"a Release that expired", func(f *apptest.Follower, a *apptest.Archive) {
			a.Extra = "Valid-Until: " + time.Now().Add(-time.Minute).UTC().Format(time.RFC1123) + "\n"
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
		}, "expired"},
		{"a Release of the day after tomorrow", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.At = time.Now().Add(48 * time.Hour)
			a.Sign(f.TB, f.Key)
			at := a.At
			signed := apptest.Must(openpgp.ClearSign(f.Ctx, []byte(a.Release), time.Now(), f.Key))(f.TB)
			a.Inline, a.At = signed, at
		}, "future"},
		{"a Release older than the last", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.At = time.Now().Add(-3 * time.Hour)
			a.Sign(f.TB, f.Key)
		}, "back in time"},
		{"a Release that lists nothing wanted", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			delete(a.Files, apptest.PackagesPath+".gz")
			a.Sign(f.TB, f.Key)
			a.Release = a.Release[:strings.Index(a.Release, "SHA256:\n")] + "SHA256:\n " + digest.Of(nil).String() + " 0 main/binary-s390x/Packages\n"
			a.Inline = apptest.Must(openpgp.ClearSign(f.Ctx, []byte(a.Release), a.At, f.Key))(f.TB)
		}, "no wanted index"},
		{"a Release with weak sums only", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			a.Release = strings.Replace(a.Release, "SHA256:", "MD5Sum:", 1)
			a.Inline = apptest.Must(openpgp.ClearSign(f.Ctx, []byte(a.Release), a.At, f.Key))(f.TB)
		}, "no SHA-256"},
		{"a package that is not there", func(f *apptest.Follower, a *apptest.Archive) {
			delete(a.Files, "pool/hello_2_amd64.deb")
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
		}, "404"},
		{"an index that is not there", func(f *apptest.Follower, a *apptest.Archive) {
			a.Index(f.TB)
			a.Sign(f.TB, f.Key)
			delete(a.Files, apptest.PackagesPath+".gz")
		}, "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				next := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
				c.spoil(f, next)
				f.Serve(next)
				f.Refused(c.says)
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
		{"silence after the first bytes", testkit.NewStall(1000).Fault, 0, "no data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				next := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", strings.Repeat("0123456789", 20_000)), apptest.Deb(f.TB, "other", "1", "all", ""))
				f.Upstream.Switch(next.Whole(f.TB, f.Key))
				f.Upstream.Inject(deb, c.times, c.fault)
				if c.says != "" {
					f.Refused(c.says)
					f.Upstream.Heal()
				}
				f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
				if got := f.Names("mirror:m"); !slices.Equal(got, []string{"hello 2", "other 1"}) {
					f.TB.Errorf("in the end the mirror has %q", got)
				}
			})
		})
	}
}

func TestACutDownloadGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		next := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", strings.Repeat("0123456789", 20_000)), apptest.Deb(f.TB, "other", "1", "all", ""))
		f.Upstream.Switch(next.Whole(f.TB, f.Key))
		f.Upstream.Inject("/pool/hello_2_amd64.deb", 1, testkit.CutAfter(150_000))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		resumed := slices.ContainsFunc(f.Upstream.Requests("/"), func(r testkit.Request) bool {
			return strings.HasSuffix(r.Path, "hello_2_amd64.deb") && strings.HasPrefix(r.Header.Get("Range"), "bytes=1")
		})
		if !resumed {
			f.TB.Error("no request had a Range")
		}
	})
}

func TestASuiteThatShrinksIsTakenOverOnlyByForce(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		big := apptest.NewArchive(f.TB)
		for i := range 30 {
			big.Add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("p%02d", i), "1", "all", ""))
		}
		f.Upstream.Switch(big.Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		f.Upstream.Switch(f.Good().Whole(f.TB, f.Key))
		a := f.Wait(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if a.Status != "failed" || !strings.Contains(a.Error.Message, "dropped 30 of 30") || !strings.Contains(a.Error.Hint, "--force") {
			f.TB.Errorf("%s %+v", a.Status, a.Error)
		}
		if n := len(f.Names("mirror:m")); n != 30 {
			f.TB.Errorf("%d packages are left", n)
		}
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{Force: true}))
		f.Unchanged()
	})
}

func TestOnlyChosenPackagesAreFetched(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		f.Create("some", func(c *mirrors.Config) { c.Packages = []string{"hel*"} })
		f.Done(f.Mirrors.Sync(f.Ctx, "some", mirrors.SyncOptions{}))
		if got := f.Names("mirror:some"); !slices.Equal(got, []string{"hello 1"}) {
			f.TB.Errorf("got %q", got)
		}
	})
}

func TestFlatUnsignedAndFileUpstreams(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		a := f.Good()
		a.Index(f.TB)
		dir := a.Write(f.TB)
		flat := map[string][]byte{"Packages.gz": a.Files[apptest.PackagesPath+".gz"]}
		release := fmt.Sprintf("Date: %s\nSHA256:\n %s %d Packages.gz\n", a.At.UTC().Format(time.RFC1123), digest.Of(flat["Packages.gz"]), len(flat["Packages.gz"]))
		flat["Release"] = []byte(release)
		for name, data := range flat {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				f.TB.Fatal(err)
			}
		}
		f.Create("flat", func(c *mirrors.Config) { c.URL, c.Suite, c.Keyring = "file://"+dir, "./", "" })
		f.Done(f.Mirrors.Sync(f.Ctx, "flat", mirrors.SyncOptions{}))
		if got := f.Names("mirror:flat"); !slices.Equal(got, apptest.Before) {
			f.TB.Errorf("got %q", got)
		}
	})
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		for field, edit := range map[string]func(*mirrors.Config){
			"url":           func(c *mirrors.Config) { c.URL = "ftp://example.org/" },
			"suite":         func(c *mirrors.Config) { c.Suite = "../x" },
			"components":    func(c *mirrors.Config) { c.Suite, c.Components = "./", []string{"main"} },
			"architectures": func(c *mirrors.Config) { c.Architectures = []string{"source"} },
			"packages":      func(c *mirrors.Config) { c.Packages = []string{"["} },
			"keyring":       func(c *mirrors.Config) { c.Keyring = "not a key" },
			"shrink_guard":  func(c *mirrors.Config) { c.ShrinkGuard = 101 },
		} {
			c := mirrors.Config{URL: f.Upstream.URL(), Suite: "stable"}
			edit(&c)
			_, err := f.Mirrors.Create(f.Ctx, mirrors.NewMirror{Name: "bad", Config: c})
			if err == nil || !strings.HasPrefix(err.Error(), field+": ") {
				f.TB.Errorf("%s: %v", field, err)
			}
		}
		f.Create("absent", func(c *mirrors.Config) { c.Components = []string{"contrib"} })
		a := f.Wait(f.Mirrors.Sync(f.Ctx, "absent", mirrors.SyncOptions{}))
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
	apptest.FollowOn(t, disk, func(f *apptest.Follower) {
		f.Publish("mirror:m")
		next := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		f.Upstream.Switch(next.Whole(f.TB, f.Key))
		full.Store(true)
		f.Refused("no space")
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
		big := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
		for i := range 100 {
			big.Add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("fill%03d", i), "1", "all", ""))
		}
		f.Upstream.Switch(big.Whole(f.TB, f.Key))
		f.Refused("full")
		limit(1 << 30)

		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		full.Store(true)
		failed := f.Wait(f.Publications.Update(f.Ctx, "debian", "stable", publications.PublicationEdit{}))
		if failed.Status != "failed" || failed.Error.Kind != "full" {
			f.TB.Errorf("publishing on a full disk: %s %+v", failed.Status, failed.Error)
		}
		if text := f.Read("debian/dists/stable/main/binary-amd64/Packages"); strings.Contains(text, "Version: 2") {
			f.TB.Error("a publish that failed is seen")
		}
		full.Store(false)
		f.Update()
		if report := apptest.Must(f.Garbage.Scrub(f.Ctx, func(int, int64) {}))(f.TB); !report.Clean() {
			f.TB.Errorf("scrub: %+v", report)
		}
	})
}
