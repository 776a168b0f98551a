package people

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Role is what persons may do, and in which access groups.
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

// Permissions lists what roles are made of. Whoever is known may see it.
func (s *Service) Permissions(ctx context.Context) (usecase.List[PermissionInfo], error) {
	if _, known := access.From(ctx); !known {
		return usecase.List[PermissionInfo]{}, access.Require(ctx, access.Read)
	}
	list := usecase.List[PermissionInfo]{Items: []PermissionInfo{}}
	for _, p := range access.NamedPermissions() {
		list.Items = append(list.Items, PermissionInfo{p.Name, p.Title, p.Global})
	}
	return list, nil
}

// Roles gives the roles with these names, or all of them, by name. Names that there are
// not are left out.
func (s *Service) Roles(ctx context.Context, names []string, p usecase.Page) (usecase.List[Role], error) {
	return usecase.Read(ctx, s.k, access.ViewRoles, func(tx *db.Tx) (usecase.List[Role], error) {
		found, err := s.k.Access.PersonRoles(ctx, tx, names)
		return pageByName(found, p, func(r access.PersonRole) string { return r.Name }, showRole), err
	})
}

// pageByName makes a page of a list that is short enough to be read whole, and is in the
// order of its names.
func pageByName[T, U any](all []T, p usecase.Page, name func(T) string, show func(T) U) usecase.List[U] {
	all = slices.DeleteFunc(all, func(t T) bool { return name(t) <= p.After && p.After != "" })
	l := usecase.PageOf(all, p.Size(), name)
	shown := usecase.List[U]{Items: make([]U, len(l.Items)), Next: l.Next}
	for i, t := range l.Items {
		shown.Items[i] = show(t)
	}
	return shown
}

// Role finds a role by its name.
func (s *Service) Role(ctx context.Context, name string) (Role, error) {
	return usecase.Read(ctx, s.k, access.ViewRoles, func(tx *db.Tx) (Role, error) {
		r, err := s.k.Access.Role(ctx, tx, name)
		return showRole(r), err
	})
}

// NewRole is a role to be made.
type NewRole struct {
	Name         string   `json:"name" doc:"Letters, digits, + and -, starting with a letter"`
	Description  string   `json:"description,omitempty"`
	Permissions  []string `json:"permissions,omitempty" nullable:"false"`
	AccessGroups []string `json:"access_groups,omitempty" nullable:"false"`
	Persons      []string `json:"persons,omitempty" nullable:"false"`
}

// CreateRole makes a role. One that would allow what the caller may not is
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

// changeRole makes a change that gives the role as it is then, which must allow nothing
// that the caller may not.
func (s *Service) changeRole(ctx context.Context, action, name string, detail any, fn func(tx *db.Tx) (access.PersonRole, error)) (Role, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.EditRoles, Action: action, Subject: "role:" + name, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (Role, error) {
		r, err := fn(tx)
		if err != nil {
			return Role{}, err
		}
		return showRole(r), s.requireCover(ctx, tx, r)
	})
}

// CopyRole makes a role with the permissions and access groups of another one.
func (s *Service) CopyRole(ctx context.Context, name, destination, description string) (Role, error) {
	return s.changeRole(ctx, "role.copy", destination, map[string]string{"from": name}, func(tx *db.Tx) (access.PersonRole, error) {
		from, err := s.k.Access.Role(ctx, tx, name)
		if err != nil {
			return from, err
		}
		return s.k.Access.CopyRole(ctx, tx, from, destination, description)
	})
}

// DropRole removes a role; who had it loses its rights. GlobalAdmin stays.
func (s *Service) DropRole(ctx context.Context, name string) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.EditRoles, Action: "role.drop", Subject: "role:" + name}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		r, err := s.k.Access.Role(ctx, tx, name)
		if err == nil {
			err = s.requireCover(ctx, tx, r)
		}
		if err == nil {
			err = s.k.Access.DropRole(ctx, tx, r)
		}
		return struct{}{}, err
	})
	return err
}

// RoleEdit is what to change of a role. What is added and is there already, or removed
// and is not there, stays as it is.
type RoleEdit struct {
	Description        *string  `json:"description,omitempty"`
	AddPermissions     []string `json:"add_permissions,omitempty" nullable:"false"`
	RemovePermissions  []string `json:"remove_permissions,omitempty" nullable:"false"`
	AddAccessGroups    []string `json:"add_access_groups,omitempty" nullable:"false"`
	RemoveAccessGroups []string `json:"remove_access_groups,omitempty" nullable:"false"`
	AddPersons         []string `json:"add_persons,omitempty" nullable:"false" doc:"Mail addresses"`
	RemovePersons      []string `json:"remove_persons,omitempty" nullable:"false"`
}

// EditRole changes a role. Of GlobalAdmin only who has it can be changed, and nobody
// takes it from himself: problem.Conflict. A role that allows, before or after, what the
// caller may not is problem.Denied.
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

// keepsGlobalAdmin refuses to let somebody take GlobalAdmin from himself. Only who has
// it can take it from others, so somebody always keeps it.
func keepsGlobalAdmin(ctx context.Context, r access.PersonRole, removed []string) error {
	who, _ := access.From(ctx)
	if r.Name != access.GlobalAdmin || who.Person == 0 {
		return nil // whoever has an administrator's token can give the role again
	}
	if slices.ContainsFunc(removed, func(email string) bool { return access.CanonicalEmail(email) == who.Name }) {
		return problem.Because(problem.New(problem.Conflict, "nobody takes %s from himself", access.GlobalAdmin).In("persons").
			WithHint("ask another administrator"), access.SelfRevoke)
	}
	return nil
}

// setRoles gives a person exactly these roles.
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
