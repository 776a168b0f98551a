package openpgp

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/aptarium/aptarium/internal/problem"
)

// The algorithms of new keys. Ed25519 is fast and small, and gpgv supports it since
// Debian 9; RSA is for older clients.
const (
	Ed25519 = "ed25519"
	RSA2048 = "rsa2048"
	RSA3072 = "rsa3072"
	RSA4096 = "rsa4096"
)

// Params describe a key to generate.
type Params struct {
	Name      string    // of its user id, such as "Example archive"; can be empty if Email is set
	Email     string    // of its user id; can be empty if Name is set
	Algorithm string    // empty means Ed25519
	Created   time.Time // zero means now
	Expires   time.Time // zero means never; at most 136 years after Created
}

// Generate generates a version 4 key without subkeys: its primary key signs, which gpgv
// of every release supports. RSA with 4096 bits takes seconds. Errors are problem.Invalid
// and name the field.
func Generate(p Params) (*SecretKey, error) {
	if p.Created.IsZero() {
		p.Created = time.Now()
	}
	p.Created = p.Created.Truncate(time.Second)
	id, err := p.userID()
	if err != nil {
		return nil, err
	}
	lifetime, err := p.lifetime()
	if err != nil {
		return nil, err
	}
	secret, err := p.material()
	if err != nil {
		return nil, err
	}
	self := newSignature(packet.SigTypePositiveCert, &secret.PublicKey, p.Created)
	primary := true
	self.IsPrimaryId = &primary
	self.FlagsValid, self.FlagCertify, self.FlagSign = true, true, true
	self.KeyLifetimeSecs = &lifetime
	self.PreferredHash = []uint8{10, 9, 8} // SHA-512, SHA-384, SHA-256
	if err := self.SignUserId(id.Id, &secret.PublicKey, secret, signingConfig()); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, part := range []interface{ Serialize(w io.Writer) error }{secret, id, self} {
		if err := part.Serialize(&out); err != nil {
			return nil, err
		}
	}
	return ReadSecretKey(out.Bytes(), nil)
}

// userID joins name and address in the usual form, "Name <address>".
func (p Params) userID() (*packet.UserId, error) {
	if p.Name == "" && p.Email == "" {
		return nil, problem.New(problem.Invalid, "a key needs a name or an address").In("name").WithHint("name the archive that it signs, such as \"Example archive\"")
	}
	for _, part := range []struct{ field, value string }{{"name", p.Name}, {"email", p.Email}} {
		if !isPlainText(part.value) {
			return nil, problem.New(problem.Invalid, "must be plain text of at most 200 bytes").In(part.field)
		}
	}
	if p.Email != "" && (strings.Count(p.Email, "@") != 1 || strings.ContainsFunc(p.Email, unicode.IsSpace)) {
		return nil, problem.New(problem.Invalid, "%q is not a mail address", p.Email).In("email")
	}
	id := packet.NewUserId(p.Name, "", p.Email)
	if id == nil {
		return nil, problem.New(problem.Invalid, "a user id cannot contain ( ) < >").In("name")
	}
	return id, nil
}

func isPlainText(text string) bool {
	return utf8.ValidString(text) && len(text) <= 200 && !strings.ContainsFunc(text, unicode.IsControl) && strings.TrimSpace(text) == text
}

// lifetime returns the seconds from creation to expiry, 0 for never.
func (p Params) lifetime() (uint32, error) {
	if p.Expires.IsZero() {
		return 0, nil
	}
	seconds := int64(p.Expires.Sub(p.Created) / time.Second)
	if seconds < 1 || seconds > 1<<32-1 {
		return 0, problem.New(problem.Invalid, "the key must expire after its creation, within 136 years").In("expires")
	}
	return uint32(seconds), nil
}

// material generates the key itself.
func (p Params) material() (*packet.PrivateKey, error) {
	switch p.Algorithm {
	case Ed25519, "":
		return ed25519Key(p.Created)
	case RSA2048:
		return rsaKey(p.Created, 2048)
	case RSA3072:
		return rsaKey(p.Created, 3072)
	case RSA4096:
		return rsaKey(p.Created, 4096)
	}
	return nil, problem.New(problem.Invalid, "unknown algorithm %q", p.Algorithm).In("algorithm").
		WithHint("choose %s, %s, %s or %s", Ed25519, RSA2048, RSA3072, RSA4096)
}

func rsaKey(created time.Time, bits int) (*packet.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, err
	}
	return packet.NewRSAPrivateKey(created, key), nil
}

// ed25519Key generates a key of algorithm 22, which gpgv supports, not of the newer 27.
// go-crypto generates it only as part of an entity; the rest of the entity, which costs
// microseconds, is unused.
func ed25519Key(created time.Time) (*packet.PrivateKey, error) {
	entity, err := pgp.NewEntity("unused", "", "", &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA,
		Curve:     packet.Curve25519,
		Time:      func() time.Time { return created },
	})
	if err != nil {
		return nil, err
	}
	return entity.PrivateKey, nil
}
