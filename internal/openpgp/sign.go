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

// Signer makes signatures with one key that it holds, or reaches.
//
// Sign returns the packets of one detached signature over data, not armored:
// version 4, SHA-256 or better, of the given form, and dated at (cut to whole
// seconds). With Text, data has its canonical line ends already. It must name its
// key by an issuer fingerprint or key id. It may take long and may be called by
// several goroutines at once; it ends early when the context does. Signing the
// same data twice need not give the same bytes. Trouble that a person can mend
// is told as a problem.
//
// Fingerprint names the primary key, by which clients know it, in 40
// upper-case hexadecimal digits.
type Signer interface {
	Fingerprint() string
	Sign(ctx context.Context, form Form, data []byte, at time.Time) (signature []byte, err error)
}

// ClearSign frames a text with signatures by all signers, as InRelease is:
// one block, with what old gpgv needs. The text may not have blanks at the end
// of a line, carriage returns or NULs: they would not be signed as they stand,
// and are problem.Invalid. The last newline is added if missing.
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

// DetachSign makes an armored block of signatures by all signers over the
// bytes of data, as Release.gpg is.
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
		return nil, problem.New(problem.Invalid, "a text is signed by 1 to %d keys, not %d", maxSignatures, len(signers))
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
			// Our own fault or the signer's, never the caller's: no problem.
			return nil, fmt.Errorf("the signer of key %s gave no signature: %v", signer.Fingerprint(), err)
		}
		all = append(all, packets...)
	}
	return all, nil
}

// hashesOf lists the hashes that signatures use, each once, as the Hash header
// wants them.
func hashesOf(packets []*packet.OpaquePacket) string {
	var names []string
	for _, p := range packets {
		if sig, ok := parseAs[*packet.Signature](p); ok && !slices.Contains(names, hashName(sig.Hash)) {
			names = append(names, hashName(sig.Hash))
		}
	}
	return strings.Join(names, ",")
}

// Fingerprint names the primary key in 40 upper-case hexadecimal digits.
func (k *SecretKey) Fingerprint() string { return fingerprintOf(k.public.primary.key) }

// Sign makes one signature with SHA-512. The same key, data and time give the
// same bytes with Ed25519 and RSA. It refuses to sign with a key that is
// expired or revoked at that time, since no client would accept it.
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
