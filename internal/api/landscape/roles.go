package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func roleActions() []Action {
	return []Action{
		action(Action{Name: "GetPermissions", Group: rbac, Doc: "List what roles can allow.", Returns: "A list of permissions."}, getPermissions),
		action(Action{
			Name: "CreateRole", Group: rbac, Doc: "Create a role, which allows nothing yet.",
			Errors: []string{codeInvalidRoleName, codeDuplicateRoleName, codeUnauthorised}, Returns: "The role.",
		}, createRole),
		action(Action{
			Name: "CopyRole", Group: rbac, Doc: "Create a role with the permissions and access groups of another one. Nobody has it yet.",
			Errors: []string{codeUnknownRole, codeInvalidRoleName, codeDuplicateRoleName, codeUnauthorised}, Returns: "The new role.",
		}, copyRole),
		action(Action{
			Name: "RemoveRole", Group: rbac, Doc: "Remove a role. Who had it loses its rights. GlobalAdmin stays.",
			Errors: []string{codeUnknownRole, codeInvalidRoleName, codeUnauthorised}, Returns: "An empty object.",
		}, removeRole),
		action(Action{
			Name: "GetRoles", Group: rbac, Doc: "List roles by name: all, or those that are named. A name that is not known is passed over.",
			Errors: []string{codeUnauthorised}, Returns: "A list of roles.",
		}, getRoles),
		roleEdit("AddAccessGroupsToRole", "Let a role hold in more access groups, and in all below them.", []string{codeUnknownAccessGroups, codeReadOnlyRole}, func(in roleAccessGroupsParameters) (string, people.RoleEdit) {
			return in.Name, people.RoleEdit{AddAccessGroups: in.AccessGroups}
		}),
		roleEdit("RemoveAccessGroupsFromRole", "Let a role hold in some access groups no more.", []string{codeUnknownAccessGroups, codeReadOnlyRole}, func(in roleAccessGroupsParameters) (string, people.RoleEdit) {
			return in.Name, people.RoleEdit{RemoveAccessGroups: in.AccessGroups}
		}),
		roleEdit("AddPermissionsToRole", "Let a role allow more.", []string{codeInvalidRolePermissions, codeReadOnlyRole}, func(in rolePermissionsParameters) (string, people.RoleEdit) {
			return in.Name, people.RoleEdit{AddPermissions: in.Permissions}
		}),
		roleEdit("RemovePermissionsFromRole", "Let a role allow less.", []string{codeInvalidRolePermissions, codeReadOnlyRole}, func(in rolePermissionsParameters) (string, people.RoleEdit) {
			return in.Name, people.RoleEdit{RemovePermissions: in.Permissions}
		}),
		roleEdit("AddPersonsToRole", "Give a role to persons.", []string{codeUnknownPersonEmails}, func(in rolePersonsParameters) (string, people.RoleEdit) {
			return in.Name, people.RoleEdit{AddPersons: in.Persons}
		}),
		roleEdit("RemovePersonsFromRole", "Take a role from persons. Nobody takes GlobalAdmin from himself.", []string{codeUnknownPersonEmails, codeSelfRevokeGlobalAdmin}, func(in rolePersonsParameters) (string, people.RoleEdit) {
			return in.Name, people.RoleEdit{RemovePersons: in.Persons}
		}),
	}
}

// shownRole is a role as clients see it.
type shownRole struct {
	Key               int64    `json:"key"`
	Name              string   `json:"name"`
	Description       string   `json:"description"`
	Permissions       []string `json:"permissions"`
	GlobalPermissions []string `json:"global_permissions"`
	Persons           []string `json:"persons"` // mail addresses
	AccessGroups      []string `json:"access_groups"`
}

func showRole(r people.Role) shownRole {
	return shownRole{Key: r.ID, Name: r.Name, Description: r.Description, Permissions: r.Permissions, GlobalPermissions: r.GlobalPermissions,
		Persons: r.Persons, AccessGroups: r.AccessGroups}
}

// roleEdit returns an action that changes a role. edit returns its name and the change.
func roleEdit[In any](name, doc string, errors []string, edit func(In) (string, people.RoleEdit)) Action {
	entry := Action{Name: name, Group: rbac, Doc: doc, Errors: append([]string{codeUnknownRole, codeUnauthorised}, errors...), Returns: "The role as it is then."}
	return action(entry, func(ctx context.Context, c *call, in In) (any, error) {
		role, e := edit(in)
		r, err := c.app.People.EditRole(ctx, role, e)
		return showRole(r), err
	})
}

type roleAccessGroupsParameters struct {
	Name         string   `param:"name" doc:"The name of the role."`
	AccessGroups []string `param:"access_groups" doc:"The names of access groups."`
}

type rolePermissionsParameters struct {
	Name        string   `param:"name" doc:"The name of the role."`
	Permissions []string `param:"permissions" doc:"The names of permissions."`
}

type rolePersonsParameters struct {
	Name    string   `param:"name" doc:"The name of the role."`
	Persons []string `param:"persons" doc:"The mail addresses of persons."`
}

// permission is a permission as clients see it.
type permission struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

func getPermissions(ctx context.Context, c *call, _ none) (any, error) {
	list, err := c.app.People.Permissions(ctx)
	return usecase.Map(list.Items, func(p people.PermissionInfo) permission { return permission{p.Name, p.Title} }), err
}

func createRole(ctx context.Context, c *call, in struct {
	Name        string `param:"name" doc:"The name of the role: letters, digits, - and +, starting with a letter."`
	Description string `param:"description,optional" doc:"What it is for."`
}) (any, error) {
	r, err := c.app.People.CreateRole(ctx, people.NewRole{Name: in.Name, Description: in.Description})
	return showRole(r), err
}

func copyRole(ctx context.Context, c *call, in struct {
	Name            string `param:"name" doc:"The name of the role to copy."`
	DestinationName string `param:"destination_name" doc:"The name of the new role: letters, digits, - and +, starting with a letter."`
	Description     string `param:"description,optional" doc:"What it is for; the same as the other one if absent."`
}) (any, error) {
	r, err := c.app.People.CopyRole(ctx, in.Name, in.DestinationName, in.Description)
	return showRole(r), err
}

func removeRole(ctx context.Context, c *call, in struct {
	Name string `param:"name" doc:"The name of the role."`
}) (any, error) {
	return struct{}{}, c.app.People.DropRole(ctx, in.Name)
}

func getRoles(ctx context.Context, c *call, in struct {
	Names []string `param:"names,optional" doc:"The names of the roles; all if there are none."`
}) (any, error) {
	return every(ctx, func(ctx context.Context, p usecase.Page) (usecase.List[people.Role], error) {
		return c.app.People.Roles(ctx, in.Names, p)
	}, showRole)
}
