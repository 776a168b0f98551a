package keyring

import (
	"errors"
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Material is a key to be stored: made here or brought by someone. It is made
// before the transaction that stores it, since making and unlocking keys takes
// up to seconds.
type Material struct {
	secret *openpgp.SecretKey // nil when only the public key is known
	public *openpgp.Keyring   // of exactly one key
}

// Fingerprint returns the fingerprint of the key, in hexadecimal digits.
func (m Material) Fingerprint() string {
	if keys := m.public.Keys(); len(keys) > 0 {
		return keys[0].Fingerprint
	}
	return ""
}

// Params describe a key to make.
type Params struct {
	Name      string    `json:"name"`                // how people here call it
	UserName  string    `json:"user_name,omitempty"` // of the user id that clients see; when that and Email are empty, "NAME archive signing key"
	Email     string    `json:"email,omitempty"`     // of the user id
	Algorithm string    `json:"algorithm,omitempty"` // ed25519 (if empty), rsa2048, rsa3072, rsa4096
	Expires   time.Time `json:"expires,omitzero"`    // zero means never
}

// Generate makes a new key, to be given to [Store.Add] under the same name.
// Errors are problem.Invalid and name the field.
func Generate(p Params) (Material, error) {
	if err := checkName(p.Name); err != nil {
		return Material{}, err
	}
	if p.UserName == "" && p.Email == "" {
		p.UserName = p.Name + " archive signing key"
	}
	secret, err := openpgp.Generate(openpgp.Params{Name: p.UserName, Email: p.Email, Algorithm: p.Algorithm, Expires: p.Expires})
	if err != nil {
		// There, the name is that of the user id.
		if wrong, ok := errors.AsType[*problem.Problem](err); ok && wrong.Field == "name" {
			return Material{}, wrong.In("user_name")
		}
		return Material{}, err
	}
	return Material{secret: secret, public: secret.Public()}, nil
}

// Read takes one key, armored or binary, with its secret or without. The
// passphrase unlocks the secret and may be empty. Errors are problems: Invalid
// with the field "key" or "passphrase", or TooLarge; several keys are
// openpgp.ErrSeveralKeys as well.
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
		err := problem.New(problem.Invalid, "there are %d keys, and one has one name", n)
		if n > 1 {
			err = problem.New(problem.Invalid, "%w: there are %d, and one has one name", openpgp.ErrSeveralKeys, n)
		}
		return Material{}, err.In("key").WithHint("give them one by one, as gpg --export FINGERPRINT writes them")
	}
	return Material{public: public}, nil
}

// inField names the field that a problem with a key's data concerns, unless it
// names one itself.
func inField(err error) error {
	if p, ok := errors.AsType[*problem.Problem](err); ok && p.Field == "" {
		return p.In("key")
	}
	return err
}
