package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Secret returns a key with its secret, to sign or to export. A key without a stored secret is
// problem.Conflict.
func (s *Store) Secret(ctx context.Context, tx *db.Tx, ref string) (*openpgp.SecretKey, error) {
	key, err := s.Get(ctx, tx, ref)
	if err != nil {
		return nil, err
	}
	if !key.HasSecret {
		return nil, problem.New(problem.Conflict, "key %q has no stored secret", key.Name).In("key").
			WithHint("add the key again with its secret, or use another key")
	}
	sealed, err := db.One(ctx, tx, db.Value[[]byte], `SELECT secret FROM signing_key WHERE id = $1`, key.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the secret of key %q: %w", key.Name, err)
	}
	plain, err := s.master.Unseal(ownerOf(key.Fingerprint), sealed)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return openpgp.ReadSecretKey(plain, nil)
}

// Signers returns signers for the keys of refs, in that order, each once. Without refs it
// returns the default key's.
func (s *Store) Signers(ctx context.Context, tx *db.Tx, refs ...string) ([]openpgp.Signer, error) {
	if len(refs) == 0 {
		key, err := s.Default(ctx, tx)
		if err != nil {
			return nil, err
		}
		refs = []string{key.Name}
	}
	var signers []openpgp.Signer
	seen := map[string]bool{}
	for _, ref := range refs {
		secret, err := s.Secret(ctx, tx, ref)
		if err != nil {
			return nil, err
		}
		if !seen[secret.Fingerprint()] {
			seen[secret.Fingerprint()] = true
			signers = append(signers, secret)
		}
	}
	return signers, nil
}

// Signing returns a key with a secret by its name, fingerprint or long key id, by the last 8
// digits of its fingerprint, or by a user id or the mail address in one. No key is
// problem.NotFound; several are problem.Conflict.
func (s *Store) Signing(ctx context.Context, tx *db.Tx, who string) (Key, error) {
	key, err := s.Get(ctx, tx, who)
	if err == nil && key.HasSecret {
		return key, nil
	}
	if err != nil && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Invalid) {
		return Key{}, err
	}
	all, err := db.All(ctx, tx, scanKey, selectKeys+` ORDER BY name`)
	if err != nil {
		return Key{}, fmt.Errorf("searching for key %q: %w", who, err)
	}
	found := slices.DeleteFunc(all, func(k Key) bool { return !k.HasSecret || !k.isOf(who) })
	switch len(found) {
	case 0:
		return Key{}, problem.New(problem.NotFound, "there is no key %q with a secret", who).In("keys")
	case 1:
		return found[0], nil
	}
	return Key{}, problem.New(problem.Conflict, "the keys %s and %s both match %q", found[0].Name, found[1].Name, who).In("keys").
		WithHint("use the fingerprint of one")
}

// isOf reports whether a text is a short key id, a user id or a mail address of this key.
func (k Key) isOf(who string) bool {
	if len(who) == 8 && strings.HasSuffix(k.Fingerprint, strings.ToUpper(who)) {
		return true
	}
	return slices.ContainsFunc(k.UserIDs, func(id string) bool {
		return strings.EqualFold(id, who) || strings.Contains(who, "@") && strings.HasSuffix(strings.ToLower(id), "<"+strings.ToLower(strings.Trim(who, "<>"))+">")
	})
}

// Default returns the key that signs if none is named, or problem.NotFound.
func (s *Store) Default(ctx context.Context, tx *db.Tx) (Key, error) {
	key, err := db.One(ctx, tx, scanKey, selectKeys+` WHERE is_default = 1`)
	if errors.Is(err, db.ErrNoRows) {
		return Key{}, problem.New(problem.NotFound, "there is no default key").In("key").WithHint("name a key, or set a default key")
	}
	return key, problem.While(err, "reading the default key")
}

// SetDefault makes a key with a secret the default.
func (s *Store) SetDefault(ctx context.Context, tx *db.Tx, ref string) (Key, error) {
	key, err := s.Get(ctx, tx, ref)
	if err != nil {
		return Key{}, err
	}
	if !key.HasSecret {
		return Key{}, problem.New(problem.Conflict, "key %q cannot sign: its secret is not stored", key.Name).In("key").
			WithHint("add the key again with its secret, or use another key")
	}
	for _, step := range []string{
		`UPDATE signing_key SET is_default = 0 WHERE is_default = 1 AND id <> $1`,
		`UPDATE signing_key SET is_default = 1 WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, step, key.ID); err != nil {
			return Key{}, fmt.Errorf("making key %q the default: %w", key.Name, err)
		}
	}
	key.Default = true
	return key, nil
}

// DefaultName is the name of the key that [Store.EnsureDefault] generates. If it already
// exists, a number follows.
const DefaultName = "default"

// EnsureDefault returns the default key. If there is none, it generates one, Ed25519 without
// expiry, and made is true: tell the user, because clients need the new key.
func (s *Store) EnsureDefault(ctx context.Context, tx *db.Tx) (key Key, made bool, err error) {
	key, err = s.Default(ctx, tx)
	if !problem.Is(err, problem.NotFound) {
		return key, false, err
	}
	name, err := s.freeName(ctx, tx)
	if err != nil {
		return Key{}, false, err
	}
	material, err := Generate(Params{Name: name, UserName: "Aptarium archive signing key"})
	if err != nil {
		return Key{}, false, err
	}
	if _, err := s.Add(ctx, tx, name, material); err != nil {
		return Key{}, false, err
	}
	key, err = s.SetDefault(ctx, tx, name)
	return key, err == nil, err
}

// freeName returns "default", or "default-2" and so on.
func (s *Store) freeName(ctx context.Context, tx *db.Tx) (string, error) {
	name := DefaultName
	for n := 2; ; n++ {
		_, err := s.Get(ctx, tx, name)
		switch {
		case problem.Is(err, problem.NotFound):
			return name, nil
		case err != nil:
			return "", err
		}
		name = fmt.Sprintf("%s-%d", DefaultName, n)
	}
}
