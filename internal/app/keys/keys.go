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

func (s *Service) ShowKey(k keyring.Key) Key {
	return Key{
		ID: k.ID, Name: k.Name, Fingerprint: k.Fingerprint, UserIDs: usecase.OrEmpty(k.UserIDs), Algorithm: k.Algorithm,
		CreatedAt: k.Created, ExpiresAt: k.Expires, CanSign: k.HasSecret, Default: k.Default, Warning: k.Warning(s.k.Now()),
	}
}

// NewKey is a key to be generated.
type NewKey struct {
	Name      string        `json:"name" doc:"How to call it here"`
	UserName  string        `json:"user_name,omitempty" doc:"Of its user id; the name if empty"`
	Email     string        `json:"email,omitempty"`
	Algorithm string        `json:"algorithm,omitempty" enum:"ed25519,rsa2048,rsa3072,rsa4096" doc:"ed25519 if empty"`
	ValidFor  time.Duration `json:"valid_for,omitempty" doc:"Nanoseconds; 0 for ever"`
}

// GenerateKey makes a signing key.
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
	return s.addKey(ctx, "key.generate", in.Name, material)
}

// ImportKey stores a key that the caller has: with its secret, to sign, or
// without. The passphrase unlocks the secret and is not kept.
func (s *Service) Import(ctx context.Context, name string, data, passphrase []byte) (Key, error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return Key{}, err
	}
	material, err := keyring.Read(data, passphrase)
	if err != nil {
		return Key{}, err
	}
	return s.addKey(ctx, "key.import", name, material)
}

// ImportNewKey is ImportKey for a key without a passphrase that is not stored yet, be
// it under another name. Its errors have reasons: keyring.UnreadableKey, keyring.SeveralKeys and
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
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Keys, Action: "key.import", Subject: "key:" + name}, func(tx *db.Tx, _ *usecase.Act) (Key, error) {
		for _, ref := range []string{name, material.Fingerprint()} {
			known, err := s.keyring.Get(ctx, tx, ref)
			if err == nil {
				err = problem.New(problem.Conflict, "key %s is stored already, as %q", known.Fingerprint, known.Name).In("name").
					WithHint("use it by that name, or remove it first")
				return Key{}, problem.Because(err, keyring.DuplicateKey)
			}
			if !problem.Is(err, problem.NotFound) {
				return Key{}, err
			}
		}
		k, err := s.keyring.Add(ctx, tx, name, material)
		return s.ShowKey(k), err
	})
}

func (s *Service) addKey(ctx context.Context, action, name string, material keyring.Material) (Key, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: action, Subject: "key:" + name}, func(tx *db.Tx, _ *usecase.Act) (Key, error) {
		k, err := s.keyring.Add(ctx, tx, name, material)
		return s.ShowKey(k), err
	})
}

// KeyList lists keys by name.
func (s *Service) List(ctx context.Context, p usecase.Page) (usecase.List[Key], error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (usecase.List[Key], error) {
		found, err := s.keyring.List(ctx, tx, keyring.Filter{}, p.After, p.Size()+1)
		items := make([]Key, len(found))
		for i, k := range found {
			items[i] = s.ShowKey(k)
		}
		return usecase.PageOf(items, p.Size(), func(k Key) string { return k.Name }), err
	})
}

// Key finds a key by name, fingerprint or long key id.
func (s *Service) Get(ctx context.Context, ref string) (Key, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Key, error) {
		k, err := s.keyring.Get(ctx, tx, ref)
		return s.ShowKey(k), err
	})
}

// ExportKey gives a public key, armored as apt reads it from a .asc file, or
// binary as from a .gpg file.
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

// ExportSecretKey gives a key with its secret, armored and not encrypted. It is
// for moving a key to another server, and leaves an audit entry.
func (s *Service) ExportSecret(ctx context.Context, ref string) ([]byte, error) {
	secret, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "key.export-secret", Subject: "key:" + ref}, func(tx *db.Tx, _ *usecase.Act) (*openpgp.SecretKey, error) {
		return s.keyring.Secret(ctx, tx, ref)
	})
	if err != nil {
		return nil, err
	}
	return secret.Armored()
}

// SetDefaultKey makes a key the one that signs where none is named.
func (s *Service) SetDefault(ctx context.Context, ref string) (Key, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Keys, Action: "key.default", Subject: "key:" + ref}, func(tx *db.Tx, _ *usecase.Act) (Key, error) {
		k, err := s.keyring.SetDefault(ctx, tx, ref)
		return s.ShowKey(k), err
	})
}

// DropKey forgets a key and its secret for good, unless a publication signs with
// it.
func (s *Service) Drop(ctx context.Context, ref string) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Keys, Action: "key.drop", Subject: "key:" + ref}, func(tx *db.Tx, _ *usecase.Act) (Key, error) {
		k, err := s.keyring.Get(ctx, tx, ref)
		if problem.Is(err, problem.NotFound) {
			return Key{}, problem.Because(err, keyring.UnknownKey)
		}
		if err != nil {
			return Key{}, err
		}
		using, err := s.publish.SignedBy(ctx, tx, k.Fingerprint)
		if err != nil {
			return Key{}, err
		}
		if len(using) > 0 {
			return Key{}, keyInUse("the publication "+using[0].Ref()+" is signed by it", "give the publication another key first")
		}
		pockets, err := s.pocket.Naming(ctx, tx, k.Fingerprint)
		if err != nil {
			return Key{}, err
		}
		if len(pockets) > 0 {
			return Key{}, keyInUse("the pocket "+pockets[0].Name+" names it", "give the pocket another key first")
		}
		source, err := s.fleet.SignedBy(ctx, tx, k.Fingerprint)
		if err != nil {
			return Key{}, err
		}
		if source != "" {
			return Key{}, keyInUse("the APT source "+source+" is signed by it", "give the APT source another key first")
		}
		_, err = s.keyring.Drop(ctx, tx, ref)
		return Key{}, err
	})
	return err
}

func keyInUse(why, hint string) error {
	return problem.Because(problem.New(problem.Conflict, "%s", why).In("key").WithHint("%s", hint), keyring.KeyInUse)
}
