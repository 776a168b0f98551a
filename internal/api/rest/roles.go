package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// byNames chooses things by name in a list.
type byNames struct {
	Paging
	Names []string `query:"name,explode" maxItems:"500" doc:"Only those of these names"`
}

// RoleCopy is a role to be made after another one.
type RoleCopy struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty" doc:"That of the other role if empty"`
}

// roles adds /v1/roles and /v1/permissions.
func (s *service) roles() {
	const one = "/v1/roles/{name}"
	handle(s, get("list-permissions", "/v1/permissions", "List what roles are made of"), func(ctx context.Context, _ *struct{}) (usecase.List[people.PermissionInfo], error) {
		return s.app.People.Permissions(ctx)
	})
	handle(s, get("list-roles", "/v1/roles", "List the roles of persons"), func(ctx context.Context, in *byNames) (usecase.List[people.Role], error) {
		return s.app.People.Roles(ctx, in.Names, in.page())
	})
	handle(s, post("create-role", "/v1/roles", "Make a role", http.StatusCreated), func(ctx context.Context, in *struct{ Body people.NewRole }) (people.Role, error) {
		return s.app.People.CreateRole(ctx, in.Body)
	})
	handle(s, get("get-role", one, "Get a role"), func(ctx context.Context, in *Named) (people.Role, error) {
		return s.app.People.Role(ctx, in.Name)
	})
	handle(s, patch("edit-role", one, "Change what a role allows, where, and who has it"), func(ctx context.Context, in *struct {
		Named
		Body people.RoleEdit
	}) (people.Role, error) {
		return s.app.People.EditRole(ctx, in.Name, in.Body)
	})
	handle(s, post("copy-role", one+"/copy", "Make a role with the permissions and access groups of another one", http.StatusCreated), func(ctx context.Context, in *struct {
		Named
		Body RoleCopy
	}) (people.Role, error) {
		return s.app.People.CopyRole(ctx, in.Name, in.Body.Name, in.Body.Description)
	})
	handleEmpty(s, remove("drop-role", one, "Remove a role; who had it loses its rights"), func(ctx context.Context, in *Named) error {
		return s.app.People.DropRole(ctx, in.Name)
	})
}

// accessGroups adds /v1/access-groups.
func (s *service) accessGroups() {
	handle(s, get("list-access-groups", "/v1/access-groups", "List the access groups"), func(ctx context.Context, in *byNames) (usecase.List[people.AccessGroup], error) {
		return s.app.People.AccessGroups(ctx, in.Names, in.page())
	})
	handle(s, post("create-access-group", "/v1/access-groups", "Make an access group below another one", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body people.NewAccessGroup }) (people.AccessGroup, error) {
			return s.app.People.CreateAccessGroup(ctx, in.Body)
		})
	handle(s, remove("drop-access-group", "/v1/access-groups/{name}", "Remove an access group, and get the one above it, to which what is in it moves"),
		func(ctx context.Context, in *Named) (people.AccessGroup, error) {
			return s.app.People.DropAccessGroup(ctx, in.Name)
		})
}

// NewKeyPair is a key pair to be made.
type NewKeyPair struct {
	Person string `json:"person" maxLength:"254" doc:"A mail address, or the id"`
}

// CreatedKeyPair is a key pair with its secret key, which is told this once.
type CreatedKeyPair struct {
	people.KeyPair
	SecretKey string `json:"secret_key" doc:"What programs sign with"`
}

// keyPairs adds /v1/keypairs.
func (s *service) keyPairs() {
	handle(s, get("list-keypairs", "/v1/keypairs", "List key pairs, also revoked ones, in the order they were made"), func(ctx context.Context, in *struct {
		Paging
		Person string `query:"person" maxLength:"254" doc:"Only those of this person"`
	}) (usecase.List[people.KeyPair], error) {
		return s.app.People.KeyPairs(ctx, in.Person, in.page())
	})
	handle(s, post("create-keypair", "/v1/keypairs", "Make a key pair for a person", http.StatusCreated), func(ctx context.Context, in *struct{ Body NewKeyPair }) (CreatedKeyPair, error) {
		pair, secret, err := s.app.People.CreateKeyPair(ctx, in.Body.Person)
		return CreatedKeyPair{pair, secret}, err
	})
	handleEmpty(s, remove("revoke-keypair", "/v1/keypairs/{key}", "End a key pair at once"), func(ctx context.Context, in *struct {
		AccessKey string `path:"key" maxLength:"100" doc:"The access key"`
	}) error {
		return s.app.People.RevokeKeyPair(ctx, in.AccessKey)
	})
}
