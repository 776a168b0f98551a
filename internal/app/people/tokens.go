package people

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Authenticate returns a context whose caller is the bearer of a token, or the person of a
// session. An unknown, expired or revoked token is problem.Unauthenticated, and so is a
// session that is over; a disabled person is problem.Denied.
func (s *Service) Authenticate(ctx context.Context, secret string) (context.Context, error) {
	if access.IsSession(secret) {
		return s.authenticateSession(ctx, secret)
	}
	token, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Token, error) { return s.k.Access.Authenticate(ctx, tx, secret) })
	if err != nil {
		return ctx, err
	}
	if s.k.Access.Stale(token) {
		// A lost note makes only the shown time of use wrong.
		if err := s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.k.Access.Touch(ctx, tx, token) }); err != nil {
			s.k.Log.WarnContext(ctx, "noting the use of a token", "token", token.Name, "error", err)
		}
	}
	return access.With(ctx, token.Principal()), nil
}

// Token is an access token, without its secret.
type Token struct {
	ID         int64     `json:"id"`
	Name       string    `json:"name"`
	Role       string    `json:"role" enum:"admin,publisher,reader"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero" doc:"Exact to an hour"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
}

func showToken(t access.Token) Token {
	return Token{ID: t.ID, Name: t.Name, Role: string(t.Role), CreatedAt: usecase.Stamp(t.CreatedAt),
		LastUsedAt: usecase.Stamp(t.LastUsedAt), ExpiresAt: usecase.Stamp(t.ExpiresAt), RevokedAt: usecase.Stamp(t.RevokedAt)}
}

// CreateToken creates a token and returns its secret, which nobody can read again. validFor 0
// is for ever.
func (s *Service) CreateToken(ctx context.Context, name, role string, validFor time.Duration) (token Token, secret string, err error) {
	act := usecase.Act{Permission: access.Admin, Action: "token.create", Subject: "token:" + name, Detail: map[string]string{"role": role}}
	token, err = usecase.Change(ctx, s.k, act, func(tx *db.Tx, _ *usecase.Act) (Token, error) {
		if validFor < 0 {
			return Token{}, problem.New(problem.Invalid, "%s is not a time to come", validFor).In("valid_for")
		}
		var expires int64
		if validFor > 0 {
			expires = s.k.Now().Add(validFor).UnixMicro()
		}
		made, shown, err := s.k.Access.Create(ctx, tx, name, access.Role(role), expires)
		secret = shown
		return showToken(made), err
	})
	return token, secret, err
}

// Tokens returns the tokens in the order of their creation.
func (s *Service) Tokens(ctx context.Context, p usecase.Page) (usecase.List[Token], error) {
	id := func(t Token) int64 { return t.ID }
	return usecase.ReadList(ctx, s.k, access.Admin, p, id, func(tx *db.Tx, after int64, limit int) ([]Token, error) {
		found, err := s.k.Access.List(ctx, tx, after, limit)
		return usecase.Map(found, showToken), err
	})
}

// RevokeToken ends a token at once.
func (s *Service) RevokeToken(ctx context.Context, name string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "token.revoke", Subject: "token:" + name}, func(tx *db.Tx, _ *usecase.Act) error {
		_, err := s.k.Access.Revoke(ctx, tx, name)
		return err
	})
}
