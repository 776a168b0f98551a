package keyring

import (
	"errors"

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

// Generate makes a new key. Errors are those of [openpgp.Generate].
func Generate(p openpgp.Params) (Material, error) {
	secret, err := openpgp.Generate(p)
	if err != nil {
		return Material{}, err
	}
	return Material{secret: secret, public: secret.Public()}, nil
}

// Read takes one key, armored or binary, with its secret or without. The
// passphrase unlocks the secret and may be empty. Errors are problems: Invalid
// with the field "key" or "passphrase", or TooLarge.
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
		return Material{}, problem.New(problem.Invalid, "there are %d keys, and one has one name", n).In("key").
			WithHint("give them one by one, as gpg --export FINGERPRINT writes them")
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
