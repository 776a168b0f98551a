package upload_test

import (
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

// makePockets makes ubuntu/noble/staging for signed uploads, and ubuntu/noble/open.
func (h *house) makePockets() {
	h.TB.Helper()
	armored := apptest.Must(h.key.Public().Armored())(h.TB)
	apptest.Must(h.ImportKey(h.Ctx, "uploader", armored, nil))(h.TB)
	apptest.Must(h.GenerateKey(h.Ctx, app.NewKey{Name: "archive"}))(h.TB)
	apptest.Must(h.CreateDistribution(h.Ctx, app.NewDistribution{Name: "ubuntu"}))(h.TB)
	apptest.Must(h.CreateSeries(h.Ctx, app.NewSeries{Name: "noble", Distribution: "ubuntu"}))(h.TB)
	for _, name := range []string{"staging", "open"} {
		path := app.PocketPath{Distribution: "ubuntu", Series: "noble", Pocket: name}
		apptest.Must(h.CreatePocket(h.Ctx, app.NewPocket{
			PocketPath: path, Mode: app.PocketUploads, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "archive", AllowUnsigned: name == "open",
		}))(h.TB)
		apptest.Must(h.AddPocketUploaders(h.Ctx, path, []string{"uploader"}))(h.TB)
	}
}
