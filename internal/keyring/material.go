package keyring

import (
	"errors"
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Material is a generated or imported key to store. Create it before the transaction that
// stores it, because generating or unlocking a key can take seconds.
type Material struct {
	secret *openpgp.SecretKey // nil if only the public key is known
	public *openpgp.Keyring   // of exactly one key
}

// Fingerprint returns the fingerprint of the key, in hexadecimal digits.
func (m Material) Fingerprint() string {
	if keys := m.public.Keys(); len(keys) > 0 {
		return keys[0].Fingerprint
	}
	return ""
}

// Params describe a key to generate.
type Params struct {
	Name      string    `json:"name"`                // of the stored key
	UserName  string    `json:"user_name,omitempty"` // of the user id that clients see; if it and Email are empty, "NAME archive signing key"
	Email     string    `json:"email,omitempty"`     // of the user id
	Algorithm string    `json:"algorithm,omitempty"` // ed25519 (if empty), rsa2048, rsa3072, rsa4096
	Expires   time.Time `json:"expires,omitzero"`    // zero means never
}

// Generate generates a key for [Store.Add] under the same name. Errors are problem.Invalid
// and name the field.
func Generate(p Params) (Material, error) {
	if err := checkName(p.Name); err != nil {
		return Material{}, err
	}
	if p.UserName == "" && p.Email == "" {
		p.UserName = p.Name + " archive signing key"
	}
	secret, err := openpgp.Generate(openpgp.Params{Name: p.UserName, Email: p.Email, Algorithm: p.Algorithm, Expires: p.Expires})
	if err != nil {
		// In openpgp, the field "name" is the user id's.
		if wrong, ok := errors.AsType[*problem.Problem](err); ok && wrong.Field == "name" {
			return Material{}, wrong.In("user_name")
		}
		return Material{}, err
	}
	return Material{secret: secret, public: secret.Public()}, nil
}

// Read parses one key, armored or binary, with or without its secret. The passphrase,
// possibly empty, unlocks the secret. Errors are problems: Invalid in the field "key" or
// "passphrase", or TooLarge; several keys are also openpgp.ErrSeveralKeys.
func Read(data, passphrase []byte) (Material, error) {
	public, err := openpgp.ReadKeys(data)
	if errors.Is(err, openpgp.ErrSecretKey) {
		secret, err := openpgp.ReadSecretKey(data, passphrase)
		if err != nil {
			return Material{}, inField(err)
		}
		return Material{secret: secret, public: secret.Public()}, nil
	}
	if err != nil {
		return Material{}, inField(err)
	}
	if n := len(public.Keys()); n != 1 {
		err := problem.New(problem.Invalid, "the data contains %d keys, not one", n)
		if n > 1 {
			err = problem.New(problem.Invalid, "%w, not %d", openpgp.ErrSeveralKeys, n)
		}
		return Material{}, err.In("key").WithHint("add keys one by one; gpg --export FINGERPRINT exports one")
	}
	return Material{public: public}, nil
}

// inField sets the field of a problem with a key's data to "key", unless it has one.
func inField(err error) error {
	if p, ok := errors.AsType[*problem.Problem](err); ok && p.Field == "" {
		return p.In("key")
	}
	return err
}
