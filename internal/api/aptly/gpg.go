package aptly

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

func (s *service) gpgRoutes() []route {
	return []route{
		{"GET", "gpg/keys", "List the keys of a keyring", listKeys},
		{"POST", "gpg/key", "Add keys to a keyring", sending(addKeys)},
		{"DELETE", "gpg/key", "Remove a key from a keyring", sending(dropKey)},
	}
}

// defaultKeyring is where the keys are that mirrors are verified with.
const defaultKeyring = "trustedkeys.gpg"

func listKeys(c *call) (answer, error) {
	type key struct {
		KeyID, Fingerprint, Validity string
		UserIDs                      []string
		CreatedAt                    time.Time
	}
	found, err := c.service.app.Keys.Trusted(c.Context(), cmp.Or(c.URL.Query().Get("keyring"), defaultKeyring))
	var list struct{ Keys []key }
	for _, k := range found {
		list.Keys = append(list.Keys, key{k.KeyID, k.Fingerprint, k.Validity, k.UserIDs, k.CreatedAt})
	}
	return ok(list), gpgFailed(err)
}

// gpgFailed returns an error of keyrings as a fault of the request.
func gpgFailed(err error) error {
	for _, kind := range []problem.Kind{problem.NotFound, problem.Conflict, problem.Upstream, problem.Untrusted, problem.Unavailable} {
		err = as(err, kind, http.StatusBadRequest, "")
	}
	return err
}

func addKeys(c *call, in struct{ Keyring, GpgKeyArmor, Keyserver, GpgKeyID string }) (answer, error) {
	if in.GpgKeyArmor == "" && in.GpgKeyID == "" {
		return answer{}, fail(http.StatusBadRequest, "name keys by GpgKeyID and a Keyserver, or give them as GpgKeyArmor")
	}
	told, err := c.service.app.Keys.AddTrusted(c.Context(), cmp.Or(in.Keyring, defaultKeyring), in.GpgKeyArmor, in.Keyserver, strings.Fields(in.GpgKeyID))
	return ok(told), gpgFailed(err)
}

func dropKey(c *call, in struct {
	Keyring  string
	GpgKeyID string `binding:"required"`
}) (answer, error) {
	told, err := c.service.app.Keys.DropTrusted(c.Context(), cmp.Or(in.Keyring, defaultKeyring), in.GpgKeyID)
	return ok(told), gpgFailed(err)
}
