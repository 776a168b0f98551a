package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/keys"
)

// Keyring is a path that names a GnuPG keyring of the server.
type Keyring struct {
	Keyring string `path:"keyring" maxLength:"1000" doc:"The name of a file in the server's GnuPG home, such as trustedkeys.gpg, or an absolute path"`
}

// TrustedKeys are the keys of a keyring.
type TrustedKeys struct {
	Keys []keys.TrustedKey `json:"keys"`
}

// NewTrust is keys to be trusted.
type NewTrust struct {
	Armored   string   `json:"armored,omitempty" doc:"Public keys, armored"`
	Keyserver string   `json:"keyserver,omitempty" doc:"Where those of ids are: hkps://keys.openpgp.org"`
	IDs       []string `json:"ids,omitempty" doc:"Fingerprints or key ids"`
}

// Told is what gpg told.
type Told struct {
	Told string `json:"told"`
}

// trust adds /v1/keyrings.
func (s *service) trust() {
	const one = "/v1/keyrings/{keyring}/keys"
	handle(s, get("list-trusted-keys", one, "List the public keys of a GnuPG keyring of the server"), func(ctx context.Context, in *Keyring) (TrustedKeys, error) {
		keys, err := s.app.Keys.Trusted(ctx, in.Keyring)
		return TrustedKeys{keys}, err
	})
	handle(s, post("add-trusted-keys", one, "Add public keys to a GnuPG keyring of the server", http.StatusOK), func(ctx context.Context, in *struct {
		Keyring
		Body NewTrust
	}) (Told, error) {
		told, err := s.app.Keys.AddTrusted(ctx, in.Keyring.Keyring, in.Body.Armored, in.Body.Keyserver, in.Body.IDs)
		return Told{told}, err
	})
	handleEmpty(s, remove("drop-trusted-key", one+"/{id}", "Remove a key from a GnuPG keyring of the server"), func(ctx context.Context, in *struct {
		Keyring
		ID string `path:"id" maxLength:"100" doc:"A fingerprint or key id"`
	}) error {
		_, err := s.app.Keys.DropTrusted(ctx, in.Keyring.Keyring, in.ID)
		return err
	})
}
