// Package masterkey holds the master key, which encrypts the secrets of signing keys and
// key pairs in the database. It is stored in a file of its own in the data folder, so
// that nobody can sign with a copy or backup of the database alone. Secrets that only
// this server needs, such as the key that signs sessions, are derived from it.
package masterkey

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/aptarium/aptarium/internal/problem"
)

// File is the name of the master key's file in the data folder.
const File = "secret.key"

// Keys encrypts stored secrets with XChaCha20-Poly1305. It can hold several keys, each
// with a number from 0 to 255: the last one encrypts, all decrypt. So the key can be
// changed, and older secrets stay readable.
type Keys struct {
	keys    map[byte][]byte
	current byte
}

// sealVersion is the first byte of a sealed secret. The number of the key, the nonce and
// the ciphertext follow.
const sealVersion = 1

// maxBytes limits the size of the file; a line has 48 bytes.
const maxBytes = 16 << 10

// Open reads the master key from dir/secret.key, or creates the file. Each line is a
// number and a key of 32 bytes in base64. A file that others than its owner can read is
// problem.Conflict. If several processes create it at once, one wins and all use its key.
func Open(dir string) (Keys, error) {
	path := filepath.Join(dir, File)
	master, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return master, err
	}
	if err := create(path); err != nil {
		return Keys{}, fmt.Errorf("creating the master key: %w", err)
	}
	return read(path)
}

// create writes a new key to the file, unless another process has created it. Readers
// see a complete file or none: it is linked after it is written and flushed.
func create(path string) error {
	key := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(key)                                     // never fails
	file, err := os.CreateTemp(filepath.Dir(path), File+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = fmt.Fprintf(file, "1 %s\n", base64.StdEncoding.EncodeToString(key))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir flushes the names in a folder, so that a power failure cannot lose a used key.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func read(path string) (Keys, error) {
	file, err := os.Open(path)
	if err != nil {
		return Keys{}, fmt.Errorf("reading the master key: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Keys{}, fmt.Errorf("reading the master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Keys{}, problem.New(problem.Conflict, "others than its owner can read this file (mode %04o), but it protects the secrets of signing keys and key pairs", info.Mode().Perm()).
			In(path).WithHint("run chmod 600 %s; if others use this machine, also replace the signing keys and key pairs", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxBytes))
	if err != nil {
		return Keys{}, fmt.Errorf("reading the master key: %w", err)
	}
	master, err := parse(text)
	if err != nil {
		return Keys{}, problem.New(problem.Conflict, "the master key is damaged: %w", err).In(path).
			WithHint("restore the file from a backup; without it the signing keys and key pairs are lost")
	}
	return master, nil
}

func parse(text []byte) (Keys, error) {
	master := Keys{keys: map[byte][]byte{}}
	for line := range strings.Lines(string(bytes.TrimSpace(text))) {
		number, encoded, _ := strings.Cut(strings.TrimSpace(line), " ")
		id, err := strconv.ParseUint(number, 10, 8)
		if err != nil {
			return Keys{}, fmt.Errorf("a line does not start with a number from 0 to 255")
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != chacha20poly1305.KeySize {
			return Keys{}, fmt.Errorf("key %d is not %d bytes in base64", id, chacha20poly1305.KeySize)
		}
		if master.keys[byte(id)] != nil {
			return Keys{}, fmt.Errorf("key %d occurs twice", id)
		}
		master.keys[byte(id)], master.current = key, byte(id)
	}
	if len(master.keys) == 0 {
		return Keys{}, errors.New("it is empty")
	}
	return master, nil
}

// associated binds a sealed secret to its owner, so that secrets cannot be swapped in the
// database.
func associated(owner string) []byte { return []byte("aptarium " + owner) }

// Seal encrypts the secret of an owner, such as "signing key" and a fingerprint.
func (k Keys) Seal(owner string, secret []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.keys[k.current])
	if err != nil {
		return nil, fmt.Errorf("sealing the secret of %s: %w", owner, err)
	}
	sealed := make([]byte, 2+aead.NonceSize(), 2+aead.NonceSize()+len(secret)+aead.Overhead())
	sealed[0], sealed[1] = sealVersion, k.current
	nonce := sealed[2:]
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(sealed, nonce, secret, associated(owner)), nil
}

// Unseal decrypts a secret that Seal encrypted for this owner. A secret of another owner
// or another master key, or a damaged one, is problem.Conflict.
func (k Keys) Unseal(owner string, sealed []byte) ([]byte, error) {
	unusable := func() error {
		return problem.New(problem.Conflict, "the secret of %s cannot be decrypted with this master key", owner).
			WithHint("restore the file %s that belongs to this database", File)
	}
	if len(sealed) < 2+chacha20poly1305.NonceSizeX || sealed[0] != sealVersion || k.keys[sealed[1]] == nil {
		return nil, unusable()
	}
	aead, err := chacha20poly1305.NewX(k.keys[sealed[1]])
	if err != nil {
		return nil, fmt.Errorf("opening the secret of %s: %w", owner, err)
	}
	nonce, ciphertext := sealed[2:2+aead.NonceSize()], sealed[2+aead.NonceSize():]
	secret, err := aead.Open(nil, nonce, ciphertext, associated(owner))
	if err != nil {
		return nil, unusable()
	}
	return secret, nil
}

// Derive returns keys of 32 bytes for a purpose (HKDF with SHA-256, RFC 5869), one per
// master key: the first for new use, the others to verify what older keys protected.
func (k Keys) Derive(purpose string) ([][]byte, error) {
	var derived [][]byte
	for _, number := range slices.Sorted(maps.Keys(k.keys)) {
		key, err := hkdf.Key(sha256.New, k.keys[number], nil, "aptarium "+purpose, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("deriving a key for %s: %w", purpose, err)
		}
		if number == k.current {
			derived = slices.Insert(derived, 0, key)
			continue
		}
		derived = append(derived, key)
	}
	return derived, nil
}
