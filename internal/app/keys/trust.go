package keys

import (
	"cmp"
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
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

// Trusted returns the keys of a GnuPG keyring: the name of a file in the server's GnuPG home
// (empty: trustedkeys.gpg), or the absolute path of an existing one.
func (s *Service) Trusted(ctx context.Context, keyring string) ([]TrustedKey, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	found, err := s.k.Settings.GnuPG.List(ctx, cmp.Or(keyring, gnupg.Trusted))
	return usecase.Map(found, func(k gnupg.Key) TrustedKey {
		return TrustedKey{k.KeyID, k.Fingerprint, k.Validity, usecase.OrEmpty(k.UserIDs), k.CreatedAt}
	}), err
}

// AddTrusted adds the keys of an armored text, and keys of a key server by their ids, to a
// GnuPG keyring. It returns the messages of gpg.
func (s *Service) AddTrusted(ctx context.Context, keyring, armored, keyserver string, ids []string) (messages string, err error) {
	detail := map[string]any{"keyserver": keyserver, "ids": ids}
	return s.changeTrust(ctx, "trust.add", keyring, detail, func(ring string) (string, error) {
		return s.k.Settings.GnuPG.Import(ctx, ring, armored, keyserver, ids)
	})
}

// DropTrusted removes a key from a GnuPG keyring. It returns the messages of gpg.
func (s *Service) DropTrusted(ctx context.Context, keyring, id string) (messages string, err error) {
	return s.changeTrust(ctx, "trust.drop", keyring, map[string]any{"id": id}, func(ring string) (string, error) {
		return s.k.Settings.GnuPG.Delete(ctx, ring, id)
	})
}

// changeTrust changes a keyring and writes an audit entry.
func (s *Service) changeTrust(ctx context.Context, action, keyring string, detail map[string]any, fn func(ring string) (string, error)) (messages string, err error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return "", err
	}
	ring := cmp.Or(keyring, gnupg.Trusted)
	if messages, err = fn(ring); err != nil {
		return messages, err
	}
	return messages, usecase.Record(ctx, s.k, usecase.Act{Permission: access.Keys, Action: action, Subject: "keyring:" + ring, Detail: detail})
}

// ExportTrusted returns the keys of GnuPG keyrings (none: trustedkeys.gpg), armored, as
// mirrors take them. A missing keyring is problem.NotFound.
func (s *Service) ExportTrusted(ctx context.Context, keyrings []string) (armored string, err error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return "", err
	}
	if len(keyrings) == 0 {
		keyrings = []string{gnupg.Trusted}
	}
	return s.k.Settings.GnuPG.ExportAll(ctx, keyrings...)
}
