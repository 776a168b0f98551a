package keyring

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/aptarium/aptarium/internal/problem"
)

// MasterFile is the name of the file that holds the master key, inside the
// data folder.
const MasterFile = "secret.key"

// Master encrypts the secrets of signing keys at rest with XChaCha20-Poly1305.
// It may hold several keys, each with a number from 0 to 255: the last one
// encrypts, all decrypt, so the key can be changed without losing what the
// older one encrypted.
type Master struct {
	keys    map[byte][]byte
	current byte
}

// sealVersion is the first byte of what [Master.seal] makes. After it come the
// number of the key, the nonce and the ciphertext.
const sealVersion = 1

// maxMasterBytes bounds the master file; a line has 48.
const maxMasterBytes = 16 << 10

// OpenMaster reads the master key from dir/secret.key, or makes it there when
// the file does not exist. Each line of it is a number and a key of 32 bytes in
// base64. The file must be readable by its owner alone; it is made so, and
// refused as problem.Conflict otherwise. Of several processes that make it at
// once, one wins and all use its key.
func OpenMaster(dir string) (Master, error) {
	path := filepath.Join(dir, MasterFile)
	master, err := readMaster(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return master, err
	}
	if err := createMaster(path); err != nil {
		return Master{}, fmt.Errorf("making the master key: %w", err)
	}
	return readMaster(path)
}

// createMaster makes the file with a new key, unless it is there by then. A
// reader sees it whole or not at all: it appears by a link to a file that is
// complete and flushed.
func createMaster(path string) error {
	key := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(key)                                           // never fails
	file, err := os.CreateTemp(filepath.Dir(path), MasterFile+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = fmt.Fprintf(file, "1 %s\n", base64.StdEncoding.EncodeToString(key))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir flushes the names in a folder, so that a key that was used cannot be
// lost with the power.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func readMaster(path string) (Master, error) {
	file, err := os.Open(path)
	if err != nil {
		return Master{}, fmt.Errorf("reading the master key: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Master{}, fmt.Errorf("reading the master key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Master{}, problem.New(problem.Conflict, "others than its owner may read this file (mode %04o), and it protects the signing keys", info.Mode().Perm()).
			In(path).WithHint("chmod 600 %s; if others use this machine, replace the signing keys too", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxMasterBytes))
	if err != nil {
		return Master{}, fmt.Errorf("reading the master key: %w", err)
	}
	master, err := parseMaster(text)
	if err != nil {
		return Master{}, problem.New(problem.Conflict, "the master key is damaged: %w", err).In(path).
			WithHint("restore the file from a backup; without it the signing keys are lost")
	}
	return master, nil
}

func parseMaster(text []byte) (Master, error) {
	master := Master{keys: map[byte][]byte{}}
	for line := range strings.Lines(string(bytes.TrimSpace(text))) {
		number, encoded, _ := strings.Cut(strings.TrimSpace(line), " ")
		id, err := strconv.ParseUint(number, 10, 8)
		if err != nil {
			return Master{}, fmt.Errorf("a line does not start with a number from 0 to 255")
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != chacha20poly1305.KeySize {
			return Master{}, fmt.Errorf("key %d is not %d bytes in base64", id, chacha20poly1305.KeySize)
		}
		if master.keys[byte(id)] != nil {
			return Master{}, fmt.Errorf("key %d is there twice", id)
		}
		master.keys[byte(id)], master.current = key, byte(id)
	}
	if len(master.keys) == 0 {
		return Master{}, errors.New("it is empty")
	}
	return master, nil
}

// associated binds a sealed secret to the key it belongs to, so that secrets
// cannot be exchanged in the database.
func associated(fingerprint string) []byte { return []byte("aptarium signing key " + fingerprint) }

// seal encrypts the secret of the key with this fingerprint.
func (m Master) seal(fingerprint string, secret []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(m.keys[m.current])
	if err != nil {
		return nil, fmt.Errorf("sealing the secret of key %s: %w", fingerprint, err)
	}
	sealed := make([]byte, 2+aead.NonceSize(), 2+aead.NonceSize()+len(secret)+aead.Overhead())
	sealed[0], sealed[1] = sealVersion, m.current
	nonce := sealed[2:]
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(sealed, nonce, secret, associated(fingerprint)), nil
}

// open decrypts what seal made for the key with this fingerprint.
func (m Master) open(fingerprint string, sealed []byte) ([]byte, error) {
	unusable := func() error {
		return problem.New(problem.Conflict, "the secret of key %s cannot be decrypted with this master key", fingerprint).
			WithHint("restore the file %s that belongs to this database", MasterFile)
	}
	if len(sealed) < 2+chacha20poly1305.NonceSizeX || sealed[0] != sealVersion || m.keys[sealed[1]] == nil {
		return nil, unusable()
	}
	aead, err := chacha20poly1305.NewX(m.keys[sealed[1]])
	if err != nil {
		return nil, fmt.Errorf("opening the secret of key %s: %w", fingerprint, err)
	}
	nonce, ciphertext := sealed[2:2+aead.NonceSize()], sealed[2+aead.NonceSize():]
	secret, err := aead.Open(nil, nonce, ciphertext, associated(fingerprint))
	if err != nil {
		return nil, unusable()
	}
	return secret, nil
}
