package app_test

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

// pocket makes an upload pocket, with what it belongs to.
func (u *uploads) pocket(p app.PocketPath, rules pocketRules) {
	u.TB.Helper()
	if _, err := u.Key(u.Ctx, "archive"); err != nil {
		apptest.Must(u.GenerateKey(u.Ctx, app.NewKey{Name: "archive"}))(u.TB)
	}
	if found := apptest.Must(u.Distributions(u.Ctx, []string{p.Distribution}))(u.TB); len(found) == 0 {
		apptest.Must(u.CreateDistribution(u.Ctx, app.NewDistribution{Name: p.Distribution}))(u.TB)
		apptest.Must(u.CreateSeries(u.Ctx, app.NewSeries{Name: p.Series, Distribution: p.Distribution}))(u.TB)
	}
	apptest.Must(u.CreatePocket(u.Ctx, app.NewPocket{
		PocketPath: p, Mode: app.PocketUploads, Components: rules.components, Architectures: rules.architectures, Key: "archive",
		UDebs: rules.udebs, AllowUnsigned: rules.unsigned,
	}))(u.TB)
	for _, k := range rules.keys {
		if _, err := u.Key(u.Ctx, k.Fingerprint()); err != nil {
			apptest.Must(u.ImportKey(u.Ctx, "k"+strings.ToLower(k.Fingerprint()[32:]), []byte(armored(u.House, k)), nil))(u.TB)
		}
		apptest.Must(u.AddPocketUploaders(u.Ctx, p, []string{k.Fingerprint()}))(u.TB)
	}
}

// remove takes a package out of a pocket.
func (u *uploads) remove(p app.PocketPath, name string) {
	u.TB.Helper()
	u.Done(u.RemoveFromPocket(u.Ctx, p, []string{name}))
}

// bearer gives a context in which a token of a role asks.
func (u *uploads) bearer(role string) context.Context {
	u.TB.Helper()
	_, secret, err := u.CreateToken(u.Ctx, role, role, 0)
	if err != nil {
		u.TB.Fatal(err)
	}
	return apptest.Must(u.Authenticate(context.Background(), secret))(u.TB)
}

func md5sum(f apptest.Upload) string  { return fmt.Sprintf("%x", md5.Sum(f.Data)) }
func sha1sum(f apptest.Upload) string { return fmt.Sprintf("%x", sha1.Sum(f.Data)) }
