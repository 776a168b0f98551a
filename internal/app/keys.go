package app

import (
	"context"
	"errors"
	"time"

	"github.com/aptarium/aptarium/internal/access"
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

func (a *App) showKey(k keyring.Key) Key {
	return Key{
		ID: k.ID, Name: k.Name, Fingerprint: k.Fingerprint, UserIDs: orEmpty(k.UserIDs), Algorithm: k.Algorithm,
		CreatedAt: k.Created, ExpiresAt: k.Expires, CanSign: k.HasSecret, Default: k.Default, Warning: k.Warning(a.Now()),
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
func (a *App) GenerateKey(ctx context.Context, in NewKey) (Key, error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return Key{}, err
	}
	params := keyring.Params{Name: in.Name, UserName: in.UserName, Email: in.Email, Algorithm: in.Algorithm}
	if in.ValidFor != 0 {
		params.Expires = a.Now().Add(in.ValidFor)
	}
	material, err := keyring.Generate(params)
	if err != nil {
		return Key{}, err
	}
	return a.addKey(ctx, "key.generate", in.Name, material)
}

// ImportKey stores a key that the caller has: with its secret, to sign, or
// without. The passphrase unlocks the secret and is not kept.
func (a *App) ImportKey(ctx context.Context, name string, data, passphrase []byte) (Key, error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return Key{}, err
	}
	material, err := keyring.Read(data, passphrase)
	if err != nil {
		return Key{}, err
	}
	return a.addKey(ctx, "key.import", name, material)
}

// ImportNewKey is ImportKey for a key without a passphrase that is not stored yet, be
// it under another name. Its errors have reasons: keyring.UnreadableKey, keyring.SeveralKeys and
// keyring.DuplicateKey.
func (a *App) ImportNewKey(ctx context.Context, name string, data []byte) (Key, error) {
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
	return change(ctx, a, "key.import", "key:"+name, nil, func(tx *db.Tx) (Key, error) {
		for _, ref := range []string{name, material.Fingerprint()} {
			known, err := a.Keyring.Get(ctx, tx, ref)
			if err == nil {
				err = problem.New(problem.Conflict, "key %s is stored already, as %q", known.Fingerprint, known.Name).In("name").
					WithHint("use it by that name, or remove it first")
				return Key{}, problem.Because(err, keyring.DuplicateKey)
			}
			if !problem.Is(err, problem.NotFound) {
				return Key{}, err
			}
		}
		k, err := a.Keyring.Add(ctx, tx, name, material)
		return a.showKey(k), err
	})
}

func (a *App) addKey(ctx context.Context, action, name string, material keyring.Material) (Key, error) {
	return change(ctx, a, action, "key:"+name, nil, func(tx *db.Tx) (Key, error) {
		k, err := a.Keyring.Add(ctx, tx, name, material)
		return a.showKey(k), err
	})
}

// KeyList lists keys by name.
func (a *App) KeyList(ctx context.Context, p Page) (List[Key], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Key]{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (List[Key], error) {
		found, err := a.Keyring.List(ctx, tx, keyring.Filter{}, p.After, p.limit()+1)
		items := make([]Key, len(found))
		for i, k := range found {
			items[i] = a.showKey(k)
		}
		return pageOf(items, p.limit(), func(k Key) string { return k.Name }), err
	})
}

// Key finds a key by name, fingerprint or long key id.
func (a *App) Key(ctx context.Context, ref string) (Key, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Key{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (Key, error) {
		k, err := a.Keyring.Get(ctx, tx, ref)
		return a.showKey(k), err
	})
}

// ExportKey gives a public key, armored as apt reads it from a .asc file, or
// binary as from a .gpg file.
func (a *App) ExportKey(ctx context.Context, ref string, armored bool) ([]byte, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	k, err := read(ctx, a, func(tx *db.Tx) (keyring.Key, error) { return a.Keyring.Get(ctx, tx, ref) })
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
func (a *App) ExportSecretKey(ctx context.Context, ref string) ([]byte, error) {
	if err := access.Require(ctx, access.Admin); err != nil {
		return nil, err
	}
	secret, err := change(ctx, a, "key.export-secret", "key:"+ref, nil, func(tx *db.Tx) (*openpgp.SecretKey, error) {
		return a.Keyring.Secret(ctx, tx, ref)
	})
	if err != nil {
		return nil, err
	}
	return secret.Armored()
}

// SetDefaultKey makes a key the one that signs where none is named.
func (a *App) SetDefaultKey(ctx context.Context, ref string) (Key, error) {
	if err := access.Require(ctx, access.Keys); err != nil {
		return Key{}, err
	}
	return change(ctx, a, "key.default", "key:"+ref, nil, func(tx *db.Tx) (Key, error) {
		k, err := a.Keyring.SetDefault(ctx, tx, ref)
		return a.showKey(k), err
	})
}

// DropKey forgets a key and its secret for good, unless a publication signs with
// it.
func (a *App) DropKey(ctx context.Context, ref string) error {
	if err := access.Require(ctx, access.Keys); err != nil {
		return err
	}
	_, err := change(ctx, a, "key.drop", "key:"+ref, nil, func(tx *db.Tx) (Key, error) {
		k, err := a.Keyring.Get(ctx, tx, ref)
		if problem.Is(err, problem.NotFound) {
			return Key{}, problem.Because(err, keyring.UnknownKey)
		}
		if err != nil {
			return Key{}, err
		}
		using, err := a.publish.SignedBy(ctx, tx, k.Fingerprint)
		if err != nil {
			return Key{}, err
		}
		if len(using) > 0 {
			return Key{}, keyInUse("the publication "+using[0].Ref()+" is signed by it", "give the publication another key first")
		}
		pockets, err := a.pockets.Naming(ctx, tx, k.Fingerprint)
		if err != nil {
			return Key{}, err
		}
		if len(pockets) > 0 {
			return Key{}, keyInUse("the pocket "+pockets[0].Name+" names it", "give the pocket another key first")
		}
		source, err := a.fleet.SignedBy(ctx, tx, k.Fingerprint)
		if err != nil {
			return Key{}, err
		}
		if source != "" {
			return Key{}, keyInUse("the APT source "+source+" is signed by it", "give the APT source another key first")
		}
		_, err = a.Keyring.Drop(ctx, tx, ref)
		return Key{}, err
	})
	return err
}

func keyInUse(why, hint string) error {
	return problem.Because(problem.New(problem.Conflict, "%s", why).In("key").WithHint("%s", hint), keyring.KeyInUse)
}
