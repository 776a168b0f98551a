package openpgp

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of the signatures of one text. Debian's InRelease has three.
const (
	maxSignatureBytes = 256 << 10
	maxSignatures     = 32
)

// Signature is one good signature by a trusted key.
type Signature struct {
	Fingerprint string    // of the primary key, 40 upper-case hexadecimal digits
	SignedBy    string    // the fingerprint of the key that signed: the primary's or a subkey's
	UserID      string    // the key's first user id
	At          time.Time // when it was made, according to the signer
	Hash        string    // SHA256, SHA384, SHA512, SHA3-256 or SHA3-512
	KeyExpires  time.Time // when the primary key expires; zero: never
}

// VerifyClearSigned verifies a clear-signed text such as InRelease (RFC 9580 section 7).
// It returns the good signatures, at least one, and the signed text: use only that. Each
// of its lines is without dash escapes and trailing blanks, and ends with one newline.
//
// Errors are problem.Untrusted and name the reason: not signed, text around the signed
// block, only unknown keys (with their ids), a signature that does not match, an expired,
// revoked or weak key, a weak hash. More than 32 MiB or 32 signatures is problem.TooLarge.
func VerifyClearSigned(text []byte, keyring *Keyring, policy Policy) (signed []byte, by []Signature, err error) {
	clear, err := readCleartext(text)
	if err != nil {
		return nil, nil, err
	}
	by, err = verify(&document{data: clear.canonical(), canonical: true}, clear.signatures, keyring, policy)
	if err != nil {
		return nil, nil, err
	}
	return clear.text(), by, nil
}

// Cleartext returns the signed text of a clear-signed one without verifying it, for
// sources that are trusted without signatures. It refuses the malformed texts that
// [VerifyClearSigned] refuses.
func Cleartext(text []byte) ([]byte, error) {
	clear, err := readCleartext(text)
	if err != nil {
		return nil, err
	}
	return clear.text(), nil
}

// VerifyDetached verifies data against detached signatures such as Release.gpg, binary or
// armored, one or several in one or several blocks. It returns the good signatures, at
// least one. Its errors are those of [VerifyClearSigned].
func VerifyDetached(data, signatures []byte, keyring *Keyring, policy Policy) ([]Signature, error) {
	if len(signatures) > maxSignatureBytes {
		return nil, problem.New(problem.TooLarge, "the signature file has %d bytes, more than %d", len(signatures), maxSignatureBytes)
	}
	binary := signatures
	if len(signatures) == 0 || signatures[0]&0x80 == 0 {
		var err error
		if binary, err = armoredSignatures(signatures); err != nil {
			return nil, err
		}
	}
	return verify(&document{data: data}, binary, keyring, policy)
}

// armoredSignatures decodes the signature blocks of a text, which must contain nothing
// else.
func armoredSignatures(text []byte) (binary []byte, err error) {
	for rest := text; ; {
		before, block, after, found, err := nextArmor(rest)
		if err != nil {
			return nil, malformed("%w", err)
		}
		if len(bytes.TrimSpace(before)) != 0 || found && block.kind != signatureBlock {
			return nil, problem.New(problem.Untrusted, "the signature file contains other data than signatures").
				WithHint("use a detached signature, such as Release.gpg")
		}
		if !found {
			return binary, nil
		}
		binary, rest = append(binary, block.body...), after
	}
}

// verify checks each signature over a document. It returns the good ones, or, if there is
// none, the most important reason as an error.
func verify(doc *document, binary []byte, keyring *Keyring, policy Policy) ([]Signature, error) {
	packets, err := signaturePackets(binary)
	if err != nil {
		return nil, err
	}
	policy.Now = policy.now()
	var good []Signature
	var refusals []*refusal
	for _, p := range packets {
		sig, ok := parseAs[*packet.Signature](p)
		if !ok || sig.Version != 4 || sig.SigType != packet.SigTypeBinary && sig.SigType != packet.SigTypeText {
			refusals = append(refusals, refuse(unknownKey, "", "a signature of an unsupported form"))
			continue
		}
		signature, refused := keyring.judge(doc, sig, policy)
		if refused != nil {
			refusals = append(refusals, refused)
			continue
		}
		good = append(good, signature)
	}
	if len(good) == 0 {
		return nil, explain(refusals, keyring)
	}
	return good, nil
}

// signaturePackets splits binary signatures, and refuses other packets.
func signaturePackets(binary []byte) ([]*packet.OpaquePacket, error) {
	if len(binary) > maxSignatureBytes {
		return nil, problem.New(problem.TooLarge, "the signatures have %d bytes, more than %d", len(binary), maxSignatureBytes)
	}
	packets, err := splitPackets(binary, maxSignatures)
	if errors.Is(err, errTooManyPackets) {
		return nil, problem.New(problem.TooLarge, "more than %d signatures", maxSignatures)
	}
	if err != nil {
		return nil, malformed("%w", err)
	}
	packets = slices.DeleteFunc(packets, func(p *packet.OpaquePacket) bool { return p.Tag == tagMarker || p.Tag == tagPadding })
	for _, p := range packets {
		if p.Tag != tagSignature {
			return nil, malformed("the signature block contains other data than signatures")
		}
	}
	return packets, nil
}

