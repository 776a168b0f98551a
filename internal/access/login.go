package access

import (
	"context"
	"net/netip"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Login checks a person's password and opens a session. From is the network address of the
// request; an invalid one is not counted. Call it outside a transaction: a password takes
// about 50 ms. The error is problem.Unauthenticated for a wrong address or password,
// problem.Denied for a disabled person (only with the right password), and
// problem.Unavailable after many wrong guesses.
func (s *Store) Login(ctx context.Context, d *db.DB, email, password string, from netip.Addr, validFor time.Duration) (Session, error) {
	email = CanonicalEmail(email)
	keys := attemptKeys("person "+email, from)
	if err := s.attempts.check(s.now(), keys...); err != nil {
		return Session{}, err
	}
	var p Person
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = s.Person(ctx, tx, email)
		return err
	})
	if err != nil && !problem.Is(err, problem.NotFound) {
		return Session{}, err
	}
	good, err := s.CheckPassword(ctx, p.Password, password)
	if err != nil {
		return Session{}, err
	}
	if !good {
		s.attempts.failed(s.now(), keys...)
		return Session{}, wrongCredentials("wrong mail address or password")
	}
	// Not the network address: a person could then guess the passwords of others.
	s.attempts.succeeded(keys[0])
	if p.DisabledAt != 0 {
		return Session{}, disabled(p)
	}
	return s.OpenSession(p, "", validFor)
}

// attemptKeys returns the keys of the guessed account and of the guesser's address.
func attemptKeys(at string, from netip.Addr) []string {
	keys := []string{at}
	if from.IsValid() {
		keys = append(keys, "from "+from.Unmap().WithZone("").String())
	}
	return keys
}

// LoginWithKeyPair checks a secret key and opens a session, which ends when the key pair is
// revoked. The errors are those of Login.
func (s *Store) LoginWithKeyPair(ctx context.Context, tx *db.Tx, accessKey, secretKey string, validFor time.Duration) (Session, error) {
	pair, err := s.CheckSecretKey(ctx, tx, accessKey, secretKey)
	if err != nil {
		return Session{}, err
	}
	p, err := s.PersonByID(ctx, tx, pair.Person)
	if err != nil {
		return Session{}, err
	}
	if p.DisabledAt != 0 {
		return Session{}, disabled(p)
	}
	return s.OpenSession(p, accessKey, validFor)
}
