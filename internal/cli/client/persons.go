package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app"
)

// Persons lists persons in the order they were made.
func (c *Client) Persons(ctx context.Context, f app.PersonFilter, p app.Page) (app.List[app.Person], error) {
	return list[app.Person](ctx, c, p, url.Values{"role": {f.Role}, "state": {f.State}}, "persons")
}

// CreatePerson makes a person.
func (c *Client) CreatePerson(ctx context.Context, in app.NewPerson) (app.Person, error) {
	return call[app.Person](ctx, c, request{method: http.MethodPost, path: path("persons"), body: in})
}

// Person gives a person by mail address or id.
func (c *Client) Person(ctx context.Context, ref string) (app.Person, error) {
	return call[app.Person](ctx, c, request{method: http.MethodGet, path: path("persons", ref)})
}

// EditPerson changes a person.
func (c *Client) EditPerson(ctx context.Context, ref string, e app.PersonEdit) (app.Person, error) {
	return call[app.Person](ctx, c, request{method: http.MethodPatch, path: path("persons", ref), body: e})
}

// Invitations lists those that can still be accepted.
func (c *Client) Invitations(ctx context.Context, p app.Page) (app.List[app.Invitation], error) {
	return list[app.Invitation](ctx, c, p, nil, "invitations")
}

// InvitePerson makes an invitation and tells its code.
func (c *Client) InvitePerson(ctx context.Context, in app.NewInvitation) (app.Invitation, error) {
	return call[app.Invitation](ctx, c, request{method: http.MethodPost, path: path("invitations"), body: in})
}

// AcceptInvitation makes a person of whoever has the code.
func (c *Client) AcceptInvitation(ctx context.Context, in rest.Acceptance) (app.Person, error) {
	return call[app.Person](ctx, c, request{method: http.MethodPost, path: path("invitations", "accept"), body: in})
}

// WithdrawInvitation ends an invitation.
func (c *Client) WithdrawInvitation(ctx context.Context, email string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("invitations", email)})
}

// Login begins a session.
func (c *Client) Login(ctx context.Context, in rest.Login) (app.Session, error) {
	return call[app.Session](ctx, c, request{method: http.MethodPost, path: path("sessions"), body: in})
}

// KeyPairs lists key pairs in the order they were made, of a person or of all.
func (c *Client) KeyPairs(ctx context.Context, person string, p app.Page) (app.List[app.KeyPair], error) {
	return list[app.KeyPair](ctx, c, p, url.Values{"person": {person}}, "keypairs")
}

// CreateKeyPair makes a key pair and tells its secret key.
func (c *Client) CreateKeyPair(ctx context.Context, in rest.NewKeyPair) (rest.CreatedKeyPair, error) {
	return call[rest.CreatedKeyPair](ctx, c, request{method: http.MethodPost, path: path("keypairs"), body: in})
}

// RevokeKeyPair ends a key pair at once.
func (c *Client) RevokeKeyPair(ctx context.Context, accessKey string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("keypairs", accessKey)})
}
