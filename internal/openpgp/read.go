package openpgp

import (
	"errors"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of one keyring. Debian's own, for three releases, has 56 kB, 9 keys and 104
// packets.
const (
	maxKeyringBytes   = 4 << 20
	maxKeyringPackets = 20_000
	maxKeyringKeys    = 500
	maxSelfSignatures = 4_000 // checked signatures, 0.1 ms each, in a whole keyring
	maxUserIDBytes    = 1024
)

// certificateReader builds certificates from packets, and counts the work.
type certificateReader struct {
	checks int // self-signatures checked so far
}

// subject is the subject of the signatures that follow a packet.
type subject struct {
	user   *user                  // a user id
	subkey *component             // a subkey
	direct bool                   // the primary key itself
	about  []*packet.OpaquePacket // its packets to keep
}

// read builds one certificate from its packets, the first of which is the primary key.
// It returns nil for a key in an unsupported form, because a keyring can also contain
// newer keys.
func (r *certificateReader) read(packets []*packet.OpaquePacket) (*certificate, error) {
	key, ok := parseAs[*packet.PublicKey](packets[0])
	if !ok || key.Version != 4 || !key.PubKeyAlgo.CanSign() {
		return nil, nil
	}
	cert := &certificate{primary: newComponent(key)}
	at := &subject{direct: true, about: packets[:1:1]}
	var subjects []*subject
	for _, p := range packets[1:] {
		if p.Tag == tagSignature {
			if err := r.attach(cert, at, p); err != nil {
				return nil, err
			}
			continue
		}
		subjects = append(subjects, at)
		at = nextSubject(p)
	}
	for _, s := range append(subjects, at) {
		cert.adopt(s)
	}
	return cert, nil
}

// newComponent returns a component without signatures.
func newComponent(key *packet.PublicKey) component {
	name, weakness := algorithmOf(key)
	return component{key: key, algorithm: name, weakness: weakness}
}

// nextSubject returns the user id or subkey of a packet. For photos, trust packets of
// GnuPG and unknown packets it returns an empty subject, whose signatures are ignored.
func nextSubject(p *packet.OpaquePacket) *subject {
	switch p.Tag {
	case tagUserID:
		if len(p.Contents) <= maxUserIDBytes {
			return &subject{user: &user{name: string(p.Contents)}, about: []*packet.OpaquePacket{p}}
		}
	case tagPublicSubkey:
		if key, ok := parseAs[*packet.PublicKey](p); ok && key.Version == 4 {
			sub := newComponent(key)
			return &subject{subkey: &sub, about: []*packet.OpaquePacket{p}}
		}
	}
	return &subject{}
}

// attach verifies a signature about the current subject and stores its content. It
// ignores signatures by other keys and bad ones.
func (r *certificateReader) attach(cert *certificate, at *subject, p *packet.OpaquePacket) error {
	sig, ok := parseAs[*packet.Signature](p)
	if !ok || sig.Version != 4 || !sig.CheckKeyIdOrFingerprint(cert.primary.key) || !affordable(cert.primary.key) {
		return nil
	}
	if at.subkey != nil && !affordable(at.subkey.key) {
		return nil
	}
	if r.checks++; r.checks > maxSelfSignatures {
		return problem.New(problem.TooLarge, "the keyring has more than %d self-signatures", maxSelfSignatures).
			WithHint("export only the keys that this source needs, with gpg --export-options export-minimal --export FINGERPRINT")
	}
	if cert.accept(at, sig) {
		at.about = append(at.about, p)
	}
	return nil
}

// accept verifies a self-signature and stores its content with its subject. It accepts
// SHA-1, as gpgv and apt do: many publishers' keys are from before 2016, and the person
// who adds a key to a keyring vouches for the whole key.
func (c *certificate) accept(at *subject, sig *packet.Signature) bool {
	primary := c.primary.key
	switch sig.SigType {
	case packet.SigTypeKeyRevocation:
		if !at.direct || primary.VerifyRevocationSignature(sig) != nil {
			return false
		}
		c.primary.revocations = append(c.primary.revocations, revocationFrom(sig))
	case packet.SigTypeDirectSignature:
		if !at.direct || primary.VerifyDirectKeySignature(sig) != nil {
			return false
		}
		c.direct = append(c.direct, bindingFrom(sig, primary))
	case packet.SigTypeGenericCert, packet.SigTypePersonaCert, packet.SigTypeCasualCert, packet.SigTypePositiveCert:
		if at.user == nil || primary.VerifyUserIdSignature(at.user.name, primary, sig) != nil {
			return false
		}
		at.user.bindings = append(at.user.bindings, bindingFrom(sig, primary))
	case packet.SigTypeCertificationRevocation:
		if at.user == nil || primary.VerifyUserIdSignature(at.user.name, primary, sig) != nil {
			return false
		}
		if at.user.revoked.Before(sig.CreationTime) {
			at.user.revoked = sig.CreationTime.UTC()
		}
	case packet.SigTypeSubkeyBinding:
		// This also verifies the signature by which a signing subkey confirms its
		// primary key, so that no key can adopt another key's subkey.
		if at.subkey == nil || primary.VerifyKeySignature(at.subkey.key, sig) != nil {
			return false
		}
		at.subkey.bindings = append(at.subkey.bindings, bindingFrom(sig, at.subkey.key))
	case packet.SigTypeSubkeyRevocation:
		if at.subkey == nil || primary.VerifySubkeyRevocationSignature(sig, at.subkey.key) != nil {
			return false
		}
		at.subkey.revocations = append(at.subkey.revocations, revocationFrom(sig))
	default:
		return false
	}
	return true
}

// adopt adds a complete subject to the certificate, unless no signature binds it.
func (c *certificate) adopt(s *subject) {
	switch {
	case s.user != nil && len(s.user.bindings) > 0:
		c.users = append(c.users, *s.user)
	case s.subkey != nil && len(s.subkey.bindings) > 0:
		c.subkeys = append(c.subkeys, *s.subkey)
	case !s.direct:
		return
	}
	c.packets = append(c.packets, s.about...)
}

// splitCertificates splits packets before each primary key. The first packet must be one.
func splitCertificates(packets []*packet.OpaquePacket) ([][]*packet.OpaquePacket, error) {
	packets = slices.DeleteFunc(packets, func(p *packet.OpaquePacket) bool { return p.Tag == tagMarker || p.Tag == tagPadding })
	var certs [][]*packet.OpaquePacket
	for _, p := range packets {
		switch {
		case p.Tag == tagPublicKey || p.Tag == tagSecretKey:
			if len(certs) == maxKeyringKeys {
				return nil, problem.New(problem.TooLarge, "more than %d keys", maxKeyringKeys).
					WithHint("export only the keys that this source needs, with gpg --export FINGERPRINT")
			}
			certs = append(certs, []*packet.OpaquePacket{p})
		case len(certs) == 0:
			return nil, unreadable(errors.New("the data does not start with an OpenPGP key"))
		default:
			certs[len(certs)-1] = append(certs[len(certs)-1], p)
		}
	}
	return certs, nil
}
