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
	handle(s, routes.CreatePerson, func(ctx context.Context, in *routes.Body[people.NewPerson]) (people.Person, error) {
		return s.app.People.Create(ctx, in.Body)
	})
	handle(s, routes.GetPerson, func(ctx context.Context, in *routes.PersonRef) (people.Person, error) {
		return s.app.People.Get(ctx, in.Person)
	})
	handle(s, routes.EditPerson, func(ctx context.Context, in *routes.EditPersonInput) (people.Person, error) {
		return s.app.People.Edit(ctx, in.Person, in.Body)
	})
}

// invitations adds /v1/invitations.
func (s *service) invitations() {
	handle(s, routes.ListInvitations, func(ctx context.Context, in *routes.Paging) (usecase.List[people.Invitation], error) {
		return s.app.People.Invitations(ctx, in.Page())
	})
	handle(s, routes.InvitePerson, func(ctx context.Context, in *routes.Body[people.NewInvitation]) (people.Invitation, error) {
		return s.app.People.Invite(ctx, in.Body)
	})
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
	handle(s, routes.ListTokens, func(ctx context.Context, in *routes.Paging) (usecase.List[people.Token], error) {
		return s.app.People.Tokens(ctx, in.Page())
	})
	handle(s, routes.CreateToken, func(ctx context.Context, in *routes.Body[routes.NewToken]) (routes.CreatedToken, error) {
		token, secret, err := s.app.People.CreateToken(ctx, in.Body.Name, in.Body.Role, in.Body.ValidFor)
		return routes.CreatedToken{Token: token, Secret: secret}, err
	})
	handleEmpty(s, routes.RevokeToken, func(ctx context.Context, in *routes.Named) error {
		return s.app.People.RevokeToken(ctx, in.Name)
	})
}

// roles adds /v1/roles and /v1/permissions.
func (s *service) roles() {
	handle(s, routes.ListPermissions, func(ctx context.Context, _ *routes.None) (usecase.List[people.PermissionInfo], error) {
		return s.app.People.Permissions(ctx)
	})
	handle(s, routes.ListRoles, func(ctx context.Context, in *routes.ByNames) (usecase.List[people.Role], error) {
		return s.app.People.Roles(ctx, in.Names, in.Page())
	})
	handle(s, routes.CreateRole, func(ctx context.Context, in *routes.Body[people.NewRole]) (people.Role, error) {
		return s.app.People.CreateRole(ctx, in.Body)
	})
	handle(s, routes.GetRole, func(ctx context.Context, in *routes.Named) (people.Role, error) {
		return s.app.People.Role(ctx, in.Name)
	})
	handle(s, routes.EditRole, func(ctx context.Context, in *routes.NamedBody[people.RoleEdit]) (people.Role, error) {
		return s.app.People.EditRole(ctx, in.Name, in.Body)
	})
	handle(s, routes.CopyRole, func(ctx context.Context, in *routes.NamedBody[routes.RoleCopy]) (people.Role, error) {
		return s.app.People.CopyRole(ctx, in.Name, in.Body.Name, in.Body.Description)
	})
	handleEmpty(s, routes.DropRole, func(ctx context.Context, in *routes.Named) error {
		return s.app.People.DropRole(ctx, in.Name)
	})
}

// accessGroups adds /v1/access-groups.
func (s *service) accessGroups() {
	handle(s, routes.ListAccessGroups, func(ctx context.Context, in *routes.ByNames) (usecase.List[people.AccessGroup], error) {
		return s.app.People.AccessGroups(ctx, in.Names, in.Page())
	})
	handle(s, routes.CreateAccessGroup, func(ctx context.Context, in *routes.Body[people.NewAccessGroup]) (people.AccessGroup, error) {
		return s.app.People.CreateAccessGroup(ctx, in.Body)
	})
	handle(s, routes.DropAccessGroup, func(ctx context.Context, in *routes.Named) (people.AccessGroup, error) {
		return s.app.People.DropAccessGroup(ctx, in.Name)
	})
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
