package app

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Authenticate gives a context in which the bearer of a token asks, or the person of a
// session (see [App.AuthenticateSession]). A token that is unknown, expired or revoked is
// problem.Unauthenticated.
func (a *App) Authenticate(ctx context.Context, secret string) (context.Context, error) {
	if access.IsSession(secret) {
		return a.AuthenticateSession(ctx, secret)
	}
	token, err := read(ctx, a, func(tx *db.Tx) (access.Token, error) { return a.Access.Authenticate(ctx, tx, secret) })
	if err != nil {
		return ctx, err
	}
	if a.Access.Stale(token) {
		// Losing this note costs nothing but its own truth.
		if err := a.DB.Tx(ctx, func(tx *db.Tx) error { return a.Access.Touch(ctx, tx, token) }); err != nil {
			a.Log.WarnContext(ctx, "noting the use of a token", "token", token.Name, "error", err)
		}
	}
	return access.With(ctx, token.Principal()), nil
}

// Permission is what a caller may be allowed to do.
type Permission = access.Permission

// The permissions that a dialect asks for before it reads what a caller sends. Every
// method asks for its own again.
const (
	MayRead    = access.Read
	MayUpload  = access.Upload
	MayMirror  = access.Mirror
	MayPublish = access.Publish
	MayKeys    = access.Keys
	MayAdmin   = access.Admin
)

// Require refuses to go on unless the caller has a permission: problem.Unauthenticated
// when nobody knows who it is, else problem.Denied.
func Require(ctx context.Context, p Permission) error { return access.Require(ctx, p) }

// AsProcess gives a context in which a command asks that works on the data
// folder itself: whoever may read that may do everything.
func AsProcess(ctx context.Context) context.Context {
	return access.With(ctx, access.Principal{Name: "local", Kind: access.ByProcess, Roles: []access.Role{access.Administrator}})
}

// AsLoopback gives a context for clients on this machine, where the
// configuration trusts them.
func AsLoopback(ctx context.Context) context.Context {
	return access.With(ctx, access.Principal{Name: "loopback", Kind: access.ByLoopback, Roles: []access.Role{access.Administrator}})
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
	return Token{ID: t.ID, Name: t.Name, Role: string(t.Role), CreatedAt: stamp(t.CreatedAt),
		LastUsedAt: stamp(t.LastUsedAt), ExpiresAt: stamp(t.ExpiresAt), RevokedAt: stamp(t.RevokedAt)}
}

// CreateToken makes a token. Its secret is told this once.
func (a *App) CreateToken(ctx context.Context, name, role string, validFor time.Duration) (Token, string, error) {
	if err := access.Require(ctx, access.Admin); err != nil {
		return Token{}, "", err
	}
	if validFor < 0 {
		return Token{}, "", problem.New(problem.Invalid, "%s is not a time to come", validFor).In("valid_for")
	}
	var expires int64
	if validFor > 0 {
		expires = a.Now().Add(validFor).UnixMicro()
	}
	var secret string
	token, err := change(ctx, a, "token.create", "token:"+name, map[string]string{"role": role}, func(tx *db.Tx) (t Token, err error) {
		var made access.Token
		made, secret, err = a.Access.Create(ctx, tx, name, access.Role(role), expires)
		return showToken(made), err
	})
	return token, secret, err
}

// Tokens lists tokens in the order they were made.
func (a *App) Tokens(ctx context.Context, p Page) (List[Token], error) {
	if err := access.Require(ctx, access.Admin); err != nil {
		return List[Token]{}, err
	}
	after, err := pageNumber(p)
	if err != nil {
		return List[Token]{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (List[Token], error) {
		found, err := a.Access.List(ctx, tx, after, p.limit()+1)
		items := make([]Token, len(found))
		for i, t := range found {
			items[i] = showToken(t)
		}
		return pageOf(items, p.limit(), func(t Token) string { return number(t.ID) }), err
	})
}

// RevokeToken ends a token at once.
func (a *App) RevokeToken(ctx context.Context, name string) error {
	if err := access.Require(ctx, access.Admin); err != nil {
		return err
	}
	_, err := change(ctx, a, "token.revoke", "token:"+name, nil, func(tx *db.Tx) (access.Token, error) {
		return a.Access.Revoke(ctx, tx, name)
	})
	return err
}

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  any       `json:"detail,omitempty"`
}

// AuditFilter chooses entries of the audit log; empty fields choose all.
type AuditFilter struct {
	Who     string
	Action  string
	Subject string
	Since   time.Time // inclusive
	Until   time.Time // exclusive
}

// AuditLog lists who did what, newest first.
func (a *App) AuditLog(ctx context.Context, f AuditFilter, p Page) (List[AuditEntry], error) {
	if err := access.Require(ctx, access.Events); err != nil {
		return List[AuditEntry]{}, err
	}
	before, err := pageNumber(p)
	if err != nil {
		return List[AuditEntry]{}, err
	}
	filter := access.Filter{Who: f.Who, Action: f.Action, Subject: f.Subject, Since: micros(f.Since), Until: micros(f.Until)}
	return read(ctx, a, func(tx *db.Tx) (List[AuditEntry], error) {
		found, err := access.Log(ctx, tx, filter, before, p.limit()+1)
		items := make([]AuditEntry, len(found))
		for i, e := range found {
			items[i] = AuditEntry{ID: e.ID, At: stamp(e.At), Who: e.Who, Action: e.Action, Subject: e.Subject}
			if string(e.Detail) != "null" {
				items[i].Detail = e.Detail
			}
		}
		return pageOf(items, p.limit(), func(e AuditEntry) string { return number(e.ID) }), err
	})
}
