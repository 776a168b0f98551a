package keyring

import (
	"regexp"
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Key is a stored key, without its secret.
type Key struct {
	openpgp.Key                  // the properties of the key itself
	ID          int64            `json:"-"`
	Name        string           `json:"name"`       // unique
	Public      *openpgp.Keyring `json:"-"`          // the public key, for clients
	HasSecret   bool             `json:"has_secret"` // whether it can sign here
	Default     bool             `json:"default"`    // whether it signs if no key is named
	AddedAt     int64            `json:"added_at"`   // microseconds since 1970
}

// warnAhead is the time before a key's expiry in which a warning is shown: clients need the
// renewed key before the old one expires.
const warnAhead = 30 * 24 * time.Hour

// Warning returns the reason why clients will not accept this key's signatures, now or
// within 30 days, or "".
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

// signingEnds returns the time until which a key can sign, with the primary key or the
// longest valid subkey; zero means for ever. No subkey outlives its primary key.
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

// namePattern matches valid names, which appear in URLs and on command lines.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$`)

// digitsPattern matches fingerprints and long key ids, in upper or lower case.
var digitsPattern = regexp.MustCompile(`^(?:0[xX])?([0-9A-Fa-f]{40}|[0-9A-Fa-f]{16})$`)

// checkName refuses invalid names and names that look like fingerprints or key ids.
func checkName(name string) error {
	if !namePattern.MatchString(name) {
		return problem.New(problem.Invalid, "%q is not a name", name).In("name").
			WithHint("use at most 200 letters, digits and . _ + ~ -, starting with a letter or digit")
	}
	if digitsPattern.MatchString(name) {
		return problem.New(problem.Invalid, "%q looks like a fingerprint or key id", name).In("name").WithHint("choose a name with other letters than a to f")
	}
	return nil
}
