package cli

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// accessGroup is the commands about access groups.
func (p *program) accessGroup() *cobra.Command {
	return group(&cobra.Command{Use: "access-group", Short: "Manage access groups, which limit where a role applies", Example: `  aptarium access-group create "Web servers"
  aptarium access-group create test --parent web-servers
  aptarium access-group drop test`},
		p.accessGroupCreate(), p.accessGroupList(), p.accessGroupDrop())
}

// accessGroups goes through access groups.
func accessGroups(ctx context.Context, s *session, names []string) iter.Seq2[people.AccessGroup, error] {
	return client.All(ctx, s.Client, routes.ListAccessGroups, routes.ByNames{Names: names})
}

// groupNames completes names of access groups.
func (p *program) groupNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return words(accessGroups(ctx, s, nil), func(g people.AccessGroup) string { return g.Name })
	})
}

func (p *program) accessGroupCreate() *cobra.Command {
	var in people.NewAccessGroup
	c := &cobra.Command{
		Use:   "create TITLE",
		Short: "Create an access group",
		Long: `Make an access group below another one. Its name is derived from the title: in lower
case, with - for blanks, and without what is no letter, digit, - or full stop.`,
		Example: `  aptarium access-group create "Web servers" --parent production`,
		Args:    exactly("TITLE"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Name, "name", "", "another name than that")
	c.Flags().StringVar(&in.Parent, "parent", "", "the group above it (default global)")
	completeFlag(c, "parent", p.groupNames())
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Title = args[0]
		g, err := client.Call(c.Context(), s.Client, routes.CreateAccessGroup, routes.Send(in))
		if err != nil {
			return err
		}
		return p.show(g, func(w io.Writer) { fmt.Fprintf(w, "Made the access group %s below %s.\n", g.Name, g.Parent) })
	}
	return c
}

func (p *program) accessGroupList() *cobra.Command {
	var names []string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List access groups", Example: "  aptarium access-group list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringArrayVar(&names, "name", nil, "only the group of this name; may be given many times")
	completeFlag(c, "name", p.groupNames())
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		return table(p, some(accessGroups(c.Context(), s, names), limit), "NAME PARENT TITLE", func(g people.AccessGroup) []string {
			return []string{g.Name, g.Parent, g.Title}
		})
	}
	return c
}

func (p *program) accessGroupDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop an access group", Example: "  aptarium access-group drop test",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.groupNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			parent, err := client.Call(c.Context(), s.Client, routes.DropAccessGroup, routes.Named{Name: args[0]})
			if err != nil {
				return err
			}
			return p.show(parent, func(w io.Writer) {
				fmt.Fprintf(w, "Removed the access group %s; what was in it is in %s now.\n", args[0], parent.Name)
			})
		},
	}
}
