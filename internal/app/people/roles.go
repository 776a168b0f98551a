package people

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Role is a set of permissions in access groups, which persons have.
type Role struct {
	ID                int64    `json:"id"`
	Name              string   `json:"name"`
	Description       string   `json:"description,omitempty"`
	Permissions       []string `json:"permissions" doc:"Those that hold in the access groups"`
	GlobalPermissions []string `json:"global_permissions" doc:"Those that hold everywhere"`
	AccessGroups      []string `json:"access_groups" doc:"A right in one holds in all below it"`
	Persons           []string `json:"persons" doc:"Mail addresses of who has it"`
	Fixed             bool     `json:"fixed,omitempty" doc:"Nothing but who has it can be changed"`
}

func showRole(r access.PersonRole) Role {
	grouped, global := r.Parts()
	return Role{ID: r.ID, Name: r.Name, Description: r.Description, Permissions: usecase.OrEmpty(grouped), GlobalPermissions: usecase.OrEmpty(global),
		AccessGroups: usecase.OrEmpty(r.Groups), Persons: usecase.OrEmpty(r.Persons), Fixed: r.Name == access.GlobalAdmin}
}

// PermissionInfo is a permission that roles can have.
type PermissionInfo struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Global bool   `json:"global" doc:"It holds everywhere, whatever access groups a role has"`
}

// Permissions returns the permissions that roles can have.
func (s *Service) Permissions(ctx context.Context) (usecase.List[PermissionInfo], error) {
	items := usecase.Map(access.NamedPermissions(), func(p access.NamedPermission) PermissionInfo { return PermissionInfo{p.Name, p.Title, p.Global} })
	return usecase.List[PermissionInfo]{Items: items}, access.Require(ctx, access.Known)
}

// Roles returns the roles with some names, or all roles, by name. Unknown names are left out.
func (s *Service) Roles(ctx context.Context, names []string, p usecase.Page) (usecase.List[Role], error) {
	name := func(r Role) string { return r.Name }
	return usecase.ReadList(ctx, s.k, access.ViewRoles, p, name, func(tx *db.Tx, after string, _ int) ([]Role, error) {
		found, err := s.k.Access.PersonRoles(ctx, tx, names)
		return behind(after, name, usecase.Map(found, showRole)), err
	})
}

// behind returns the rest of a list, which is in the order of its names, behind a name.
func behind[T any](after string, name func(T) string, all []T) []T {
	return slices.DeleteFunc(all, func(t T) bool { return name(t) <= after })
}

// Role returns a role by its name.
func (s *Service) Role(ctx context.Context, name string) (Role, error) {
	return usecase.Read(ctx, s.k, access.ViewRoles, func(tx *db.Tx) (Role, error) {
		r, err := s.k.Access.Role(ctx, tx, name)
		return showRole(r), err
	})
}

// NewRole describes a role to create.
type NewRole struct {
	Name         string   `json:"name" doc:"Letters, digits, + and -, starting with a letter"`
	Description  string   `json:"description,omitempty"`
	Permissions  []string `json:"permissions,omitempty" nullable:"false"`
	AccessGroups []string `json:"access_groups,omitempty" nullable:"false"`
	Persons      []string `json:"persons,omitempty" nullable:"false"`
}

// CreateRole creates a role. One that would allow more than the caller may do is
// problem.Denied.
func (s *Service) CreateRole(ctx context.Context, in NewRole) (Role, error) {
	return s.changeRole(ctx, "role.create", in.Name, in, func(tx *db.Tx) (access.PersonRole, error) {
		r, err := s.k.Access.CreateRole(ctx, tx, in.Name, in.Description)
		if err != nil {
			return r, err
		}
		return s.k.Access.EditRole(ctx, tx, r, access.RoleEdit{AddPermissions: in.Permissions, AddGroups: in.AccessGroups, AddPersons: in.Persons})
	})
}

// changeRole makes a change that returns the changed role. It refuses one that then allows
// more than the caller may do.
func (s *Service) changeRole(ctx context.Context, action, name string, detail any, fn func(tx *db.Tx) (access.PersonRole, error)) (Role, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.EditRoles, Action: action, Subject: "role:" + name, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (Role, error) {
		r, err := fn(tx)
		if err != nil {
			return Role{}, err
		}
		return showRole(r), s.requireCover(ctx, tx, r)
	})
}

