package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Persons lists persons in the order they were made.
func (c *Client) Persons(ctx context.Context, f people.PersonFilter, p usecase.Page) (usecase.List[people.Person], error) {
	return list[people.Person](ctx, c, p, url.Values{"role": {f.Role}, "state": {f.State}}, "persons")
}

// CreatePerson makes a person.
func (c *Client) CreatePerson(ctx context.Context, in people.NewPerson) (people.Person, error) {
	return call[people.Person](ctx, c, request{method: http.MethodPost, path: path("persons"), body: in})
}

// Person gives a person by mail address or id.
func (c *Client) Person(ctx context.Context, ref string) (people.Person, error) {
	return call[people.Person](ctx, c, request{method: http.MethodGet, path: path("persons", ref)})
}

// EditPerson changes a person.
func (c *Client) EditPerson(ctx context.Context, ref string, e people.PersonEdit) (people.Person, error) {
	return call[people.Person](ctx, c, request{method: http.MethodPatch, path: path("persons", ref), body: e})
}

// Invitations lists those that can still be accepted.
func (c *Client) Invitations(ctx context.Context, p usecase.Page) (usecase.List[people.Invitation], error) {
	return list[people.Invitation](ctx, c, p, nil, "invitations")
}

// InvitePerson makes an invitation and tells its code.
func (c *Client) InvitePerson(ctx context.Context, in people.NewInvitation) (people.Invitation, error) {
	return call[people.Invitation](ctx, c, request{method: http.MethodPost, path: path("invitations"), body: in})
}

// AcceptInvitation makes a person of whoever has the code.
func (c *Client) AcceptInvitation(ctx context.Context, in routes.Acceptance) (people.Person, error) {
	return call[people.Person](ctx, c, request{method: http.MethodPost, path: path("invitations", "accept"), body: in})
}

// WithdrawInvitation ends an invitation.
func (c *Client) WithdrawInvitation(ctx context.Context, email string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("invitations", email)})
}

// Login begins a session.
func (c *Client) Login(ctx context.Context, in routes.Login) (people.Session, error) {
	return call[people.Session](ctx, c, request{method: http.MethodPost, path: path("sessions"), body: in})
}

// KeyPairs lists key pairs in the order they were made, of a person or of all.
func (c *Client) KeyPairs(ctx context.Context, person string, p usecase.Page) (usecase.List[people.KeyPair], error) {
	return list[people.KeyPair](ctx, c, p, url.Values{"person": {person}}, "keypairs")
}

// CreateKeyPair makes a key pair and tells its secret key.
func (c *Client) CreateKeyPair(ctx context.Context, in routes.NewKeyPair) (routes.CreatedKeyPair, error) {
	return call[routes.CreatedKeyPair](ctx, c, request{method: http.MethodPost, path: path("keypairs"), body: in})
}

// RevokeKeyPair ends a key pair at once.
func (c *Client) RevokeKeyPair(ctx context.Context, accessKey string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("keypairs", accessKey)})
}
