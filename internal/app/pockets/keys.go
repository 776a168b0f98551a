package pockets

import (
	"context"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/problem"
)

// KeyName returns the name of a stored key by its fingerprint.
func (s *Service) KeyName(ctx context.Context, tx *db.Tx, fingerprint string) (string, error) {
	k, err := s.keyring.Get(ctx, tx, fingerprint)
	return k.Name, err
}

// StoredKey returns the fingerprint of a stored key. An unknown one is problem.NotFound in the field,
// with keyring.UnknownKey.
func (s *Service) StoredKey(ctx context.Context, tx *db.Tx, field, ref string) (fingerprint string, err error) {
	k, err := s.keyring.Get(ctx, tx, ref)
	if problem.Is(err, problem.NotFound) {
		err = problem.New(problem.NotFound, "there is no key %q", ref).In(field).WithHint("`aptarium key list` shows which there are")
	}
	return k.Fingerprint, problem.Because(err, keyring.UnknownKey)
}

// secretKey is StoredKey for a key that must be able to sign.
func (s *Service) secretKey(ctx context.Context, tx *db.Tx, field, ref string) (fingerprint string, err error) {
	if ref == "" {
		return "", problem.Because(problem.New(problem.Invalid, "no key is named").In(field), problem.MissingValue)
	}
	if fingerprint, err = s.StoredKey(ctx, tx, field, ref); err != nil {
		return "", err
	}
	k, err := s.keyring.Get(ctx, tx, fingerprint)
	if err == nil && !k.HasSecret {
		err = problem.Because(problem.New(problem.Conflict, "the secret of key %q is not here, so it cannot sign", ref).In(field).
			WithHint("import the secret key"), keyring.NoSecret)
	}
	return fingerprint, err
}

// mirrorKeyring returns the armored keys of which one must sign an upstream: a stored key, or
// without a fingerprint the archive keys of this machine.
func (s *Service) mirrorKeyring(ctx context.Context, tx *db.Tx, fingerprint string) (string, error) {
	if fingerprint != "" {
		k, err := s.keyring.Get(ctx, tx, fingerprint)
		if err != nil {
			return "", err
		}
		text, err := k.Public.Armored()
		return string(text), err
	}
	if s.archiveKeys != nil {
		if text, err := s.archiveKeys(); err != nil || text != "" {
			return text, err
		}
	}
	return "", problem.Because(problem.New(problem.Invalid, "this machine has no archive keys, so the upstream's must be named").In("mirror_key").
		WithHint("import the key that signs the upstream and name it, or install a package such as ubuntu-keyring or debian-archive-keyring here"), problem.MissingValue)
}
