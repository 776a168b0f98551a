package openpgp

import (
	"bytes"
	"crypto"
	"errors"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/aptarium/aptarium/internal/problem"
)

// SecretKey is a key that can sign: its public part, and the secret of that one
// component that signs. It implements [Signer].
type SecretKey struct {
	public *certificate
	part   *component         // the component of public that signs
	secret *packet.PrivateKey // its secret, not encrypted
}

var _ Signer = (*SecretKey)(nil)

// maxArgon2Memory is the log2 of the KiB that unlocking a secret key may take:
// 64 MiB.
const maxArgon2Memory = 16

// ErrSeveralKeys tells of several keys where one is wanted.
var ErrSeveralKeys = errors.New("there must be one key in the data")

// ReadSecretKey reads one secret key, armored or binary, as gpg
// --export-secret-keys writes it; passphrase unlocks it and may be empty. Of
// several secrets in it only one is kept: that of the newest subkey that may
// sign now, or of the primary key when there is none. So a primary key that is
// kept elsewhere need not be given (gpg --export-secret-subkeys).
//
// It fails with problem.Invalid when there is no such key or several, with the
// field "passphrase" when that is missing or wrong, and when the key is too
// weak, expired or revoked.
func ReadSecretKey(data, passphrase []byte) (*SecretKey, error) {
	packets, err := keyPackets(data, secretKeyBlock)
	if err != nil {
		return nil, err
	}
	certs, err := splitCertificates(packets)
	if err != nil {
		return nil, err
	}
	if len(certs) > 1 {
		return nil, problem.New(problem.Invalid, "%w, not %d", ErrSeveralKeys, len(certs)).
			WithHint("give what gpg --export-secret-keys FINGERPRINT writes")
	}
	if len(certs) != 1 || !slices.ContainsFunc(certs[0], isSecret) {
		return nil, problem.New(problem.Invalid, "there must be one secret key in the data, not %d", len(certs)).
			WithHint("give what gpg --export-secret-keys FINGERPRINT writes")
	}
	public, secrets, err := splitSecrets(certs[0])
	if err != nil {
		return nil, err
	}
	cert, err := new(certificateReader).read(public)
	if err != nil {
		return nil, err
	}
	if cert == nil {
		return nil, problem.New(problem.Invalid, "the secret key is not an OpenPGP key of version 4 that can sign")
	}
	return unlock(cert, secrets, passphrase)
}

// splitSecrets makes the public packets of a secret key, and gives the secrets
// that are there by fingerprint.
func splitSecrets(packets []*packet.OpaquePacket) (public []*packet.OpaquePacket, secrets map[string]*packet.PrivateKey, err error) {
	secrets = map[string]*packet.PrivateKey{}
	for _, p := range packets {
		if !isSecret(p) {
			public = append(public, p)
			continue
		}
		secret, ok := parseAs[*packet.PrivateKey](p)
		if !ok {
			if p.Tag == tagSecretSubkey {
				continue
			}
			return nil, nil, problem.New(problem.Invalid, "the secret key has a form that is not understood")
		}
		body, err := publicBody(&secret.PublicKey)
		if err != nil {
			return nil, nil, err
		}
		tag := uint8(tagPublicKey)
		if p.Tag == tagSecretSubkey {
			tag = tagPublicSubkey
		}
		public = append(public, &packet.OpaquePacket{Tag: tag, Contents: body})
		if secret.Dummy() {
			continue
		}
		if err := checkProtection(p.Contents, body); err != nil {
			return nil, nil, err
		}
		secrets[fingerprintOf(&secret.PublicKey)] = secret
	}
	return public, secrets, nil
}

// publicBody returns the contents of a public key's packet.
func publicBody(key *packet.PublicKey) ([]byte, error) {
	var out bytes.Buffer
	if err := key.Serialize(&out); err != nil {
		return nil, err
	}
	packets, err := splitPackets(out.Bytes(), 1)
	if err != nil {
		return nil, err
	}
	return packets[0].Contents, nil
}

// checkProtection refuses a secret whose unlocking would take more memory than
// we have: RFC 9580 lets the key ask for 2 TiB. The octets after the public
// part are the usage, cipher, mode, and the Argon2 specifier: type, 16 of
// salt, passes, lanes, memory (sections 3.7.1.4 and 5.5.3).
func checkProtection(contents, public []byte) error {
	const usageAEAD, typeArgon2, length = 253, 4, 3 + 20
	protection, found := bytes.CutPrefix(contents, public)
	if !found {
		return problem.New(problem.Invalid, "the secret key does not start with its public key")
	}
	if len(protection) < length || protection[0] != usageAEAD || protection[3] != typeArgon2 {
		return nil
	}
	if passes, memory := protection[20], protection[22]; passes > 10 || memory > maxArgon2Memory {
		return problem.New(problem.TooLarge, "unlocking the secret key would take %d passes over 2^%d KiB", passes, memory).
			WithHint("export it again with a passphrase set by gpg")
	}
	return nil
}

