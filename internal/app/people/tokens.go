package people

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Authenticate gives a context in which the bearer of a token asks, or the person of a
// session (see [App.AuthenticateSession]). A token that is unknown, expired or revoked is
// problem.Unauthenticated.
func (s *Service) Authenticate(ctx context.Context, secret string) (context.Context, error) {
	if access.IsSession(secret) {
		return s.AuthenticateSession(ctx, secret)
	}
	token, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Token, error) { return s.k.Access.Authenticate(ctx, tx, secret) })
	if err != nil {
		return ctx, err
	}
	if s.k.Access.Stale(token) {
		// Losing this note costs nothing but its own truth.
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

// CreateToken makes a token. Its secret is told this once.
func (s *Service) CreateToken(ctx context.Context, name, role string, validFor time.Duration) (Token, string, error) {
	if err := access.Require(ctx, access.Admin); err != nil {
		return Token{}, "", err
	}
	if validFor < 0 {
		return Token{}, "", problem.New(problem.Invalid, "%s is not a time to come", validFor).In("valid_for")
	}
	var expires int64
	if validFor > 0 {
		expires = s.k.Now().Add(validFor).UnixMicro()
	}
	var secret string
	token, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "token.create", Subject: "token:" + name, Detail: map[string]string{"role": role}}, func(tx *db.Tx, _ *usecase.Act) (t Token, err error) {
		var made access.Token
		made, secret, err = s.k.Access.Create(ctx, tx, name, access.Role(role), expires)
		return showToken(made), err
	})
	return token, secret, err
}

// Tokens lists tokens in the order they were made.
func (s *Service) Tokens(ctx context.Context, p usecase.Page) (usecase.List[Token], error) {
	if err := access.Require(ctx, access.Admin); err != nil {
		return usecase.List[Token]{}, err
	}
	after, err := usecase.PageNumber(p)
	if err != nil {
		return usecase.List[Token]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Token], error) {
		found, err := s.k.Access.List(ctx, tx, after, p.Size()+1)
		items := make([]Token, len(found))
		for i, t := range found {
			items[i] = showToken(t)
		}
		return usecase.PageOf(items, p.Size(), func(t Token) string { return usecase.Number(t.ID) }), err
	})
}

// RevokeToken ends a token at once.
func (s *Service) RevokeToken(ctx context.Context, name string) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "token.revoke", Subject: "token:" + name}, func(tx *db.Tx, _ *usecase.Act) (access.Token, error) {
		return s.k.Access.Revoke(ctx, tx, name)
	})
	return err
}
