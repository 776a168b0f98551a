package openpgp

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/aptarium/aptarium/internal/problem"
)

// Keyring is a set of public keys that are trusted for one purpose. The zero Keyring and
// a nil one are empty, and trust no key.
type Keyring struct {
	certificates []*certificate
}

// ReadKeys reads a keyring: binary packets as in /usr/share/keyrings/*.gpg, or armored
// blocks as in *.asc, one or several, also with text between them. It ignores keys in an
// unsupported form, everything that no self-signature proves, and repeated keys.
//
// Data without a key, and secret keys ([ErrSecretKey]), are problem.Invalid. More than
// 4 MiB, 500 keys, or an absurd number of signatures is problem.TooLarge.
func ReadKeys(data []byte) (*Keyring, error) {
	packets, err := keyPackets(data, publicKeyBlock)
	if err != nil {
		return nil, err
	}
	certs, err := splitCertificates(packets)
	if err != nil {
		return nil, err
	}
	keyring := &Keyring{}
	var reader certificateReader
	for _, cert := range certs {
		if slices.ContainsFunc(cert, isSecret) {
			return nil, secretGiven()
		}
		read, err := reader.read(cert)
		if err != nil {
			return nil, err
		}
		keyring.add(read)
	}
	if len(keyring.certificates) == 0 {
		return nil, problem.New(problem.Invalid, "no OpenPGP key of version 4 found").
			WithHint("export the keys with gpg --export or gpg --armor --export")
	}
	return keyring, nil
}

// keyPackets returns the packets of binary data, or of the armored blocks of one kind.
func keyPackets(data []byte, kind string) ([]*packet.OpaquePacket, error) {
	if len(data) > maxKeyringBytes {
		return nil, problem.New(problem.TooLarge, "the keyring has %d bytes, more than %d", len(data), maxKeyringBytes)
	}
	if len(data) >= 12 && string(data[8:12]) == "KBXf" {
		return nil, problem.New(problem.Invalid, "this is GnuPG's own keybox, not a keyring").
			WithHint("export the keys with gpg --export")
	}
	binary := data
	if len(data) == 0 || data[0]&0x80 == 0 {
		var err error
		if binary, err = armoredKeys(data, kind); err != nil {
			return nil, err
		}
	}
	packets, err := splitPackets(binary, maxKeyringPackets)
	switch {
	case errors.Is(err, errTooManyPackets):
		return nil, problem.New(problem.TooLarge, "the keyring has more than %d OpenPGP packets", maxKeyringPackets)
	case err != nil:
		return nil, unreadable(err)
	}
	return packets, nil
}

// armoredKeys decodes every block of one kind in a text, and skips the text between them.
func armoredKeys(text []byte, kind string) (binary []byte, err error) {
	for rest := text; ; {
		_, block, after, found, err := nextArmor(rest)
		switch {
		case err != nil:
			return nil, unreadable(err)
		case !found:
			return binary, nil
		case block.kind == kind:
			binary = append(binary, block.body...)
		case block.kind == secretKeyBlock:
			return nil, secretGiven()
		}
		rest = after
	}
}

// unreadable returns the problem of input that is not an OpenPGP key.
func unreadable(err error) *problem.Problem {
	return problem.New(problem.Invalid, "%w", err).WithHint("the data may be truncated or damaged: download or export it again")
}

func isSecret(p *packet.OpaquePacket) bool { return p.Tag == tagSecretKey || p.Tag == tagSecretSubkey }

// ErrSecretKey is the cause of [ReadKeys]'s problem about secret keys.
var ErrSecretKey = errors.New("this is a secret key, but a public key is required")

// secretGiven returns the problem of a secret key where a public one is required, which
// must not be stored and shown as public data.
func secretGiven() *problem.Problem {
	return problem.New(problem.Invalid, "%w", ErrSecretKey).
		WithHint("keep the secret key private; export the public key with gpg --export FINGERPRINT")
}

// add adds a certificate, unless the keyring already has its key.
func (k *Keyring) add(cert *certificate) {
	if cert == nil || k.find(fingerprintOf(cert.primary.key)) != nil {
		return
	}
	k.certificates = append(k.certificates, cert)
}

// find returns the certificate with this primary fingerprint, or nil.
func (k *Keyring) find(fingerprint string) *certificate {
	for _, cert := range k.certificates {
		if fingerprintOf(cert.primary.key) == fingerprint {
			return cert
		}
	}
	return nil
}

// Merge returns a keyring with the keys of all keyrings, each once.
func Merge(keyrings ...*Keyring) *Keyring {
	all := &Keyring{}
	for _, k := range keyrings {
		if k == nil {
			continue
		}
		for _, cert := range k.certificates {
			all.add(cert)
		}
	}
	return all
}

// Keys describes every key, in the order of the data.
func (k *Keyring) Keys() []Key {
	if k == nil {
		return nil
	}
	keys := make([]Key, len(k.certificates))
	for i, cert := range k.certificates {
		keys[i] = cert.info()
	}
	return keys
}

// Only returns a keyring with only the keys of these primary fingerprints (40 upper-case
// digits).
func (k *Keyring) Only(fingerprints ...string) *Keyring {
	chosen := &Keyring{}
	if k == nil {
		return chosen
	}
	for _, cert := range k.certificates {
		if slices.Contains(fingerprints, fingerprintOf(cert.primary.key)) {
			chosen.certificates = append(chosen.certificates, cert)
		}
	}
	return chosen
}

// Binary returns the keys as gpgv and apt read them from a .gpg file, with their
// self-signatures only.
func (k *Keyring) Binary() []byte {
	if k == nil {
		return nil
	}
	var out bytes.Buffer
	for _, cert := range k.certificates {
		out.Write(joinPackets(cert.packets))
	}
	return out.Bytes()
}

// Armored returns the same keys in one block, as apt reads them from a .asc file. It
// returns nil for an empty keyring.
func (k *Keyring) Armored() ([]byte, error) {
	body := k.Binary()
	if len(body) == 0 {
		return nil, nil
	}
	return encodeArmor(publicKeyBlock, body)
}

// SignedBy returns the armored keys as the value of the field Signed-By in a
// deb822 .sources file: each line starts with a space, an empty one is " .", and the
// first line, after the field's name, is empty. See sources.list(5).
func (k *Keyring) SignedBy() (string, error) {
	armored, err := k.Armored()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for line := range strings.Lines(string(armored)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			line = "."
		}
		out.WriteString("\n " + line)
	}
	return out.String(), nil
}
