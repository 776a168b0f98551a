package openpgp

import (
	"crypto/rsa"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Key describes a public key: its primary key, its user ids, its subkeys.
type Key struct {
	Fingerprint string    `json:"fingerprint"`        // of the primary key, 40 upper-case hexadecimal digits
	KeyID       string    `json:"key_id"`             // the last 16 digits of the fingerprint
	UserIDs     []string  `json:"user_ids"`           // with a good self-signature, the newest first, control characters replaced; none for DSA, which is not verified
	Algorithm   string    `json:"algorithm"`          // as GnuPG names it: ed25519, rsa4096, nistp256, dsa2048
	Created     time.Time `json:"created"`            // whole seconds, UTC
	Expires     time.Time `json:"expires,omitzero"`   // zero: never
	Revoked     bool      `json:"revoked,omitempty"`  // by its owner
	CanSign     bool      `json:"can_sign"`           // whether the primary key can sign texts and is strong enough
	Weakness    string    `json:"weakness,omitempty"` // the reason why no signature by this key counts; empty: none
	Subkeys     []Subkey  `json:"subkeys,omitempty"`
}

// Subkey describes a subkey that the primary key binds.
type Subkey struct {
	Fingerprint string    `json:"fingerprint"`
	KeyID       string    `json:"key_id"`
	Algorithm   string    `json:"algorithm"`
	Created     time.Time `json:"created"`
	Expires     time.Time `json:"expires,omitzero"` // zero: with the primary key
	Revoked     bool      `json:"revoked,omitempty"`
	CanSign     bool      `json:"can_sign"`
}

// Limits of RSA moduli in bits. The lower one is the policy of Debian's apt and most
// others; the upper one limits the work that a hostile key can cause.
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// algorithmOf returns a key's algorithm and size as gpg --list-keys shows them, and the
// reason why its signatures must not be trusted, if any.
func algorithmOf(key *packet.PublicKey) (name, weakness string) {
	if material, ok := key.PublicKey.(*rsa.PublicKey); ok {
		// The length of the number itself: the packet's bit count can include
		// leading zeros.
		bits := material.N.BitLen()
		name = fmt.Sprintf("rsa%d", bits)
		switch {
		case bits < minRSABits:
			weakness = fmt.Sprintf("%s is shorter than the required %d bits", name, minRSABits)
		case bits > maxRSABits:
			weakness = fmt.Sprintf("%s is longer than the supported %d bits", name, maxRSABits)
		}
		return name, weakness
	}
	if key.PubKeyAlgo == packet.PubKeyAlgoDSA {
		bits, _ := key.BitLength() // supports DSA
		return fmt.Sprintf("dsa%d", bits), "DSA is no longer trusted"
	}
	return curveOf(key), ""
}

// affordable reports whether verifying a signature by this key takes at most
// milliseconds, even if the key is hostile.
func affordable(key *packet.PublicKey) bool {
	if material, ok := key.PublicKey.(*rsa.PublicKey); ok {
		return material.N.BitLen() <= maxRSABits
	}
	return key.PubKeyAlgo != packet.PubKeyAlgoDSA
}

// curveOf returns the curve of an elliptic key, or the number of an unknown algorithm.
func curveOf(key *packet.PublicKey) string {
	curve, err := key.Curve()
	if err != nil {
		return fmt.Sprintf("algorithm%d", key.PubKeyAlgo)
	}
	signs := key.PubKeyAlgo.CanSign()
	switch {
	case curve == packet.Curve25519 && signs:
		return "ed25519"
	case curve == packet.Curve25519:
		return "cv25519"
	case curve == packet.Curve448 && signs:
		return "ed448"
	case curve == packet.Curve448:
		return "cv448"
	}
	// go-crypto's P256 and BrainpoolP256 are GnuPG's nistp256 and brainpoolP256r1.
	if bits, found := strings.CutPrefix(string(curve), "P"); found {
		return "nistp" + bits
	}
	if bits, found := strings.CutPrefix(string(curve), "BrainpoolP"); found {
		return "brainpoolP" + bits + "r1"
	}
	return strings.ToLower(string(curve))
}

// fingerprintOf returns 40 upper-case hexadecimal digits.
func fingerprintOf(key *packet.PublicKey) string { return fmt.Sprintf("%X", key.Fingerprint) }

// printable replaces the characters of a key's text that could harm terminals and logs.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
}
