package people

import (
	"context"
	"net/netip"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// Session is a login of a person. Its token is sent as a Bearer token (RFC 6750), like
// those of [App.CreateToken].
type Session struct {
	Token     string    `json:"token"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	ExpiresAt time.Time `json:"expires_at"`
}

func showSession(s access.Session) Session {
	return Session{Token: s.Token, Email: s.Person.Email, Name: s.Person.Name, ExpiresAt: s.ExpiresAt.UTC()}
}

// askerKey is the key of the asker's address in a context.
type askerKey struct{}

// AskedFrom gives a context that knows the network address of who asks, against which
// wrong passwords are counted.
func AskedFrom(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, askerKey{}, address)
}

func asker(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(askerKey{}).(netip.Addr)
	return address
}

// Login begins a session of a person by password; validFor is 0 for a day. Who is not
// let in is problem.Unauthenticated whatever the reason, but for problem.Denied when the
// person is disabled, and problem.Unavailable after many wrong passwords.
func (svc *Service) Login(ctx context.Context, email, password string, validFor time.Duration) (Session, error) {
	s, err := svc.k.Access.Login(ctx, svc.k.DB, email, password, asker(ctx), validFor)
	if err != nil {
		return Session{}, err
	}
	return showSession(s), svc.recordLogin(ctx, s)
}

// LoginWithKeyPair begins a session of a person by a key pair, which also ends when that
// is revoked. The errors are those of Login.
func (svc *Service) LoginWithKeyPair(ctx context.Context, accessKey, secretKey string, validFor time.Duration) (Session, error) {
	s, err := usecase.View(ctx, svc.k, func(tx *db.Tx) (access.Session, error) {
		return svc.k.Access.LoginWithKeyPair(ctx, tx, accessKey, secretKey, validFor)
	})
	if err != nil {
		return Session{}, err
	}
	return showSession(s), svc.recordLogin(ctx, s)
}

// recordLogin leaves an entry in the audit log.
func (svc *Service) recordLogin(ctx context.Context, s access.Session) error {
	ctx = access.With(ctx, access.Principal{Name: s.Person.Email, Kind: access.BySession, Person: s.Person.ID})
	detail := map[string]string{}
	if s.KeyPair != "" {
		detail["access_key"] = s.KeyPair
	}
	_, err := usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "session.create", Subject: "person:" + s.Person.Email, Detail: detail}, func(*db.Tx, *usecase.Act) (struct{}, error) { return struct{}{}, nil })
	return err
}

// AuthenticateSession gives a context in which the person of a session's token asks.
// [App.Authenticate] does so too. A session that is over, or whose person was disabled or
// has another password since, is problem.Unauthenticated or problem.Denied.
func (s *Service) AuthenticateSession(ctx context.Context, token string) (context.Context, error) {
	p, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Principal, error) { return s.k.Access.AuthenticateSession(ctx, tx, token) })
	if err != nil {
		return ctx, err
	}
	return access.With(ctx, p), nil
}

// SignedRequest is what a program signed with a key pair.
type SignedRequest = access.SignedRequest

// VerifySignature gives a context in which the person of a key pair asks that a request
// was signed with. What is not signed so, or at a time further than 15 minutes from now,
// is problem.Unauthenticated. So is a signature that came before, unless the request only
// reads: programs stamp whole seconds and poll more often than that, and whoever could
// send such a request again has seen its answer. Signatures of changes are kept in the
// database until their time is out of the window, so a restart does not let them through.
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

// ReturnSignature lets a request come again that [App.VerifySignature] let in and that
// was refused then: it changed nothing. Programs stamp whole seconds, so one that tries
// again at once, because an operation was in its way, sends the very same.
func (s *Service) ReturnSignature(ctx context.Context, r SignedRequest) error {
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.k.Access.ReturnSignature(ctx, tx, r) })
}
