package keys

import (
	"cmp"
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
)

// TrustedKey is a public key in a GnuPG keyring of the server.
type TrustedKey struct {
	KeyID       string    `json:"key_id"`
	Fingerprint string    `json:"fingerprint"`
	Validity    string    `json:"validity" doc:"A letter, as gpg --with-colons has it"`
	UserIDs     []string  `json:"user_ids"`
	CreatedAt   time.Time `json:"created_at"`
}

// TrustedKeys lists the keys of a GnuPG keyring: the name of a file in the server's
// GnuPG home, trustedkeys.gpg if empty, or the absolute path of one that is there.
func (s *Service) Trusted(ctx context.Context, keyring string) ([]TrustedKey, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	found, err := s.k.Settings.GnuPG.List(ctx, cmp.Or(keyring, gnupg.Trusted))
	keys := make([]TrustedKey, len(found))
	for i, k := range found {
		keys[i] = TrustedKey{k.KeyID, k.Fingerprint, k.Validity, usecase.OrEmpty(k.UserIDs), k.CreatedAt}
	}
	return keys, err
}

// AddTrustedKeys adds keys to a GnuPG keyring: those of an armored text, and those
// that a key server has under ids. It gives what gpg told.
func (s *Service) AddTrusted(ctx context.Context, keyring, armored, keyserver string, ids []string) (told string, err error) {
	detail := map[string]any{"keyserver": keyserver, "ids": ids}
	return s.changeTrust(ctx, "trust.add", keyring, detail, func(ring string) (string, error) {
		return s.k.Settings.GnuPG.Import(ctx, ring, armored, keyserver, ids)
	})
}

// DropTrustedKey removes a key from a GnuPG keyring. It gives what gpg told.
func (s *Service) DropTrusted(ctx context.Context, keyring, id string) (told string, err error) {
	return s.changeTrust(ctx, "trust.drop", keyring, map[string]any{"id": id}, func(ring string) (string, error) {
		return s.k.Settings.GnuPG.Delete(ctx, ring, id)
	})
}

// changeTrust changes a keyring and leaves an audit entry.
func (s *Service) changeTrust(ctx context.Context, action, keyring string, detail map[string]any, fn func(ring string) (string, error)) (told string, err error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return "", err
	}
	ring := cmp.Or(keyring, gnupg.Trusted)
	if told, err = fn(ring); err != nil {
		return told, err
	}
	_, err = usecase.Change(ctx, s.k, usecase.Act{Permission: access.Keys, Action: action, Subject: "keyring:" + ring, Detail: detail}, func(*db.Tx, *usecase.Act) (struct{}, error) { return struct{}{}, nil })
	return told, err
}

// ExportTrusted gives the keys of GnuPG keyrings, armored, as mirrors take them;
// those of trustedkeys.gpg when none is named. One that is not there is
// problem.NotFound.
func (s *Service) ExportTrusted(ctx context.Context, keyrings []string) (armored string, err error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return "", err
	}
	if len(keyrings) == 0 {
		keyrings = []string{gnupg.Trusted}
	}
	return s.k.Settings.GnuPG.ExportAll(ctx, keyrings...)
}
