package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// resign changes Release and signs it anew.
func (a *archive) resign(f *follower, old, replacement string) {
	f.TB.Helper()
	changed := strings.Replace(a.release, old, replacement, 1)
	if changed == a.release {
		f.TB.Fatalf("Release does not hold %q", old)
	}
	a.release = changed
	a.inline = apptest.Must(openpgp.ClearSign(f.Ctx, []byte(changed), a.at, f.key))(f.TB)
}

// edit changes the mirror m's configuration, starting from what callers see.
func (f *follower) edit(change func(*app.MirrorConfig)) {
	f.TB.Helper()
	c := apptest.Must(f.Mirror(f.Ctx, "m"))(f.TB).Config
	change(&c)
	apptest.Must(f.EditMirror(f.Ctx, "m", c))(f.TB)
}

// next is an archive with hello 2, signed.
func (f *follower) next() *archive {
	f.TB.Helper()
	a := newArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", "hi"), apptest.Deb(f.TB, "other", "1", "all", ""))
	a.index(f.TB)
	a.sign(f.TB, f.key)
	return a
}

func TestAnUpstreamThatStandsStillExpires(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		until := time.Now().Add(time.Hour).Truncate(time.Second)
		a := f.good()
		a.extra = "Valid-Until: " + until.UTC().Format(time.RFC1123) + "\n"
		f.upstream.Switch(a.whole(f.TB, f.key))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))

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
		f.refused("expired")
		f.edit(func(c *app.MirrorConfig) { c.AcceptExpired = true })
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
		f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
	})
}

func TestEditsDoNotOpenTheDoorToOldStates(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*app.MirrorConfig){
		"the shrink guard":         func(c *app.MirrorConfig) { c.ShrinkGuard = 50 },
		"the packages":             func(c *app.MirrorConfig) { c.Packages = []string{"*"} },
		"a slash after the URL":    func(c *app.MirrorConfig) { c.URL += "/" },
		"the user of the upstream": func(c *app.MirrorConfig) { c.URL = strings.Replace(c.URL, "://", "://ann:secret@", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			follow(t, func(f *follower) {
				old := f.good()
				old.at = time.Now().Add(-30 * time.Hour)
				f.upstream.Switch(old.whole(f.TB, f.key))
				f.edit(edit)
				f.refused("back in time")
			})
		})
	}
}

func TestTheShrinkGuardLooksUnlessOtherPackagesAreWanted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*app.MirrorConfig)
		ends string
	}{
		"another limit":       {func(c *app.MirrorConfig) { c.ShrinkGuard = 50 }, "failed"},
		"expired ones too":    {func(c *app.MirrorConfig) { c.AcceptExpired = true }, "failed"},
		"one package alone":   {func(c *app.MirrorConfig) { c.Packages = []string{"hello"} }, "done"},
		"named architectures": {func(c *app.MirrorConfig) { c.Architectures = []string{"amd64"} }, "done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			follow(t, func(f *follower) {
				big := newArchive(f.TB)
				for i := range 30 {
					big.add(f.TB, apptest.Deb(f.TB, fmt.Sprintf("p%02d", i), "1", "all", ""))
				}
				f.upstream.Switch(big.whole(f.TB, f.key))
				f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
				f.upstream.Switch(f.next().write(f.TB))
				f.edit(c.edit)
				if a := f.Wait(f.SyncMirror(f.Ctx, "m", app.SyncOptions{})); a.Status != c.ends {
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
		spoil func(*follower, *archive)
		says  string
	}{
		{"thousands of components", func(f *follower, a *archive) { old, s := many("Components:"); a.resign(f, old, s) }, "3001 components"},
		{"thousands of architectures", func(f *follower, a *archive) { old, s := many("Architectures:"); a.resign(f, old, s) }, "3001 architectures"},
		{"thousands of components, by their paths", func(f *follower, a *archive) {
			lines := "SHA256:\n"
			for i := range 100 {
				lines += fmt.Sprintf(" %s 1 c%d/binary-amd64/Packages.gz\n", digest.Of(nil), i)
			}
			a.resign(f, "Components: main\n", "")
			a.resign(f, "SHA256:\n", lines)
		}, "65 components"},
		{"no architectures", func(f *follower, a *archive) { a.resign(f, "Architectures: amd64\n", "") }, "names no architectures"},
		{"a text of no bytes that has some", func(f *follower, a *archive) {
			text := []byte(a.packages)
			a.resign(f, fmt.Sprintf(" %s %d main", digest.Of(text), len(text)), fmt.Sprintf(" %s 0 main", digest.Of(nil)))
		}, "more than 1 bytes"},
		{"an index as lzma alone", func(f *follower, a *archive) {
			a.resign(f, "Packages.gz", "Packages.lzma")
			a.resign(f, "amd64/Packages\n", "amd64/Release\n")
		}, "as .lzma alone"},
		{"a sum cut short", func(f *follower, a *archive) { a.resign(f, "SHA256:\n ", "SHA256:\n 12 3 a\n ") }, "hexadecimal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			follow(t, func(f *follower) {
				a := f.next()
				c.spoil(f, a)
				f.serve(a)
				f.refused(c.says)
			})
		})
	}
}

