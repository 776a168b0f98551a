package people

import (
	"context"
	"net/netip"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// Session is a login of a person. Its token is a bearer token (RFC 6750), like those of
// [Service.CreateToken].
type Session struct {
	Token     string    `json:"token"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	ExpiresAt time.Time `json:"expires_at"`
}

func showSession(s access.Session) Session {
	return Session{Token: s.Token, Email: s.Person.Email, Name: s.Person.Name, ExpiresAt: s.ExpiresAt.UTC()}
}

// addressKey is the key of the caller's address in a context.
type addressKey struct{}

// AskedFrom returns a context with the network address of the caller, by which wrong passwords
// are counted.
func AskedFrom(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

func addressOf(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(addressKey{}).(netip.Addr)
	return address
}

// Login begins a session of a person by password; validFor 0 is a day. A disabled person is
// problem.Denied, too many wrong passwords are problem.Unavailable, and every other refusal is
// problem.Unauthenticated.
func (s *Service) Login(ctx context.Context, email, password string, validFor time.Duration) (Session, error) {
	begun, err := s.k.Access.Login(ctx, s.k.DB, email, password, addressOf(ctx), validFor)
	if err != nil {
		return Session{}, err
	}
	return showSession(begun), s.recordLogin(ctx, begun)
}

// LoginWithKeyPair begins a session of a person by a key pair. It ends when the key pair is
// revoked, if not before. The errors are those of [Service.Login].
func (s *Service) LoginWithKeyPair(ctx context.Context, accessKey, secretKey string, validFor time.Duration) (Session, error) {
	begun, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Session, error) {
		return s.k.Access.LoginWithKeyPair(ctx, tx, accessKey, secretKey, validFor)
	})
	if err != nil {
		return Session{}, err
	}
	return showSession(begun), s.recordLogin(ctx, begun)
}

// recordLogin writes an audit entry.
func (s *Service) recordLogin(ctx context.Context, begun access.Session) error {
	ctx = access.With(ctx, access.Principal{Name: begun.Person.Email, Kind: access.BySession, Person: begun.Person.ID})
	detail := map[string]string{}
	if begun.KeyPair != "" {
		detail["access_key"] = begun.KeyPair
	}
	return usecase.Record(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "session.create", Subject: subjectOf(begun.Person.Email), Detail: detail})
}

// authenticateSession is Authenticate for the token of a session.
func (s *Service) authenticateSession(ctx context.Context, token string) (context.Context, error) {
	p, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Principal, error) { return s.k.Access.AuthenticateSession(ctx, tx, token) })
	if err != nil {
		return ctx, err
	}
	return access.With(ctx, p), nil
}

// SignedRequest is a request with the signature of a key pair.
type SignedRequest = access.SignedRequest

// VerifySignature returns a context whose caller is the person of the key pair that signed a
// request. A wrong signature, and one more than 15 minutes from now, is
// problem.Unauthenticated. So is a repeated signature, unless the request only reads: programs
// stamp whole seconds and poll more often, and an attacker who can repeat such a request has
// seen its answer. The database keeps the signatures of changes for those 15 minutes, so a
// restart admits no repetition.
func (s *Service) VerifySignature(ctx context.Context, r SignedRequest) (context.Context, error) {
	var pair access.KeyPair
	p, err := usecase.View(ctx, s.k, func(tx *db.Tx) (p access.Principal, err error) {
		if pair, err = s.k.Access.CheckSignature(ctx, tx, r); err != nil {
			return p, err
		}
		person, err := s.k.Access.PersonByID(ctx, tx, pair.Person)
		if err != nil {
			return p, err
		}
		return s.k.Access.Principal(ctx, tx, person, access.ByKeyPair)
	})
	if err != nil {
		return ctx, err
	}
	stale := s.k.Access.KeyPairStale(pair)
	if r.ReadOnly && !stale {
		return access.With(ctx, p), nil
	}
	err = s.k.DB.Tx(ctx, func(tx *db.Tx) error {
		if stale {
			if err := s.k.Access.TouchKeyPair(ctx, tx, pair); err != nil {
				return err
			}
		}
		if r.ReadOnly {
			return nil
		}
		return s.k.Access.SpendSignature(ctx, tx, r)
	})
	if err != nil {
		return ctx, err
	}
	return access.With(ctx, p), nil
}

// ReturnSignature lets a program repeat a request that [Service.VerifySignature] admitted and
// that was refused later, so it changed nothing. Programs stamp whole seconds, so a retry
// within the same second, after a conflict for example, has the same signature.
func (s *Service) ReturnSignature(ctx context.Context, r SignedRequest) error {
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.k.Access.ReturnSignature(ctx, tx, r) })
}
