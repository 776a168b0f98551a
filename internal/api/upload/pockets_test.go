package upload_test

import (
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
)

// makePockets makes ubuntu/noble/staging for signed uploads, and ubuntu/noble/open.
func (h *house) makePockets() {
	h.TB.Helper()
	armored := apptest.Must(h.key.Public().Armored())(h.TB)
	apptest.Must(h.Keys.Import(h.Ctx, "uploader", armored, nil))(h.TB)
	apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "archive"}))(h.TB)
	apptest.Must(h.Pockets.CreateDistribution(h.Ctx, pockets.NewDistribution{Name: "ubuntu"}))(h.TB)
	apptest.Must(h.Pockets.CreateSeries(h.Ctx, pockets.NewSeries{Name: "noble", Distribution: "ubuntu"}))(h.TB)
	for _, name := range []string{"staging", "open"} {
		path := pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: name}
		apptest.Must(h.Pockets.Create(h.Ctx, pockets.NewPocket{
			Path: path, Mode: pockets.Uploads, Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "archive", AllowUnsigned: name == "open",
		}))(h.TB)
		apptest.Must(h.Pockets.AddUploaders(h.Ctx, path, []string{"uploader"}))(h.TB)
	}
}