func TestAFlatSuiteHasABoundedNumberOfArchitectures(t *testing.T) {
	t.Parallel()
	follow(t, func(f *follower) {
		a := newArchive(f.TB)
		for i := range 65 {
			a.add(f.TB, apptest.Deb(f.TB, "hello", "1", fmt.Sprintf("cpu%d", i), ""))
		}
		a.files["Packages"] = []byte(a.packages)
		a.files["Release"] = fmt.Appendf(nil, "Date: %s\nSHA256:\n %s %d ./Packages\n", a.at.UTC().Format(time.RFC1123), digest.Of([]byte(a.packages)), len(a.packages))
		dir := a.write(f.TB)
		flat := func(c *app.MirrorConfig) { c.URL, c.Suite, c.Keyring = "file://"+dir, "./", "" }
		f.create("all", flat)
		if a := f.Wait(f.SyncMirror(f.Ctx, "all", app.SyncOptions{})); a.Status != "failed" || !strings.Contains(a.Error.Message, "more than 64 architectures") {
			f.TB.Errorf("%s %+v", a.Status, a.Error)
		}
		f.create("one", func(c *app.MirrorConfig) { flat(c); c.Architectures = []string{"cpu7"} })
		f.Done(f.SyncMirror(f.Ctx, "one", app.SyncOptions{}))
		if got := f.Names("mirror:one"); !slices.Equal(got, []string{"hello 1"}) {
			f.TB.Errorf("got %q", got)
		}
	})
}

func TestThePasswordOfAnUpstreamIsSentAndNotShown(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	follow(t, func(f *follower) {
		with := func(user string) string { return strings.Replace(f.upstream.URL(), "://", "://"+user+"@", 1) }
		sent := func() string {
			f.TB.Helper()
			f.upstream.Forget()
			f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{Force: true}))
			user, password, _ := (&http.Request{Header: f.upstream.Requests("*InRelease")[0].Header}).BasicAuth()
			return user + ":" + password
		}
		for _, c := range []struct{ user, shown, sent string }{
			{"bearer:" + secret, "bearer:xxxxx@", "bearer:" + secret},
			{secret + ":", "xxxxx:@", secret + ":"},
			{secret, "xxxxx@", secret + ":"},
		} {
			f.edit(func(m *app.MirrorConfig) { m.URL = with(c.user) })
			f.edit(func(m *app.MirrorConfig) { m.ShrinkGuard = 50 }) // brings the redacted URL back
			if shown := apptest.Must(f.Mirror(f.Ctx, "m"))(f.TB).Config.URL; !strings.Contains(shown, c.shown) || strings.Contains(shown, secret) {
				f.TB.Errorf("shown as %s", shown)
			}
			if got := sent(); got != c.sent {
				f.TB.Errorf("%s sent %s", c.user, got)
			}
		}
		f.edit(func(m *app.MirrorConfig) { m.URL = with("bearer:" + secret) })
		config := apptest.Must(f.Mirror(f.Ctx, "m"))(f.TB).Config
		config.URL = strings.Replace(config.URL, "127.0.0.1", "127.0.0.2", 1)
		if _, err := f.EditMirror(f.Ctx, "m", config); err == nil || !strings.Contains(err.Error(), "url: the stored password is for") {
			f.TB.Errorf("the password went to another host: %v", err)
		}
		f.create("other", func(m *app.MirrorConfig) { m.URL = with("bearer:" + secret); m.Suite = "absent" })
		failed := f.Wait(f.SyncMirror(f.Ctx, "other", app.SyncOptions{}))
		_, refused := f.CreateMirror(f.Ctx, app.NewMirror{Name: "n", Config: app.MirrorConfig{URL: "http://u:" + secret + "@%zz/", Suite: "s"}})
		_, hostless := f.CreateMirror(f.Ctx, app.NewMirror{Name: "n", Config: app.MirrorConfig{URL: "http://u:" + secret + "@/", Suite: "s"}})
		log := apptest.Must(f.AuditLog(f.Ctx, app.AuditFilter{}, app.Page{}))(f.TB)
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
			follow(t, func(f *follower) {
				f.upstream.Inject("/dists/stable/InRelease", 0, answer)
				apart := func(a *archive) *archive {
					a.files["dists/stable/Release"], a.inline = []byte(a.release), nil
					a.files["dists/stable/Release.gpg"] = apptest.Must(openpgp.DetachSign(f.Ctx, []byte(a.release), a.at, f.key))(f.TB)
					return a
				}
				first := f.good()
				first.index(f.TB)
				first.sign(f.TB, f.key)
				f.serve(apart(first))
				f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
				f.serve(apart(f.next()))
				f.upstream.Forget()
				f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
				if r, s := f.upstream.Count("Release"), f.upstream.Count("Release.gpg"); r != 1 || s != 1 {
					f.TB.Errorf("Release %d times, Release.gpg %d times", r, s)
				}
				f.upstream.Forget()
				f.Done(f.SyncMirror(f.Ctx, "m", app.SyncOptions{}))
				if n := f.upstream.Count("/"); n != 1 {
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
	follow(t, func(f *follower) {
		f.serve(f.next())
		f.upstream.Inject("/dists/", 0, testkit.Status(http.StatusForbidden))
		f.refused("InRelease: 403")
	})
}
