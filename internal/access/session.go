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

// Account is the name of the only account.
const Account = "standalone"

// The default and the longest duration of a session.
const (
	DefaultSession = 24 * time.Hour
	LongestSession = 30 * 24 * time.Hour
)

// sessionHeader is the only accepted header of a session's token (RFC 7519 and RFC 7515): the
// token does not choose how it is verified.
var sessionHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

// maxSessionChars is the length of the longest accepted token.
const maxSessionChars = 2048

// Session is a login: a signed token (JWT with HMAC-SHA256) and its content.
type Session struct {
	Token     string
	Person    Person
	KeyPair   string // the access key of the login; empty: a password
	ExpiresAt time.Time
}

// claims are claims of RFC 7519, 4.1, and of Landscape's tokens.
type claims struct {
	Expires    int64  `json:"exp"` // seconds since 1970
	IssuedAt   int64  `json:"iat"`
	Subject    string `json:"sub"` // mail address
	Account    string `json:"acc"`
	Person     int64  `json:"id"`
	Generation int64  `json:"gen"`           // of the person, at the start of the session
	KeyPair    string `json:"key,omitempty"` // the access key of the login
}

// sessionKeys returns the keys that sign sessions, the first for new ones.
func (s *Store) sessionKeys() ([][]byte, error) { return s.master.Derive("sessions") }

// OpenSession opens a session of a person who has been authenticated by password or key pair.
// A validFor of 0 means DefaultSession; another duration out of range is problem.Invalid.
func (s *Store) OpenSession(p Person, keyPair string, validFor time.Duration) (Session, error) {
	if validFor == 0 {
		validFor = DefaultSession
	}
	if validFor < time.Second || validFor > LongestSession {
		return Session{}, problem.New(problem.Invalid, "a session cannot last %s", validFor).In("expiry_minutes").WithHint("use at most %d days", LongestSession/(24*time.Hour))
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

// AuthenticateSession returns the principal of a session's token. The error is
// problem.Unauthenticated for a foreign or expired token, after a change of the person's
// password, and for a revoked key pair; it is problem.Denied for a disabled person.
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

// verify returns the claims of a token that this server signed and that has not expired.
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
	return problem.Because(problem.New(problem.Unauthenticated, "this session has ended").WithHint("log in again"), Unrecognised)
}
