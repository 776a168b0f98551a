package mirrors_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

func TestAnUpstreamThatStandsStillExpires(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		until := time.Now().Add(time.Hour).Truncate(time.Second)
		a := f.Good()
		a.Extra = "Valid-Until: " + until.UTC().Format(time.RFC1123) + "\n"
		f.Upstream.Switch(a.Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))

		field := func(at time.Time) string { return fmt.Sprintf(`"valid_until":%d`, at.Unix()) }
		err := f.DB.Tx(f.Ctx, func(tx *db.Tx) error { // as if two hours had gone by
			n, err := tx.Exec(f.Ctx, "UPDATE mirror SET state = replace(state, $1, $2)", field(until), field(until.Add(-2*time.Hour)))
			if err == nil && n != 1 {
				err = fmt.Errorf("%d mirrors changed", n)
			}
			return err
		})
		if err != nil {
			f.TB.Fatal(err)
		}
		f.Refused("expired")
		f.Edit(func(c *mirrors.Config) { c.AcceptExpired = true })
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
	})
}

func TestEditsDoNotOpenTheDoorToOldStates(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*mirrors.Config){
		"the shrink guard":         func(c *mirrors.Config) { c.ShrinkGuard = 50 },
		"the packages":             func(c *mirrors.Config) { c.Packages = []string{"*"} },
		"a slash after the URL":    func(c *mirrors.Config) { c.URL += "/" },
		"the user of the upstream": func(c *mirrors.Config) { c.URL = strings.Replace(c.URL, "://", "://ann:secret@", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				old := f.Good()
				old.At = time.Now().Add(-30 * time.Hour)
				f.Upstream.Switch(old.Whole(f.TB, f.Key))
				f.Edit(edit)
				f.Refused("back in time")
			})
		})
	}
}

func TestTheShrinkGuardLooksUnlessOtherPackagesAreWanted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*mirrors.Config)
		ends string
	}{
		"another limit":       {func(c *mirrors.Config) { c.ShrinkGuard = 50 }, "failed"},
		"expired ones too":    {func(c *mirrors.Config) { c.AcceptExpired = true }, "failed"},
		"one package alone":   {func(c *mirrors.Config) { c.Packages = []string{"hello"} }, "done"},
		"named architectures": {func(c *mirrors.Config) { c.Architectures = []string{"amd64"} }, "done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				big := apptest.NewArchive(f.TB)
				for i := range 30 {
					big.Add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("p%02d", i), "1", "all", ""))
				}
				f.Upstream.Switch(big.Whole(f.TB, f.Key))
				f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
				f.Upstream.Switch(f.Next().Write(f.TB))
				f.Edit(c.edit)
				if a := f.Wait(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{})); a.Status != c.ends {
					f.TB.Errorf("%s %+v", a.Status, a.Error)
				}
			})
		})
	}
}

func TestAReleaseThatContradictsItselfOrAsksTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	many := func(field string) (old, replacement string) {
		line := field
		for i := range 3000 {
			line += fmt.Sprintf(" x%d", i)
		}
		return field + " ", line + " "
	}
	for _, c := range []struct {
		name  string
		spoil func(*apptest.Follower, *apptest.Archive)
		says  string
	}{
		{"thousands of components", func(f *apptest.Follower, a *apptest.Archive) { old, s := many("Components:"); a.Resign(f, old, s) }, "3001 components"},
		{"thousands of architectures", func(f *apptest.Follower, a *apptest.Archive) { old, s := many("Architectures:"); a.Resign(f, old, s) }, "3001 architectures"},
		{"thousands of components, by their paths", func(f *apptest.Follower, a *apptest.Archive) {
			lines := "SHA256:\n"
			for i := range 100 {
				lines += fmt.Sprintf(" %s 1 c%d/binary-amd64/Packages.gz\n", digest.Of(nil), i)
			}
			a.Resign(f, "Components: main\n", "")
			a.Resign(f, "SHA256:\n", lines)
		}, "65 components"},
		{"no architectures", func(f *apptest.Follower, a *apptest.Archive) { a.Resign(f, "Architectures: amd64\n", "") }, "names no architectures"},
		{"a text of no bytes that has some", func(f *apptest.Follower, a *apptest.Archive) {
			text := []byte(a.Packages)
			a.Resign(f, fmt.Sprintf(" %s %d main", digest.Of(text), len(text)), fmt.Sprintf(" %s 0 main", digest.Of(nil)))
		}, "more than 1 bytes"},
		{"an index as lzma alone", func(f *apptest.Follower, a *apptest.Archive) {
			a.Resign(f, "Packages.gz", "Packages.lzma")
			a.Resign(f, "amd64/Packages\n", "amd64/Release\n")
		}, "only as .lzma"},
		{"a sum cut short", func(f *apptest.Follower, a *apptest.Archive) { a.Resign(f, "SHA256:\n ", "SHA256:\n 12 3 a\n ") }, "hexadecimal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				a := f.Next()
				c.spoil(f, a)
				f.Serve(a)
				f.Refused(c.says)
			})
		})
	}
}

