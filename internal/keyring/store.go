package keyring

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/masterkey"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the table of keys.
func Schema() db.Schema { return db.Schema{Name: "keyring", Migrations: migrations} }

// Store stores keys. Its methods work in the given transaction. It is safe for concurrent
// use.
type Store struct{ master masterkey.Keys }

// New returns a store that encrypts secrets with a master key.
func New(master masterkey.Keys) *Store { return &Store{master} }

// Add stores a key under a name.
//
// If the key is already stored under this name, Add updates it: with newer self-signatures,
// which extend its validity for example, or with a missing secret. It never drops a secret:
// to update a key with a secret, pass the secret again. Another name for a stored key, or
// another key under an existing name, is problem.Conflict.
func (s *Store) Add(ctx context.Context, tx *db.Tx, name string, m Material) (Key, error) {
	if err := checkName(name); err != nil {
		return Key{}, err
	}
	keys := m.public.Keys()
	if len(keys) != 1 {
		return Key{}, problem.New(problem.Invalid, "a key is missing").In("key")
	}
	info := keys[0]
	sealed, err := s.sealed(info.Fingerprint, m.secret)
	if err != nil {
		return Key{}, err
	}
	old, found, err := s.conflicting(ctx, tx, name, info.Fingerprint)
	switch {
	case err != nil:
		return Key{}, err
	case !found:
		err = s.insert(ctx, tx, name, info, m.public, sealed)
	case old.HasSecret && m.secret == nil:
		return Key{}, problem.New(problem.Conflict, "key %q is already stored with its secret", old.Name).In("key").
			WithHint("to update it, add the secret key again")
	default:
		_, err = tx.Exec(ctx, `UPDATE signing_key SET public = $1, secret = $2 WHERE id = $3`, m.public.Binary(), sealed, old.ID)
	}
	if err != nil {
		return Key{}, fmt.Errorf("storing key %q: %w", name, err)
	}
	return s.Get(ctx, tx, name)
}

// ownerOf returns the owner under which the secret of a key is sealed.
func ownerOf(fingerprint string) string { return "signing key " + fingerprint }

// sealed encrypts a secret; nil means NULL.
func (s *Store) sealed(fingerprint string, secret *openpgp.SecretKey) (any, error) {
	if secret == nil {
		return nil, nil
	}
	plain, err := secret.Binary()
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return s.master.Seal(ownerOf(fingerprint), plain)
}

// conflicting returns the stored key that a new key would update. It refuses a name or
// fingerprint of another key.
func (s *Store) conflicting(ctx context.Context, tx *db.Tx, name, fingerprint string) (Key, bool, error) {
	// If both are stored, they are two keys, so the first one conflicts.
	key, err := db.One(ctx, tx, scanKey, selectKeys+` WHERE name = $1 OR fingerprint = $2 ORDER BY id LIMIT 1`, name, fingerprint)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Key{}, false, nil
	case err != nil:
		return Key{}, false, fmt.Errorf("searching for key %q: %w", name, err)
	case key.Name != name:
		return Key{}, false, problem.New(problem.Conflict, "key %s is already stored, as %q", fingerprint, key.Name).In("key").
			WithHint("use it by that name, or drop it first")
	case key.Fingerprint != fingerprint:
		return Key{}, false, problem.New(problem.Conflict, "%q already is another key, %s", name, key.Fingerprint).In("name").
			WithHint("choose another name")
	}
	return key, true, nil
}

func (s *Store) insert(ctx context.Context, tx *db.Tx, name string, info openpgp.Key, public *openpgp.Keyring, sealed any) error {
	id, now, err := tx.NewRow(ctx, "signing_key")
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO signing_key (id, name, fingerprint, key_id, public, secret, is_default, added_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`, id, name, info.Fingerprint, info.KeyID, public.Binary(), sealed, now)
	return err
}

// Get returns a key by its name, its fingerprint (40 hexadecimal digits) or its long key id
// (the last 16 of them), the latter two in either case and with or without 0x. No key is
// problem.NotFound; a key id that matches several keys is problem.Conflict.
func (s *Store) Get(ctx context.Context, tx *db.Tx, ref string) (Key, error) {
	condition, value := `name = $1`, ref
	if match := digitsPattern.FindStringSubmatch(ref); match != nil {
		value = strings.ToUpper(match[1])
		if condition = `key_id = $1`; len(value) == 40 {
			condition = `fingerprint = $1`
		}
	}
	keys, err := db.All(ctx, tx, scanKey, selectKeys+` WHERE `+condition+` ORDER BY id LIMIT 2`, value)
	switch {
	case err != nil:
		return Key{}, fmt.Errorf("reading key %q: %w", ref, err)
	case len(keys) == 0:
		return Key{}, problem.New(problem.NotFound, "there is no key %q", ref).In("key").
			WithHint("use the name or fingerprint of a stored key, or add the key first")
	case len(keys) > 1:
		return Key{}, problem.New(problem.Conflict, "key id %q matches several keys", ref).In("key").WithHint("use the whole fingerprint")
	}
	return keys[0], nil
}

// Filter selects keys to list. Its zero value selects all.
type Filter struct {
	Signing bool // only keys with a secret
}

// List returns up to limit keys after a name (from the start if empty), sorted by name.
func (s *Store) List(ctx context.Context, tx *db.Tx, f Filter, after string, limit int) ([]Key, error) {
	query := selectKeys + ` WHERE name > $1`
	if f.Signing {
		query += ` AND secret IS NOT NULL`
	}
	keys, err := db.All(ctx, tx, scanKey, query+` ORDER BY name LIMIT $2`, after, limit)
	return keys, problem.While(err, "listing keys")
}

// Drop deletes a key and its secret for good. The caller makes sure that no publication uses
// the key.
func (s *Store) Drop(ctx context.Context, tx *db.Tx, ref string) (Key, error) {
	key, err := s.Get(ctx, tx, ref)
	if err != nil {
		return Key{}, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM signing_key WHERE id = $1`, key.ID)
	return key, problem.While(err, "dropping key %q", key.Name)
}

const selectKeys = `SELECT id, name, public, secret IS NOT NULL, is_default = 1, added_at FROM signing_key`

func scanKey(row db.Scanner) (Key, error) {
	var key Key
	var public []byte
	if err := row.Scan(&key.ID, &key.Name, &public, &key.HasSecret, &key.Default, &key.AddedAt); err != nil {
		return Key{}, err
	}
	var err error
	if key.Public, err = openpgp.ReadKeys(public); err != nil {
		return Key{}, errors.Join(fmt.Errorf("stored key %q is damaged", key.Name), err)
	}
	key.Key = key.Public.Keys()[0]
	return key, nil
}
