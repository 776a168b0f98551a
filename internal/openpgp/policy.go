package openpgp

import (
	"crypto"
	"fmt"
	"time"

	// The accepted hashes of signatures, and SHA-1 for old self-signatures.
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Policy selects the signatures that count. Never accepted are: hashes weaker than
// SHA-256, RSA below 2048 bits, DSA, expired signatures, signatures dated more than a day
// ahead, and keys that were expired or revoked when they signed.
type Policy struct {
	// Now is the time of verification; zero means the clock's.
	Now time.Time
	// AcceptExpiredKeys accepts keys that expired, or were retired by their owner,
	// after they signed. Archives of old releases need it. An attacker with such a key
	// can backdate signatures, so do not set it for sources that still change.
	AcceptExpiredKeys bool
}

func (p Policy) now() time.Time {
	if p.Now.IsZero() {
		return time.Now()
	}
	return p.Now
}

// fault is the reason why a signature does not count. If no signature counts, the error
// reports the greatest fault.
type fault int

const (
	unknownKey fault = iota + 1
	notForSigning
	weakKey
	weakHash
	outOfTime
	keyExpired
	keyRevoked
	badSignature
)

// refusal is a fault with its message and hint.
type refusal struct {
	fault fault
	text  string
	hint  string
}

func refuse(f fault, hint, format string, args ...any) *refusal {
	return &refusal{fault: f, text: fmt.Sprintf(format, args...), hint: hint}
}

// hashName names a hash as in the Hash header; RFC 9580 section 9.5.
func hashName(h crypto.Hash) string {
	switch h {
	case crypto.SHA1:
		return "SHA1"
	case crypto.SHA224:
		return "SHA224"
	case crypto.SHA256:
		return "SHA256"
	case crypto.SHA384:
		return "SHA384"
	case crypto.SHA512:
		return "SHA512"
	case crypto.SHA3_256:
		return "SHA3-256"
	case crypto.SHA3_512:
		return "SHA3-512"
	}
	return h.String()
}

// checkSignature checks the signature without its key: hash, notations, dates.
func (p Policy) checkSignature(sig *packet.Signature, name string) *refusal {
	switch sig.Hash {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512:
	default:
		return refuse(weakHash, "its publisher must sign with SHA-256 or better",
			"the signature by key %s uses %s, which is too weak", name, hashName(sig.Hash))
	}
	for _, notation := range sig.Notations {
		if notation.IsCritical {
			return refuse(outOfTime, "ask its publisher what the notation means",
				"the signature by key %s depends on the unknown notation %q", name, printable(notation.Name))
		}
	}
	made := sig.CreationTime
	if made.After(p.now().Add(clockSkew)) {
		return refuse(outOfTime, "check this machine's clock", "the signature by key %s is dated in the future, %s", name, day(made))
	}
	if sig.SigLifetimeSecs != nil && *sig.SigLifetimeSecs != 0 {
		if until := made.Add(time.Duration(*sig.SigLifetimeSecs) * time.Second); !p.now().Before(until) {
			return refuse(outOfTime, "download the file again; if that does not help, its publisher must sign it again", "the signature by key %s expired on %s", name, day(until))
		}
	}
	return nil
}

// checkKey checks that a component was allowed to sign at a time. A subkey counts only
// while its primary key does.
func (p Policy) checkKey(cert *certificate, part *component, made time.Time) *refusal {
	name := fingerprintOf(cert.primary.key)
	for _, c := range []*component{&cert.primary, part} {
		if c.weakness != "" {
			return refuse(weakKey, "its publisher needs a new key", "key %s is too weak: %s", name, c.weakness)
		}
		for _, r := range c.revocations {
			if !r.soft || !r.at.After(made) || !p.AcceptExpiredKeys {
				return refuse(keyRevoked, "get the publisher's new key and remove this one", "key %s was revoked on %s", name, day(r.at))
			}
		}
		bound, found := cert.bindingOf(c, p.now())
		if !found {
			return refuse(notForSigning, "get the publisher's key again", "key %s has no valid self-signature", name)
		}
		if made.Before(c.key.CreationTime) {
			return refuse(badSignature, "the file may have been tampered with", "the signature is older than its key %s", name)
		}
		if expires := bound.keyExpires; !expires.IsZero() && (!made.Before(expires) || !p.AcceptExpiredKeys && !p.now().Before(expires)) {
			return refuse(keyExpired, "get the publisher's renewed key", "key %s expired on %s", name, day(expires))
		}
		if c == part && !bound.canSign {
			return refuse(notForSigning, "its publisher must sign with a signing key", "key %s is not meant for signing", name)
		}
	}
	return nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
