package openpgp

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/aptarium/aptarium/internal/problem"
)

// Form is how signed data is hashed; RFC 9580 section 5.2.1.
type Form byte

// The two forms of a signature over a document.
const (
	Binary Form = 0x00 // the bytes as they are
	Text   Form = 0x01 // lines, ended by CRLF
)

// Signer creates signatures with one key, which it holds or has access to.
//
// Sign returns the packets of one detached signature over data, not armored: version 4,
// SHA-256 or better, of the given form, dated at (truncated to seconds). With Text, data
// already has canonical line ends. The signature must name its key by an issuer
// fingerprint or key id. Sign can take long, must be safe for several goroutines, and
// ends early when the context does. Two signatures of the same data can differ. An error
// that a person can correct is a problem.
//
// Fingerprint returns the fingerprint of the primary key in 40 upper-case hexadecimal
// digits.
type Signer interface {
	Fingerprint() string
	Sign(ctx context.Context, form Form, data []byte, at time.Time) (signature []byte, err error)
}

// ClearSign returns a text framed with signatures by all signers, like InRelease: in one
// block, in the form that old gpgv needs. Blanks at the end of a line, carriage returns
// and NULs, which cannot be signed unchanged, are problem.Invalid. A missing last newline
// is added.
func ClearSign(ctx context.Context, text []byte, at time.Time, signers ...Signer) ([]byte, error) {
	clear, err := newCleartext(text)
	if err != nil {
		return nil, err
	}
	packets, err := signAll(ctx, Text, clear.canonical(), at, signers)
	if err != nil {
		return nil, err
	}
	armored, err := encodeArmor(signatureBlock, joinPackets(packets))
	if err != nil {
		return nil, err
	}
	return clear.write(hashesOf(packets), armored), nil
}

// DetachSign returns an armored block of signatures by all signers over the bytes of
// data, like Release.gpg.
func DetachSign(ctx context.Context, data []byte, at time.Time, signers ...Signer) ([]byte, error) {
	packets, err := signAll(ctx, Binary, data, at, signers)
	if err != nil {
		return nil, err
	}
	return encodeArmor(signatureBlock, joinPackets(packets))
}

// signAll collects one signature by each signer.
func signAll(ctx context.Context, form Form, data []byte, at time.Time, signers []Signer) ([]*packet.OpaquePacket, error) {
	if len(signers) == 0 || len(signers) > maxSignatures {
		return nil, problem.New(problem.Invalid, "cannot sign with %[2]d keys; use 1 to %[1]d", maxSignatures, len(signers))
	}
	var all []*packet.OpaquePacket
	for _, signer := range signers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		signature, err := signer.Sign(ctx, form, data, at)
		if err != nil {
			return nil, err
		}
		packets, err := signaturePackets(signature)
		if err != nil || len(packets) == 0 {
			// An internal error, of this program or the signer: not a problem.
			return nil, fmt.Errorf("the signer of key %s returned no signature: %v", signer.Fingerprint(), err)
		}
		all = append(all, packets...)
	}
	return all, nil
}

// hashesOf returns the hashes of signatures, each once, for the Hash header.
func hashesOf(packets []*packet.OpaquePacket) string {
	var names []string
	for _, p := range packets {
		if sig, ok := parseAs[*packet.Signature](p); ok && !slices.Contains(names, hashName(sig.Hash)) {
			names = append(names, hashName(sig.Hash))
		}
	}
	return strings.Join(names, ",")
}

// Fingerprint returns the fingerprint of the primary key in 40 upper-case hexadecimal digits.
func (k *SecretKey) Fingerprint() string { return fingerprintOf(k.public.primary.key) }

// Sign returns one signature with SHA-512. With Ed25519 and RSA, signatures of the same
// data at the same time are equal. It refuses to sign if the key is expired or revoked at
// that time, because no client would accept the signature.
func (k *SecretKey) Sign(ctx context.Context, form Form, data []byte, at time.Time) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at = at.Truncate(time.Second)
	if err := k.MaySign(at); err != nil {
		return nil, err
	}
	sig := newSignature(packet.SignatureType(form), &k.secret.PublicKey, at)
	h := sig.Hash.New()
	h.Write(data)
	if err := sig.Sign(h, k.secret, signingConfig()); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := sig.Serialize(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
