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

// SecretKey is a key that can sign: the public key, and the secret of the component that
// signs. It implements [Signer].
type SecretKey struct {
	public *certificate
	part   *component         // the component of public that signs
	secret *packet.PrivateKey // its secret, not encrypted
}

var _ Signer = (*SecretKey)(nil)

// maxArgon2Memory limits the memory for unlocking a secret key, as the log2 of KiB: 64 MiB.
const maxArgon2Memory = 16

// ErrSeveralKeys means that the data contains several keys instead of one.
var ErrSeveralKeys = errors.New("the data must contain one key")

// ReadSecretKey reads one secret key, armored or binary, as gpg --export-secret-keys
// writes it. The passphrase, possibly empty, unlocks it. The result has the secret of
// only one component: of the newest subkey that can sign now, or else of the primary key.
// So the data need not contain the secret of the primary key (gpg
// --export-secret-subkeys).
//
// No such key or several, and a weak, expired or revoked key, are problem.Invalid; a
// missing or wrong passphrase is problem.Invalid in the field "passphrase".
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
		return nil, problem.New(problem.Invalid, "the data must contain one secret key, not %d", len(certs)).
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
			return nil, nil, problem.New(problem.Invalid, "the secret key has an unsupported form")
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

// checkProtection refuses a secret that needs too much memory to unlock: RFC 9580 lets a
// key ask for 2 TiB. The octets after the public part are the usage, cipher, mode, and the
// Argon2 specifier: type, 16 of salt, passes, lanes, memory (sections 3.7.1.4 and 5.5.3).
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

// unlock selects the component that signs and decrypts its secret.
func unlock(cert *certificate, secrets map[string]*packet.PrivateKey, passphrase []byte) (*SecretKey, error) {
	part := cert.signingPart(secrets, time.Now())
	if part == nil {
		return nil, problem.New(problem.Invalid, "the data has no secret of key %s that can sign", fingerprintOf(cert.primary.key)).
			WithHint("import an RSA key of %d bits or more, or an Ed25519 key, with the secret of its primary key or of a signing subkey", minRSABits)
	}
	secret := secrets[fingerprintOf(part.key)]
	if secret.Encrypted {
		if len(passphrase) == 0 {
			return nil, problem.New(problem.Invalid, "the secret key is protected by a passphrase").In("passphrase").WithHint("enter its passphrase")
		}
		if secret.Decrypt(passphrase) != nil {
			return nil, problem.New(problem.Invalid, "this passphrase does not unlock the secret key").In("passphrase")
		}
	}
	return &SecretKey{public: cert, part: part, secret: secret}, nil
}

// signingPart returns the component to sign with, among those with a secret: the newest
// subkey that can sign now, else the primary key if it can. If none can sign any more, it
// returns a component that once could, so that an expired key can still be read and
// shown. It returns nil if there is none.
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

// MaySign returns nil if clients would accept signatures by this key at a time, and
// otherwise a problem.Conflict: the key is expired or revoked.
func (k *SecretKey) MaySign(at time.Time) error {
	if refused := (Policy{Now: at}).checkKey(k.public, k.part, at); refused != nil {
		return problem.New(problem.Conflict, "cannot sign: %s", refused.text).WithHint("sign with another key, or generate one")
	}
	return nil
}

// Key describes the public key.
func (k *SecretKey) Key() Key { return k.public.info() }

// Public returns a keyring with the public key.
func (k *SecretKey) Public() *Keyring { return &Keyring{certificates: []*certificate{k.public}} }

// Binary returns the whole key with its unencrypted secret, for gpg --import and
// [ReadSecretKey]. If a subkey signs, the secret of the primary key is left out, as by
// gpg --export-secret-subkeys.
func (k *SecretKey) Binary() ([]byte, error) {
	var out bytes.Buffer
	for _, p := range k.public.packets {
		if p.Tag != tagPublicKey && p.Tag != tagPublicSubkey {
			_ = p.Serialize(&out) // writes to a bytes.Buffer never fail
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

// Armored returns the result of Binary as a block of ASCII armor.
func (k *SecretKey) Armored() ([]byte, error) {
	body, err := k.Binary()
	if err != nil {
		return nil, err
	}
	return encodeArmor(secretKeyBlock, body)
}

// absentSecret returns the packet of a secret primary key without its secret: GnuPG's
// extension "gnu-dummy", described in its doc/DETAILS.
func absentSecret(public *packet.OpaquePacket) *packet.OpaquePacket {
	const usageSHA1, noCipher, typeGNU, noHash, dummy = 254, 0, 101, 0, 1
	contents := append(slices.Clone(public.Contents), usageSHA1, noCipher, typeGNU, noHash, 'G', 'N', 'U', dummy)
	return &packet.OpaquePacket{Tag: tagSecretKey, Contents: contents}
}

// newSignature returns an unsigned signature packet of a key.
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

// signingConfig prevents go-crypto from adding random notations, so that signatures of
// the same text at the same time are equal.
func signingConfig() *packet.Config {
	random := false
	return &packet.Config{NonDeterministicSignaturesViaNotation: &random}
}