// CopyRole creates a role with the permissions and access groups of another one.
func (s *Service) CopyRole(ctx context.Context, name, destination, description string) (Role, error) {
	return s.changeRole(ctx, "role.copy", destination, map[string]string{"from": name}, func(tx *db.Tx) (access.PersonRole, error) {
		from, err := s.k.Access.Role(ctx, tx, name)
		if err != nil {
			return from, err
		}
		return s.k.Access.CopyRole(ctx, tx, from, destination, description)
	})
}

// DropRole deletes a role; its persons lose its rights. GlobalAdmin stays.
func (s *Service) DropRole(ctx context.Context, name string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.EditRoles, Action: "role.drop", Subject: "role:" + name}, func(tx *db.Tx, _ *usecase.Act) error {
		r, err := s.k.Access.Role(ctx, tx, name)
		if err == nil {
			err = s.requireCover(ctx, tx, r)
		}
		if err == nil {
			err = s.k.Access.DropRole(ctx, tx, r)
		}
		return err
	})
}

// RoleEdit changes a role. To add an element twice, or to remove a missing one, is no error.
type RoleEdit struct {
	Description        *string  `json:"description,omitempty"`
	AddPermissions     []string `json:"add_permissions,omitempty" nullable:"false"`
	RemovePermissions  []string `json:"remove_permissions,omitempty" nullable:"false"`
	AddAccessGroups    []string `json:"add_access_groups,omitempty" nullable:"false"`
	RemoveAccessGroups []string `json:"remove_access_groups,omitempty" nullable:"false"`
	AddPersons         []string `json:"add_persons,omitempty" nullable:"false" doc:"Mail addresses"`
	RemovePersons      []string `json:"remove_persons,omitempty" nullable:"false"`
}

// EditRole changes a role. Of GlobalAdmin only the persons can change, and nobody takes it
// from himself: problem.Conflict. A role that allows, before or after, more than the caller
// may do is problem.Denied.
func (s *Service) EditRole(ctx context.Context, name string, e RoleEdit) (Role, error) {
	return s.changeRole(ctx, "role.edit", name, e, func(tx *db.Tx) (access.PersonRole, error) {
		r, err := s.k.Access.Role(ctx, tx, name)
		if err != nil {
			return r, err
		}
		if err := s.requireCover(ctx, tx, r); err != nil {
			return r, err
		}
		if err := keepsGlobalAdmin(ctx, r, e.RemovePersons); err != nil {
			return r, err
		}
		return s.k.Access.EditRole(ctx, tx, r, access.RoleEdit{
			Description: e.Description, AddPermissions: e.AddPermissions, RemovePermissions: e.RemovePermissions,
			AddGroups: e.AddAccessGroups, RemoveGroups: e.RemoveAccessGroups, AddPersons: e.AddPersons, RemovePersons: e.RemovePersons,
		})
	})
}

// keepsGlobalAdmin refuses callers who take GlobalAdmin from themselves. Only its persons can
// take it from others, so somebody always keeps it.
func keepsGlobalAdmin(ctx context.Context, r access.PersonRole, removed []string) error {
	who, _ := access.From(ctx)
	if r.Name != access.GlobalAdmin || who.Person == 0 {
		return nil // the bearer of an administrator's token can give the role again
	}
	if slices.ContainsFunc(removed, func(email string) bool { return access.CanonicalEmail(email) == who.Name }) {
		return problem.Because(problem.New(problem.Conflict, "nobody takes %s from himself", access.GlobalAdmin).In("persons").
			WithHint("ask another administrator"), access.SelfRevoke)
	}
	return nil
}

// setRoles sets the roles of a person.
func (s *Service) setRoles(ctx context.Context, tx *db.Tx, p access.Person, names []string) error {
	if err := access.Require(ctx, access.EditRoles); err != nil {
		return err
	}
	wanted, err := s.grantable(ctx, tx, names)
	if err != nil {
		return err
	}
	for _, r := range wanted {
		if _, err := s.k.Access.EditRole(ctx, tx, r, access.RoleEdit{AddPersons: []string{p.Email}}); err != nil {
			return err
		}
	}
	for _, name := range p.Roles {
		if slices.Contains(names, name) {
			continue
		}
		r, err := s.k.Access.Role(ctx, tx, name)
		if err == nil {
			err = keepsGlobalAdmin(ctx, r, []string{p.Email})
		}
		if err == nil {
			_, err = s.k.Access.EditRole(ctx, tx, r, access.RoleEdit{RemovePersons: []string{p.Email}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
