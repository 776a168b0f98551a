package people

import (
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func role(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "role", Short: "Manage roles and their permissions", Example: `  aptarium role create Webmaster --permission ManageRepository --access-group web
  aptarium role edit Webmaster --add-person ann@example.org
  aptarium role permissions`},
		roleCreate(p), roleCopy(p), roleEdit(p), roleList(p), roleShow(p), roleDrop(p), rolePermissions(p))
}

// roles completes names of roles.
func roles(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(command.All(r, routes.ListRoles, routes.ByNames{}), func(r people.Role) string { return r.Name })
}

// permissions completes names of permissions.
func permissions(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(listPermissions(r), func(i people.PermissionInfo) string { return i.Name })
}

func listPermissions(r *command.Run) iter.Seq2[people.PermissionInfo, error] {
	return command.Items(command.Call(r, routes.ListPermissions, routes.None{}))
}

func roleCreate(p *command.Program) *cobra.Command {
	var in people.NewRole
	return command.Create(p, command.Spec{
		Use:   "create NAME",
		Short: "Create a role",
		Long: `Create a role. Its permissions apply in its access groups and in all groups below
them; global permissions apply everywhere.`,
		Example: "  aptarium role create Webmaster --permission ManageRepository --access-group web",
		Flags: func(f command.Flags) {
			f.String(&in.Description, "description", "purpose of the role")
			f.Strings(&in.Permissions, "permission", "permission of the role; may be given several times", permissions)
			f.Strings(&in.AccessGroups, "access-group", "access group where it applies; may be given several times", command.AccessGroups)
			f.Strings(&in.Persons, "person", "mail address of a person with the role; may be given several times", emails)
		},
	}, routes.CreateRole, &in, &in.Name, createdRole)
}

func createdRole(r *command.Run, made people.Role) { r.Print("Created the role %s.", made.Name) }

func roleCopy(p *command.Program) *cobra.Command {
	var in routes.RoleCopy
	return command.Ask(p, command.Spec{
		Use: "copy NAME NEWNAME", Short: "Copy a role", Example: "  aptarium role copy Auditor WebAuditor", Complete: []command.Words{roles},
		Flags: func(f command.Flags) {
			f.String(&in.Description, "description", "purpose of the new role (default: as the other)")
		},
	}, routes.CopyRole, func(r *command.Run) routes.NamedBody[routes.RoleCopy] {
		in.Name = r.Args[1]
		return routes.SendTo(r.Args[0], in)
	}, createdRole)
}

func roleEdit(p *command.Program) *cobra.Command {
	var e people.RoleEdit
	return command.Edit(p, command.Spec{
		Use: "edit NAME", Short: "Change a role, its groups or its persons",
		Example:  "  aptarium role edit Webmaster --add-person ann@example.org --remove-permission ViewScript",
		Complete: []command.Words{roles},
		Flags: func(f command.Flags) {
			command.Optional(f, f.String, &e.Description, "description", "purpose of the role")
			const several = "; may be given several times"
			f.Strings(&e.AddPermissions, "add-permission", "add this permission"+several, permissions)
			f.Strings(&e.RemovePermissions, "remove-permission", "remove this permission"+several, permissions)
			f.Strings(&e.AddAccessGroups, "add-access-group", "apply the role in this access group"+several, command.AccessGroups)
			f.Strings(&e.RemoveAccessGroups, "remove-access-group", "do not apply the role in this access group"+several, command.AccessGroups)
			f.Strings(&e.AddPersons, "add-person", "add the person with this mail address"+several, emails)
			f.Strings(&e.RemovePersons, "remove-person", "remove the role from the person with this mail address"+several, emails)
		},
	}, routes.EditRole, &e, showRole)
}

func showRole(r *command.Run, shown people.Role) {
	comma := func(list []string) string { return strings.Join(list, ", ") }
	r.Details("Name", shown.Name, "Description", shown.Description, "Permissions", comma(shown.Permissions),
		"Everywhere", comma(shown.GlobalPermissions), "Access groups", comma(shown.AccessGroups), "Persons", comma(shown.Persons))
}

func roleList(p *command.Program) *cobra.Command {
	var in routes.ByNames
	return command.List(p, command.Spec{
		Use: "list", Short: "List roles", Example: "  aptarium role list", Limit: true,
		Flags: func(f command.Flags) {
			f.Strings(&in.Names, "name", "only the role of this name; may be given several times", roles)
		},
	}, command.Pages(routes.ListRoles, &in),
		"NAME PERMISSIONS GROUPS PERSONS DESCRIPTION", func(r people.Role) []string {
			n := len(r.Permissions) + len(r.GlobalPermissions)
			return []string{r.Name, strconv.Itoa(n), strings.Join(r.AccessGroups, ","), strconv.Itoa(len(r.Persons)), r.Description}
		})
}

func roleShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show NAME", Short: "Show a role", Example: "  aptarium role show Auditor", Complete: []command.Words{roles},
	}, routes.GetRole, command.Named, showRole)
}

func roleDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop NAME", Short: "Drop a role", Example: "  aptarium role drop Webmaster", Complete: []command.Words{roles},
	}, routes.DropRole, command.Named, "Dropped the role %s.")
}

func rolePermissions(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{Use: "permissions", Short: "List the permissions of roles", Example: "  aptarium role permissions"},
		listPermissions, "NAME WHERE TITLE", func(i people.PermissionInfo) []string {
			return []string{i.Name, map[bool]string{true: "everywhere", false: "access groups"}[i.Global], i.Title}
		})
}