// judge decides whether one signature counts. Cheap checks come before the hash over the
// document.
func (k *Keyring) judge(doc *document, sig *packet.Signature, policy Policy) (Signature, *refusal) {
	var cert *certificate
	var part *component
	if k != nil {
		for _, c := range k.certificates {
			if part = c.find(sig); part != nil {
				cert = c
				break
			}
		}
	}
	if cert == nil {
		return Signature{}, refuse(unknownKey, "", "%s", issuer(sig))
	}
	name := fingerprintOf(cert.primary.key)
	if refused := policy.checkSignature(sig, name); refused != nil {
		return Signature{}, refused
	}
	if refused := policy.checkKey(cert, part, sig.CreationTime); refused != nil {
		return Signature{}, refused
	}
	digest, err := doc.hasher(sig)
	if err == nil {
		err = part.key.VerifySignature(digest, sig)
	}
	if err != nil {
		return Signature{}, refuse(badSignature, "the file was changed or damaged after it was signed: download it again, and do not use it if that does not help",
			"the signature by key %s does not match the text", name)
	}
	info := cert.info()
	by := Signature{Fingerprint: name, SignedBy: fingerprintOf(part.key), At: sig.CreationTime.UTC(), Hash: hashName(sig.Hash), KeyExpires: info.Expires}
	if len(info.UserIDs) > 0 {
		by.UserID = info.UserIDs[0]
	}
	return by, nil
}

func issuer(sig *packet.Signature) string {
	switch {
	case len(sig.IssuerFingerprint) > 0:
		return fmt.Sprintf("%X", sig.IssuerFingerprint)
	case sig.IssuerKeyId != nil:
		return fmt.Sprintf("%016X", *sig.IssuerKeyId)
	}
	return "an unnamed key"
}

// explain returns the error for a text without a good signature.
func explain(refusals []*refusal, keyring *Keyring) error {
	if len(refusals) == 0 {
		return problem.New(problem.Untrusted, "the signature is empty").
			WithHint("download the publisher's signature again")
	}
	worst := slices.MaxFunc(refusals, func(a, b *refusal) int { return int(a.fault - b.fault) })
	if worst.fault != unknownKey {
		return problem.New(problem.Untrusted, "%s", worst.text).WithHint("%s", worst.hint)
	}
	var unknown []string
	for _, r := range refusals {
		if !slices.Contains(unknown, r.text) {
			unknown = append(unknown, r.text)
		}
	}
	known := "the keyring is empty"
	if keys := keyring.Keys(); len(keys) == 1 {
		known = "the keyring contains " + keys[0].Fingerprint
	} else if len(keys) > 1 {
		known = fmt.Sprintf("the keyring contains %d other keys", len(keys))
	}
	return problem.New(problem.Untrusted, "signed only by unknown keys: %s; %s", strings.Join(unknown, ", "), known).
		WithHint("if you trust the signer, add that key to the keyring")
}

// document is the signed data. It hashes the data once per hash and form, for any number
// of signatures.
type document struct {
	data      []byte
	canonical bool // the data already is in canonical text form
	hashed    map[hashedForm]hash.Cloner
}

type hashedForm struct {
	hash crypto.Hash
	text bool
}

func (d *document) hasher(sig *packet.Signature) (hash.Hash, error) {
	form := hashedForm{sig.Hash, sig.SigType == packet.SigTypeText && !d.canonical}
	if _, done := d.hashed[form]; !done {
		h, ok := sig.Hash.New().(hash.Cloner)
		if !ok {
			return nil, fmt.Errorf("the state of %s cannot be copied", sig.Hash)
		}
		if form.text {
			writeCanonical(h, d.data)
		} else {
			h.Write(d.data)
		}
		if d.hashed == nil {
			d.hashed = map[hashedForm]hash.Cloner{}
		}
		d.hashed[form] = h
	}
	return d.hashed[form].Clone()
}

// writeCanonical hashes data with every line end as CRLF, as text signatures require (RFC
// 9580 section 5.2.1.2).
func writeCanonical(h hash.Hash, data []byte) {
	for line := range bytes.Lines(data) {
		body, ended := bytes.CutSuffix(line, []byte("\n"))
		if !ended {
			h.Write(body)
			return
		}
		h.Write(bytes.TrimSuffix(body, []byte("\r")))
		h.Write([]byte("\r\n"))
	}
}