func TestAFlatSuiteHasABoundedNumberOfArchitectures(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		a := apptest.NewArchive(f.TB)
		for i := range 65 {
			a.Add(f.TB, apptest.Deb(f.TB, "hello", "1", fmt.Sprintf("cpu%d", i), ""))
		}
		a.Files["Packages"] = []byte(a.Packages)
		a.Files["Release"] = fmt.Appendf(nil, "Date: %s\nSHA256:\n %s %d ./Packages\n", a.At.UTC().Format(time.RFC1123), digest.Of([]byte(a.Packages)), len(a.Packages))
		dir := a.Write(f.TB)
		flat := func(c *mirrors.Config) { c.URL, c.Suite, c.Keyring = "file://"+dir, "./", "" }
		f.Create("all", flat)
		if a := f.Wait(f.Mirrors.Sync(f.Ctx, "all", mirrors.SyncOptions{})); a.Status != "failed" || !strings.Contains(a.Error.Message, "more than 64 architectures") {
			f.TB.Errorf("%s %+v", a.Status, a.Error)
		}
		f.Create("one", func(c *mirrors.Config) { flat(c); c.Architectures = []string{"cpu7"} })
		f.Done(f.Mirrors.Sync(f.Ctx, "one", mirrors.SyncOptions{}))
		if got := f.Names("mirror:one"); !slices.Equal(got, []string{"hello 1"}) {
			f.TB.Errorf("got %q", got)
		}
	})
}

func TestThePasswordOfAnUpstreamIsSentAndNotShown(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	apptest.Follow(t, func(f *apptest.Follower) {
		with := func(user string) string { return strings.Replace(f.Upstream.URL(), "://", "://"+user+"@", 1) }
		sent := func() string {
			f.TB.Helper()
			f.Upstream.Forget()
			f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{Force: true}))
			user, password, _ := (&http.Request{Header: f.Upstream.Requests("*InRelease")[0].Header}).BasicAuth()
			return user + ":" + password
		}
		for _, c := range []struct{ user, shown, sent string }{
			{"bearer:" + secret, "bearer:xxxxx@", "bearer:" + secret},
			{secret + ":", "xxxxx:@", secret + ":"},
			{secret, "xxxxx@", secret + ":"},
		} {
			f.Edit(func(m *mirrors.Config) { m.URL = with(c.user) })
			f.Edit(func(m *mirrors.Config) { m.ShrinkGuard = 50 }) // brings the redacted URL back
			if shown := apptest.Must(f.Mirrors.Get(f.Ctx, "m"))(f.TB).Config.URL; !strings.Contains(shown, c.shown) || strings.Contains(shown, secret) {
				f.TB.Errorf("shown as %s", shown)
			}
			if got := sent(); got != c.sent {
				f.TB.Errorf("%s sent %s", c.user, got)
			}
		}
		f.Edit(func(m *mirrors.Config) { m.URL = with("bearer:" + secret) })
		config := apptest.Must(f.Mirrors.Get(f.Ctx, "m"))(f.TB).Config
		config.URL = strings.Replace(config.URL, "127.0.0.1", "127.0.0.2", 1)
		if _, err := f.Mirrors.Edit(f.Ctx, "m", config); err == nil || !strings.Contains(err.Error(), "url: the stored password is only for") {
			f.TB.Errorf("the password went to another host: %v", err)
		}
		f.Create("other", func(m *mirrors.Config) { m.URL = with("bearer:" + secret); m.Suite = "absent" })
		failed := f.Wait(f.Mirrors.Sync(f.Ctx, "other", mirrors.SyncOptions{}))
		_, refused := f.Mirrors.Create(f.Ctx, mirrors.NewMirror{Name: "n", Config: mirrors.Config{URL: "http://u:" + secret + "@%zz/", Suite: "s"}})
		_, hostless := f.Mirrors.Create(f.Ctx, mirrors.NewMirror{Name: "n", Config: mirrors.Config{URL: "http://u:" + secret + "@/", Suite: "s"}})
		log := apptest.Must(f.Audit.Log(f.Ctx, audit.Filter{}, usecase.Page{}))(f.TB)
		if failed.Error == nil || refused == nil || hostless == nil || len(log.Items) < 8 {
			f.TB.Fatalf("%+v %v %v, %d in the log", failed.Error, refused, hostless, len(log.Items))
		}
		for _, e := range log.Items {
			if strings.Contains(fmt.Sprintf("%s", e.Detail), secret) {
				f.TB.Errorf("the log of %s has it: %s", e.Action, e.Detail)
			}
		}
		for _, text := range []string{fmt.Sprintf("%+v", failed.Error), refused.Error(), hostless.Error(), string(failed.Result)} {
			if strings.Contains(text, secret) {
				f.TB.Errorf("told in %s", text)
			}
		}
	})
}

func TestADetachedSignatureIsFetchedOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]testkit.Fault{
		"no InRelease":                testkit.Status(http.StatusNotFound),
		"no InRelease, as S3 says it": testkit.Status(http.StatusForbidden),
		"a login wanted for it":       testkit.Status(http.StatusUnauthorized),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				f.Upstream.Inject("/dists/stable/InRelease", 0, answer)
				apart := func(a *apptest.Archive) *apptest.Archive {
					a.Files["dists/stable/Release"], a.Inline = []byte(a.Release), nil
					a.Files["dists/stable/Release.gpg"] = apptest.Must(openpgp.DetachSign(f.Ctx, []byte(a.Release), a.At, f.Key))(f.TB)
					return a
				}
				first := f.Good()
				first.Index(f.TB)
				first.Sign(f.TB, f.Key)
				f.Serve(apart(first))
				f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
				f.Serve(apart(f.Next()))
				f.Upstream.Forget()
				f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
				if r, s := f.Upstream.Count("Release"), f.Upstream.Count("Release.gpg"); r != 1 || s != 1 {
					f.TB.Errorf("Release %d times, Release.gpg %d times", r, s)
				}
				f.Upstream.Forget()
				f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
				if n := f.Upstream.Count("/"); n != 1 {
					f.TB.Errorf("nothing new cost %d requests", n)
				}
				if got := f.Names("mirror:m"); !slices.Equal(got, []string{"hello 2", "other 1"}) {
					f.TB.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestAnUpstreamThatMayNotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		f.Serve(f.Next())
		f.Upstream.Inject("/dists/", 0, testkit.Status(http.StatusForbidden))
		f.Refused("InRelease: 403")
	})
}
