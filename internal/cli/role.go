package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// role is the commands about the roles of persons.
func (p *program) role() *cobra.Command {
	return group(&cobra.Command{Use: "role", Short: "Manage roles and their permissions", Example: `  aptarium role create Webmaster --permission ManageRepository --access-group web
  aptarium role edit Webmaster --add-person ann@example.org
  aptarium role permissions`},
		p.roleCreate(), p.roleCopy(), p.roleEdit(), p.roleList(), p.roleShow(), p.roleDrop(), p.rolePermissions())
}

// roles goes through roles.
func roles(ctx context.Context, s *session, names []string) iter.Seq2[people.Role, error] {
	return client.All(ctx, s.Client, routes.ListRoles, routes.ByNames{Names: names})
}

// roleNames completes names of roles.
func (p *program) roleNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return words(roles(ctx, s, nil), func(r people.Role) string { return r.Name })
	})
}

// permissionNames completes names of permissions.
func (p *program) permissionNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return words(permissions(ctx, s), func(i people.PermissionInfo) string { return i.Name })
	})
}

// permissions returns all permissions.
func permissions(ctx context.Context, s *session) iter.Seq2[people.PermissionInfo, error] {
	return func(yield func(people.PermissionInfo, error) bool) {
		list, err := client.Call(ctx, s.Client, routes.ListPermissions, routes.None{})
		if err != nil {
			yield(people.PermissionInfo{}, err)
			return
		}
		for _, item := range list.Items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func (p *program) roleCreate() *cobra.Command {
	var in people.NewRole
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a role",
		Long: `Make a role. Its permissions hold in its access groups and in all below them; those
that are global hold everywhere.`,
		Example: "  aptarium role create Webmaster --permission ManageRepository --access-group web",
		Args:    exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := c.Flags()
	flags.StringVar(&in.Description, "description", "", "what it is for")
	flags.StringArrayVar(&in.Permissions, "permission", nil, "what it allows; may be given many times")
	flags.StringArrayVar(&in.AccessGroups, "access-group", nil, "where; may be given many times")
	flags.StringArrayVar(&in.Persons, "person", nil, "mail address of who has it; may be given many times")
	completeFlag(c, "permission", p.permissionNames())
	completeFlag(c, "access-group", p.groupNames())
	completeFlag(c, "person", p.emails())
	c.RunE = answering(p, func(ctx context.Context, s *session, args []string) (people.Role, error) {
		in.Name = args[0]
		return client.Call(ctx, s.Client, routes.CreateRole, routes.Send(in))
	}, func(w io.Writer, made people.Role) { fmt.Fprintf(w, "Made the role %s.\n", made.Name) })
	return c
}

func (p *program) roleCopy() *cobra.Command {
	var in routes.RoleCopy
	c := &cobra.Command{
		Use: "copy NAME NEWNAME", Short: "Copy a role", Example: "  aptarium role copy Auditor WebAuditor",
		Args: exactly("NAME", "NEWNAME"), ValidArgsFunction: only(1, p.roleNames()),
	}
	c.Flags().StringVar(&in.Description, "description", "", "what it is for (default: that of the other)")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Name = args[1]
		r, err := client.Call(c.Context(), s.Client, routes.CopyRole, routes.SendTo(args[0], in))
		if err != nil {
			return err
		}
		return p.show(r, func(w io.Writer) { fmt.Fprintf(w, "Made the role %s.\n", r.Name) })
	}
	return c
}

func (p *program) roleEdit() *cobra.Command {
	var e people.RoleEdit
	var description string
	c := &cobra.Command{
		Use: "edit NAME", Short: "Change a role, its groups or its persons", Example: "  aptarium role edit Webmaster --add-person ann@example.org --remove-permission ViewScript",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.roleNames()),
	}
	flags := c.Flags()
	flags.StringVar(&description, "description", "", "what it is for")
	for _, f := range []struct {
		name     string
		to       *[]string
		usage    string
		complete completer
	}{
		{"add-permission", &e.AddPermissions, "allow this", p.permissionNames()},
		{"remove-permission", &e.RemovePermissions, "allow this no more", p.permissionNames()},
		{"add-access-group", &e.AddAccessGroups, "let it hold here", p.groupNames()},
		{"remove-access-group", &e.RemoveAccessGroups, "let it hold here no more", p.groupNames()},
		{"add-person", &e.AddPersons, "give it to the person with this mail address", p.emails()},
		{"remove-person", &e.RemovePersons, "take it from the person with this mail address", p.emails()},
	} {
		flags.StringArrayVar(f.to, f.name, nil, f.usage+"; may be given many times")
		completeFlag(c, f.name, f.complete)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if flags.Changed("description") {
			e.Description = &description
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		r, err := client.Call(c.Context(), s.Client, routes.EditRole, routes.SendTo(args[0], e))
		if err != nil {
			return err
		}
		return p.show(r, func(w io.Writer) { showRole(w, r) })
	}
	return c
}

func showRole(w io.Writer, r people.Role) {
	comma := func(list []string) string { return strings.Join(list, ", ") }
	details(w, "Name", r.Name, "Description", r.Description, "Permissions", comma(r.Permissions), "Everywhere", comma(r.GlobalPermissions),
		"Access groups", comma(r.AccessGroups), "Persons", comma(r.Persons))
}

func (p *program) roleList() *cobra.Command {
	var names []string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List roles", Example: "  aptarium role list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringArrayVar(&names, "name", nil, "only the role of this name; may be given many times")
	completeFlag(c, "name", p.roleNames())
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		return table(p, some(roles(c.Context(), s, names), limit), "NAME PERMISSIONS GROUPS PERSONS DESCRIPTION", func(r people.Role) []string {
			n := len(r.Permissions) + len(r.GlobalPermissions)
			return []string{r.Name, fmt.Sprint(n), strings.Join(r.AccessGroups, ","), fmt.Sprint(len(r.Persons)), r.Description}
		})
	}
	return c
}

func (p *program) roleShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a role", Example: "  aptarium role show Auditor", Args: exactly("NAME"), ValidArgsFunction: only(1, p.roleNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			r, err := client.Call(c.Context(), s.Client, routes.GetRole, routes.Named{Name: args[0]})
			if err != nil {
				return err
			}
			return p.show(r, func(w io.Writer) { showRole(w, r) })
		},
	}
}

func (p *program) roleDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop a role", Example: "  aptarium role drop Webmaster",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.roleNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.DropRole, routes.Named{Name: args[0]}), "Removed the role %s.", args[0])
		},
	}
}

func (p *program) rolePermissions() *cobra.Command {
	return &cobra.Command{
		Use: "permissions", Short: "List the permissions of roles", Example: "  aptarium role permissions", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return table(p, permissions(c.Context(), s), "NAME WHERE TITLE", func(i people.PermissionInfo) []string {
				return []string{i.Name, map[bool]string{true: "everywhere", false: "access groups"}[i.Global], i.Title}
			})
		},
	}
}
