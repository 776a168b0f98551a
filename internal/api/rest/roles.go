package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

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
