package apptest

import (
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
)

// signer makes a key of an uploader.
func Signer(h *House, created, expires time.Time) *openpgp.SecretKey {
	h.TB.Helper()
	return Must(openpgp.Generate(openpgp.Params{Email: "t@example.org", Created: created, Expires: expires}))(h.TB)
}

func Armored(h *House, key *openpgp.SecretKey) string {
	h.TB.Helper()
	return string(Must(key.Public().Armored())(h.TB))
}

// signChanges signs as of a time.
func SignChanges(h *House, f Upload, key *openpgp.SecretKey, at time.Time) Upload {
	h.TB.Helper()
	return File(f.Name, Must(openpgp.ClearSign(h.Ctx, f.Data, at, key))(h.TB))
}
