package keyring

import (
	"regexp"
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Key is a stored key, without its secret.
type Key struct {
	openpgp.Key                  // what the key says of itself
	ID          int64            `json:"-"`
	Name        string           `json:"name"`       // how people call it; unique
	Public      *openpgp.Keyring `json:"-"`          // the key, to be given to clients
	HasSecret   bool             `json:"has_secret"` // whether it can sign here
	Default     bool             `json:"default"`    // whether it signs where no key is named
	AddedAt     int64            `json:"added_at"`   // microseconds since 1970
}

// warnAhead is how long before a key's expiry people are warned: clients must
// get the renewed key before the old one ends.
const warnAhead = 30 * 24 * time.Hour

// Warning returns what will keep clients from accepting this key's signatures,
// now or within 30 days; it is empty when all is well.
func (k Key) Warning(now time.Time) string {
	ends, signs := signingEnds(k.Key)
	switch {
	case k.Weakness != "":
		return k.Weakness
	case k.Revoked:
		return "the key is revoked"
	case !signs:
		return "the key is not meant for signing"
	case ends.IsZero() || now.Add(warnAhead).Before(ends):
		return ""
	case now.Before(ends):
		return "the key expires on " + ends.Format(time.DateOnly)
	}
	return "the key expired on " + ends.Format(time.DateOnly)
}

// signingEnds tells until when a key can sign, by itself or by the subkey that
// lasts longest; zero means for ever. No subkey outlives its primary key.
func signingEnds(key openpgp.Key) (ends time.Time, signs bool) {
	if key.CanSign {
		return key.Expires, true
	}
	for _, sub := range key.Subkeys {
		switch {
		case !sub.CanSign || sub.Revoked:
		case sub.Expires.IsZero():
			return key.Expires, true
		case !signs || sub.Expires.After(ends):
			ends, signs = sub.Expires, true
		}
	}
	if signs && !key.Expires.IsZero() && key.Expires.Before(ends) {
		ends = key.Expires
	}
	return ends, signs
}

// namePattern is what a name may be: it appears in URLs and on command lines.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$`)

// digitsPattern matches fingerprints and long key ids, as people write them.
var digitsPattern = regexp.MustCompile(`^(?:0[xX])?([0-9A-Fa-f]{40}|[0-9A-Fa-f]{16})$`)

// checkName refuses names that other references could be mistaken for.
func checkName(name string) error {
	if !namePattern.MatchString(name) {
		return problem.New(problem.Invalid, "%q is not a name", name).In("name").
			WithHint("use letters, digits and . _ + ~ -, starting with a letter or digit, at most 200")
	}
	if digitsPattern.MatchString(name) {
		return problem.New(problem.Invalid, "%q could be a fingerprint", name).In("name").WithHint("choose a name with other letters than a to f")
	}
	return nil
}