// unlock chooses the component that signs and decrypts its secret.
func unlock(cert *certificate, secrets map[string]*packet.PrivateKey, passphrase []byte) (*SecretKey, error) {
	part := cert.signingPart(secrets, time.Now())
	if part == nil {
		return nil, problem.New(problem.Invalid, "key %s has no secret in the data that may and can sign", fingerprintOf(cert.primary.key)).
			WithHint("give a key of RSA with %d bits or more, or Ed25519, with the secret of its primary key or of a signing subkey", minRSABits)
	}
	secret := secrets[fingerprintOf(part.key)]
	if secret.Encrypted {
		if len(passphrase) == 0 {
			return nil, problem.New(problem.Invalid, "the secret key is protected by a passphrase").In("passphrase").WithHint("give its passphrase")
		}
		if secret.Decrypt(passphrase) != nil {
			return nil, problem.New(problem.Invalid, "this passphrase does not unlock the secret key").In("passphrase")
		}
	}
	return &SecretKey{public: cert, part: part, secret: secret}, nil
}

// signingPart returns the component to sign with, of those whose secret is
// there: the newest subkey that may sign now, else the primary key if it may.
// When none may any more, it returns one that could once, so that an expired key
// can still be read and shown. It returns nil when there is none at all.
func (c *certificate) signingPart(secrets map[string]*packet.PrivateKey, now time.Time) *component {
	parts := make([]*component, 0, len(c.subkeys)+1)
	for i := range c.subkeys {
		parts = append(parts, &c.subkeys[i])
	}
	slices.SortStableFunc(parts, func(a, b *component) int { return b.key.CreationTime.Compare(a.key.CreationTime) })
	parts = slices.DeleteFunc(append(parts, &c.primary), func(part *component) bool {
		bound, _ := c.bindingOf(part, time.Time{})
		return secrets[fingerprintOf(part.key)] == nil || !bound.canSign || part.weakness != "" || c.primary.weakness != ""
	})
	for _, part := range parts {
		if (Policy{Now: now}).checkKey(c, part, now) == nil {
			return part
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return parts[0]
}

// MaySign reports whether clients would accept signatures that this key makes at
// a time; if not, a problem.Conflict says why: it is expired or revoked.
func (k *SecretKey) MaySign(at time.Time) error {
	if refused := (Policy{Now: at}).checkKey(k.public, k.part, at); refused != nil {
		return problem.New(problem.Conflict, "cannot sign: %s", refused.text).WithHint("sign with another key, or make one")
	}
	return nil
}

// Key tells about the public key.
func (k *SecretKey) Key() Key { return k.public.info() }

// Public returns a keyring with the public key.
func (k *SecretKey) Public() *Keyring { return &Keyring{certificates: []*certificate{k.public}} }

// Binary returns the whole key with its secret, not encrypted, as gpg --import
// and [ReadSecretKey] take it. When a subkey signs, the secret of the primary
// key is left out in the way of gpg --export-secret-subkeys.
func (k *SecretKey) Binary() ([]byte, error) {
	var out bytes.Buffer
	for _, p := range k.public.packets {
		if p.Tag != tagPublicKey && p.Tag != tagPublicSubkey {
			_ = p.Serialize(&out) // a bytes.Buffer takes every write
			continue
		}
		key, _ := parseAs[*packet.PublicKey](p)
		switch {
		case bytes.Equal(key.Fingerprint, k.part.key.Fingerprint):
			if err := k.secret.Serialize(&out); err != nil {
				return nil, err
			}
		case p.Tag == tagPublicKey:
			_ = absentSecret(p).Serialize(&out)
		default:
			_ = p.Serialize(&out)
		}
	}
	return out.Bytes(), nil
}

// Armored returns the same in a block of ASCII armor.
func (k *SecretKey) Armored() ([]byte, error) {
	body, err := k.Binary()
	if err != nil {
		return nil, err
	}
	return encodeArmor(secretKeyBlock, body)
}

// absentSecret makes the packet of a secret primary key without its secret:
// GnuPG's extension "gnu-dummy", described in its doc/DETAILS.
func absentSecret(public *packet.OpaquePacket) *packet.OpaquePacket {
	const usageSHA1, noCipher, typeGNU, noHash, dummy = 254, 0, 101, 0, 1
	contents := append(slices.Clone(public.Contents), usageSHA1, noCipher, typeGNU, noHash, 'G', 'N', 'U', dummy)
	return &packet.OpaquePacket{Tag: tagSecretKey, Contents: contents}
}

// newSignature prepares a signature by a key.
func newSignature(kind packet.SignatureType, by *packet.PublicKey, at time.Time) *packet.Signature {
	return &packet.Signature{
		Version:           by.Version,
		SigType:           kind,
		PubKeyAlgo:        by.PubKeyAlgo,
		Hash:              crypto.SHA512,
		CreationTime:      at,
		IssuerKeyId:       &by.KeyId,
		IssuerKeyVersion:  uint8(by.Version),
		IssuerFingerprint: by.Fingerprint,
	}
}

// signingConfig keeps go-crypto from adding random notations, so that signing
// the same text at the same time gives the same bytes.
func signingConfig() *packet.Config {
	random := false
	return &packet.Config{NonDeterministicSignaturesViaNotation: &random}
}
