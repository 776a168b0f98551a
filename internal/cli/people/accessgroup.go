package people

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func accessGroup(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "access-group", Short: "Manage access groups, which limit where a role applies", Example: `  aptarium access-group create "Web servers"
  aptarium access-group create test --parent web-servers
  aptarium access-group drop test`},
		accessGroupCreate(p), accessGroupList(p), accessGroupDrop(p))
}

func accessGroupCreate(p *command.Program) *cobra.Command {
	var in people.NewAccessGroup
	return command.Create(p, command.Spec{
		Use:   "create TITLE",
		Short: "Create an access group",
		Long: `Create an access group below another one. Its name follows from the title: in lower
case, with - for blanks, and only letters, digits, - and full stops.`,
		Example: `  aptarium access-group create "Web servers" --parent production`,
		Flags: func(f command.Flags) {
			f.String(&in.Name, "name", "name of the group (default: from the title)")
			f.String(&in.Parent, "parent", "the group above it (default global)", command.AccessGroups)
		},
	}, routes.CreateAccessGroup, &in, &in.Title, func(r *command.Run, g people.AccessGroup) {
		r.Print("Created the access group %s below %s.", g.Name, g.Parent)
	})
}

func accessGroupList(p *command.Program) *cobra.Command {
	var in routes.ByNames
	return command.List(p, command.Spec{
		Use: "list", Short: "List access groups", Example: "  aptarium access-group list", Limit: true,
		Flags: func(f command.Flags) {
			f.Strings(&in.Names, "name", "only the group of this name; may be given several times", command.AccessGroups)
		},
	}, command.Pages(routes.ListAccessGroups, &in),
		"NAME PARENT TITLE", func(g people.AccessGroup) []string { return []string{g.Name, g.Parent, g.Title} })
}

func accessGroupDrop(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "drop NAME", Short: "Drop an access group", Example: "  aptarium access-group drop test", Complete: []command.Words{command.AccessGroups},
	}, routes.DropAccessGroup, command.Named, func(r *command.Run, parent people.AccessGroup) {
		r.Print("Dropped the access group %s; its members are in %s now.", r.Args[0], parent.Name)
	})
}
