package keys

import (
	"context"
	"errors"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Key is a stored key, as callers see it.
type Key struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Fingerprint string    `json:"fingerprint"`
	UserIDs     []string  `json:"user_ids"`
	Algorithm   string    `json:"algorithm"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	CanSign     bool      `json:"can_sign" doc:"Whether its secret is here"`
	Default     bool      `json:"default" doc:"Whether it signs where no key is named"`
	Warning     string    `json:"warning,omitempty" doc:"What keeps, or soon will keep, clients from accepting it"`
}

// Show returns a stored key as callers see it.
func (s *Service) Show(k keyring.Key) Key {
	return Key{
		ID: k.ID, Name: k.Name, Fingerprint: k.Fingerprint, UserIDs: usecase.OrEmpty(k.UserIDs), Algorithm: k.Algorithm,
		CreatedAt: k.Created, ExpiresAt: k.Expires, CanSign: k.HasSecret, Default: k.Default, Warning: k.Warning(s.k.Now()),
	}
}

// NewKey describes a key to generate.
type NewKey struct {
	Name      string        `json:"name" doc:"How to call it here"`
	UserName  string        `json:"user_name,omitempty" doc:"Of its user id; the name if empty"`
	Email     string        `json:"email,omitempty"`
	Algorithm string        `json:"algorithm,omitempty" enum:"ed25519,rsa2048,rsa3072,rsa4096" doc:"ed25519 if empty"`
	ValidFor  time.Duration `json:"valid_for,omitempty" doc:"Nanoseconds; 0 for ever"`
}

// Generate creates a signing key.
func (s *Service) Generate(ctx context.Context, in NewKey) (Key, error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return Key{}, err
	}
	params := keyring.Params{Name: in.Name, UserName: in.UserName, Email: in.Email, Algorithm: in.Algorithm}
	if in.ValidFor != 0 {
		params.Expires = s.k.Now().Add(in.ValidFor)
	}
	material, err := keyring.Generate(params)
	if err != nil {
		return Key{}, err
	}
	return s.add(ctx, "key.generate", in.Name, material, false)
}

// Import stores an existing key, with its secret (to sign) or without. The passphrase unlocks
// the secret and is not stored.
func (s *Service) Import(ctx context.Context, name string, data, passphrase []byte) (Key, error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return Key{}, err
	}
	material, err := keyring.Read(data, passphrase)
	if err != nil {
		return Key{}, err
	}
	return s.add(ctx, "key.import", name, material, false)
}

// ImportNew is [Service.Import] for a key without a passphrase that is not stored yet under
// any name. Its errors have reasons: keyring.UnreadableKey, keyring.SeveralKeys and
// keyring.DuplicateKey.
func (s *Service) ImportNew(ctx context.Context, name string, data []byte) (Key, error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return Key{}, err
	}
	material, err := keyring.Read(data, nil)
	switch {
	case errors.Is(err, openpgp.ErrSeveralKeys):
		return Key{}, problem.Because(err, keyring.SeveralKeys)
	case err != nil:
		return Key{}, problem.Because(err, keyring.UnreadableKey)
	}
	return s.add(ctx, "key.import", name, material, true)
}

// add stores a key. onlyNew refuses one that is stored already, which add otherwise updates.
func (s *Service) add(ctx context.Context, action, name string, material keyring.Material, onlyNew bool) (Key, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Keys, Action: action, Subject: "key:" + name}, func(tx *db.Tx, _ *usecase.Act) (Key, error) {
		if onlyNew {
			if err := s.unknown(ctx, tx, name, material.Fingerprint()); err != nil {
				return Key{}, err
			}
		}
		k, err := s.keyring.Add(ctx, tx, name, material)
		return s.Show(k), err
	})
}

// unknown returns problem.Conflict if a key has one of the names or fingerprints.
func (s *Service) unknown(ctx context.Context, tx *db.Tx, refs ...string) error {
	for _, ref := range refs {
		known, err := s.keyring.Get(ctx, tx, ref)
		if err == nil {
			err = problem.New(problem.Conflict, "key %s is stored already, as %q", known.Fingerprint, known.Name).In("name").
				WithHint("use it by that name, or remove it first")
			return problem.Because(err, keyring.DuplicateKey)
		}
		if !problem.Is(err, problem.NotFound) {
			return err
		}
	}
	return nil
}

// List returns the keys by name.
func (s *Service) List(ctx context.Context, p usecase.Page) (usecase.List[Key], error) {
	name := func(k Key) string { return k.Name }
	return usecase.ReadList(ctx, s.k, access.Read, p, name, func(tx *db.Tx, after string, limit int) ([]Key, error) {
		found, err := s.keyring.List(ctx, tx, keyring.Filter{}, after, limit)
		return usecase.Map(found, s.Show), err
	})
}

// Get returns the key with a name, fingerprint or long key id.
func (s *Service) Get(ctx context.Context, ref string) (Key, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Key, error) {
		k, err := s.keyring.Get(ctx, tx, ref)
		return s.Show(k), err
	})
}

// Export returns a public key, armored as apt reads it from a .asc file, or binary as apt
// reads it from a .gpg file.
func (s *Service) Export(ctx context.Context, ref string, armored bool) ([]byte, error) {
	k, err := usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (keyring.Key, error) { return s.keyring.Get(ctx, tx, ref) })
	if err != nil {
		return nil, err
	}
	if armored {
		return k.Public.Armored()
	}
	return k.Public.Binary(), nil
}

// ExportSecret returns a key with its secret, armored and not encrypted, to move it to
// another server.
func (s *Service) ExportSecret(ctx context.Context, ref string) ([]byte, error) {
	secret, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "key.export-secret", Subject: "key:" + ref}, func(tx *db.Tx, _ *usecase.Act) (*openpgp.SecretKey, error) {
		return s.keyring.Secret(ctx, tx, ref)
	})
	if err != nil {
		return nil, err
	}
	return secret.Armored()
}

// SetDefault makes a key the one that signs where no key is named.
func (s *Service) SetDefault(ctx context.Context, ref string) (Key, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Keys, Action: "key.default", Subject: "key:" + ref}, func(tx *db.Tx, _ *usecase.Act) (Key, error) {
		k, err := s.keyring.SetDefault(ctx, tx, ref)
		return s.Show(k), err
	})
}

// Drop deletes a key and its secret for good. A key in use is problem.Conflict, with the
// reason keyring.KeyInUse; a missing one has the reason keyring.UnknownKey.
func (s *Service) Drop(ctx context.Context, ref string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Keys, Action: "key.drop", Subject: "key:" + ref}, func(tx *db.Tx, _ *usecase.Act) error {
		k, err := s.keyring.Get(ctx, tx, ref)
		if err != nil {
			return usecase.BecauseIf(err, problem.NotFound, keyring.UnknownKey)
		}
		if err := s.unused(ctx, tx, k.Fingerprint); err != nil {
			return err
		}
		_, err = s.keyring.Drop(ctx, tx, ref)
		return err
	})
}

// unused returns problem.Conflict if anything needs a key.
func (s *Service) unused(ctx context.Context, tx *db.Tx, fingerprint string) error {
	publications, err := s.publish.SignedBy(ctx, tx, fingerprint)
	if err != nil {
		return err
	}
	if len(publications) > 0 {
		return inUse("publication", publications[0].Ref(), "is signed by it")
	}
	pockets, err := s.pocket.Naming(ctx, tx, fingerprint)
	if err != nil {
		return err
	}
	if len(pockets) > 0 {
		return inUse("pocket", pockets[0].Name, "names it")
	}
	source, err := s.fleet.SignedBy(ctx, tx, fingerprint)
	if err == nil && source != "" {
		err = inUse("APT source", source, "is signed by it")
	}
	return err
}

func inUse(kind, name, how string) error {
	err := problem.New(problem.Conflict, "the %s %s %s", kind, name, how).In("key").WithHint("give the %s another key first", kind)
	return problem.Because(err, keyring.KeyInUse)
}
