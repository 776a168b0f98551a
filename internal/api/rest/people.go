package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// persons adds /v1/persons.
func (s *service) persons() {
	handle(s, routes.ListPersons, func(ctx context.Context, in *routes.ListPersonsInput) (usecase.List[people.Person], error) {
		return s.app.People.List(ctx, people.PersonFilter{Role: in.Role, State: in.State}, in.Page())
	})
	handle(s, routes.CreatePerson, body(s.app.People.Create))
	handle(s, routes.GetPerson, func(ctx context.Context, in *routes.PersonRef) (people.Person, error) {
		return s.app.People.Get(ctx, in.Person)
	})
	handle(s, routes.EditPerson, func(ctx context.Context, in *routes.EditPersonInput) (people.Person, error) {
		return s.app.People.Edit(ctx, in.Person, in.Body)
	})
}

// invitations adds /v1/invitations.
func (s *service) invitations() {
	handle(s, routes.ListInvitations, paged(s.app.People.Invitations))
	handle(s, routes.InvitePerson, body(s.app.People.Invite))
	handle(s, routes.AcceptInvitation, func(ctx context.Context, in *routes.Body[routes.Acceptance]) (people.Person, error) {
		return s.app.People.AcceptInvitation(ctx, in.Body.Code, in.Body.Password)
	})
	handleEmpty(s, routes.WithdrawInvitation, func(ctx context.Context, in *routes.WithdrawInvitationInput) error {
		return s.app.People.WithdrawInvitation(ctx, in.Email)
	})
}

// sessions adds /v1/sessions.
func (s *service) sessions() {
	handle(s, routes.LogIn, func(ctx context.Context, in *routes.Body[routes.Login]) (people.Session, error) {
		if in.Body.AccessKey != "" {
			return s.app.People.LoginWithKeyPair(ctx, in.Body.AccessKey, in.Body.SecretKey, in.Body.ValidFor)
		}
		return s.app.People.Login(ctx, in.Body.Email, in.Body.Password, in.Body.ValidFor)
	})
}

// tokens adds /v1/tokens.
func (s *service) tokens() {
	handle(s, routes.ListTokens, paged(s.app.People.Tokens))
	handle(s, routes.CreateToken, func(ctx context.Context, in *routes.Body[routes.NewToken]) (routes.CreatedToken, error) {
		token, secret, err := s.app.People.CreateToken(ctx, in.Body.Name, in.Body.Role, in.Body.ValidFor)
		return routes.CreatedToken{Token: token, Secret: secret}, err
	})
	handleEmpty(s, routes.RevokeToken, namedEmpty(s.app.People.RevokeToken))
}

// roles adds /v1/roles and /v1/permissions.
func (s *service) roles() {
	handle(s, routes.ListPermissions, func(ctx context.Context, _ *routes.None) (usecase.List[people.PermissionInfo], error) {
		return s.app.People.Permissions(ctx)
	})
	handle(s, routes.ListRoles, func(ctx context.Context, in *routes.ByNames) (usecase.List[people.Role], error) {
		return s.app.People.Roles(ctx, in.Names, in.Page())
	})
	handle(s, routes.CreateRole, body(s.app.People.CreateRole))
	handle(s, routes.GetRole, named(s.app.People.Role))
	handle(s, routes.EditRole, namedBody(s.app.People.EditRole))
	handle(s, routes.CopyRole, func(ctx context.Context, in *routes.NamedBody[routes.RoleCopy]) (people.Role, error) {
		return s.app.People.CopyRole(ctx, in.Name, in.Body.Name, in.Body.Description)
	})
	handleEmpty(s, routes.DropRole, namedEmpty(s.app.People.DropRole))
}

// accessGroups adds /v1/access-groups.
func (s *service) accessGroups() {
	handle(s, routes.ListAccessGroups, func(ctx context.Context, in *routes.ByNames) (usecase.List[people.AccessGroup], error) {
		return s.app.People.AccessGroups(ctx, in.Names, in.Page())
	})
	handle(s, routes.CreateAccessGroup, body(s.app.People.CreateAccessGroup))
	handle(s, routes.DropAccessGroup, named(s.app.People.DropAccessGroup))
}

// keyPairs adds /v1/keypairs.
func (s *service) keyPairs() {
	handle(s, routes.ListKeyPairs, func(ctx context.Context, in *routes.ListKeyPairsInput) (usecase.List[people.KeyPair], error) {
		return s.app.People.KeyPairs(ctx, in.Person, in.Page())
	})
	handle(s, routes.CreateKeyPair, func(ctx context.Context, in *routes.Body[routes.NewKeyPair]) (routes.CreatedKeyPair, error) {
		pair, secret, err := s.app.People.CreateKeyPair(ctx, in.Body.Person)
		return routes.CreatedKeyPair{KeyPair: pair, SecretKey: secret}, err
	})
	handleEmpty(s, routes.RevokeKeyPair, func(ctx context.Context, in *routes.RevokeKeyPairInput) error {
		return s.app.People.RevokeKeyPair(ctx, in.AccessKey)
	})
}
