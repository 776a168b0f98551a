package access

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Account is the name of the one account that there is.
const Account = "standalone"

// How long a session is valid: where nobody says otherwise, and at most.
const (
	DefaultSession = 24 * time.Hour
	LongestSession = 30 * 24 * time.Hour
)

// sessionHeader is the only header that a session's token has (RFC 7519 and RFC 7515):
// whoever verifies does not read from the token how to.
var sessionHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

// maxSessionChars bounds a token that is looked at.
const maxSessionChars = 2048

// Session is a login: a signed token (JWT with HMAC-SHA256) and what is in it.
type Session struct {
	Token     string
	Person    Person
	KeyPair   string // the access key of the login; empty: by password
	ExpiresAt time.Time
}

// claims are those of RFC 7519, 4.1, and some that Landscape's tokens have.
type claims struct {
	Expires    int64  `json:"exp"` // seconds since 1970
	IssuedAt   int64  `json:"iat"`
	Subject    string `json:"sub"` // mail address
	Account    string `json:"acc"`
	Person     int64  `json:"id"`
	Generation int64  `json:"gen"`           // of the person, when the session began
	KeyPair    string `json:"key,omitempty"` // the access key that it began with
}

// sessionKeys returns the keys that sign sessions, the first for new ones.
func (s *Store) sessionKeys() ([][]byte, error) { return s.master.Derive("sessions") }

// OpenSession begins a session of a person who proved to be it, by password or with a
// key pair. validFor is 0 for DefaultSession; what cannot be meant is problem.Invalid.
func (s *Store) OpenSession(p Person, keyPair string, validFor time.Duration) (Session, error) {
	if validFor == 0 {
		validFor = DefaultSession
	}
	if validFor < time.Second || validFor > LongestSession {
		return Session{}, problem.New(problem.Invalid, "a session cannot last %s", validFor).In("expiry_minutes").WithHint("at most %d days", LongestSession/(24*time.Hour))
	}
	now := s.now()
	expires := now.Add(validFor).Truncate(time.Second)
	body, err := json.Marshal(claims{expires.Unix(), now.Unix(), p.Email, Account, p.ID, p.Generation, keyPair})
	if err != nil {
		return Session{}, fmt.Errorf("writing a session: %w", err)
	}
	keys, err := s.sessionKeys()
	if err != nil {
		return Session{}, err
	}
	text := sessionHeader + "." + base64.RawURLEncoding.EncodeToString(body)
	token := text + "." + base64.RawURLEncoding.EncodeToString(sign(keys[0], text))
	return Session{Token: token, Person: p, KeyPair: keyPair, ExpiresAt: expires}, nil
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// IsSession reports whether a secret has the form of a session's token, and is not a
// token of [Store.Create].
func IsSession(secret string) bool { return strings.HasPrefix(secret, sessionHeader+".") }

// AuthenticateSession finds who a session's token belongs to. The error is
// problem.Unauthenticated for a token that is not of this server or is over, and when
// the person's password changed since or the key pair was revoked; problem.Denied when
// the person is disabled.
func (s *Store) AuthenticateSession(ctx context.Context, tx *db.Tx, token string) (Principal, error) {
	c, err := s.verify(token)
	if err != nil {
		return Principal{}, err
	}
	p, err := s.PersonByID(ctx, tx, c.Person)
	switch {
	case problem.Is(err, problem.NotFound):
		return Principal{}, over()
	case err != nil:
		return Principal{}, err
	case p.DisabledAt == 0 && p.Generation != c.Generation:
		return Principal{}, over()
	}
	if c.KeyPair != "" {
		switch pair, err := s.KeyPair(ctx, tx, c.KeyPair); {
		case err != nil && !problem.Is(err, problem.NotFound):
			return Principal{}, err
		case err != nil || pair.RevokedAt != 0:
			return Principal{}, over()
		}
	}
	return s.Principal(ctx, tx, p, BySession)
}

// verify reads the claims of a token that this server signed and that is not over.
func (s *Store) verify(token string) (claims, error) {
	unreadable := problem.Because(unauthenticated("this is not a session of this server"), Unrecognised)
	header, rest, _ := strings.Cut(token, ".")
	body, signature, ok := strings.Cut(rest, ".")
	if !ok || header != sessionHeader || len(token) > maxSessionChars {
		return claims{}, unreadable
	}
	given, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil {
		return claims{}, unreadable
	}
	keys, err := s.sessionKeys()
	if err != nil {
		return claims{}, err
	}
	good := false
	for _, key := range keys {
		good = hmac.Equal(sign(key, header+"."+body), given) || good
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil || !good {
		return claims{}, unreadable
	}
	var c claims
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil || c.Account != Account {
		return claims{}, unreadable
	}
	if s.now().Unix() >= c.Expires {
		return claims{}, over()
	}
	return c, nil
}

func over() error {
	return problem.Because(problem.New(problem.Unauthenticated, "this session is over").WithHint("log in again"), Unrecognised)
}
