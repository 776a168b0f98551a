package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// withPocket makes a command about a pocket and some names.
func (p *program) withPocket(c *cobra.Command, what string, names completer, do func(c *cobra.Command, s *session, at pockets.Path, names []string) error) *cobra.Command {
	var given []string
	p.onPocket(c, func(c *cobra.Command, s *session, at pockets.Path) error { return do(c, s, at, given) })
	one, complete := c.RunE, c.ValidArgsFunction
	c.Use += " " + what + "…"
	c.Args = atLeast(pocketArg, what)
	c.RunE = func(c *cobra.Command, args []string) error {
		given = slices.Clone(args[1:])
		return one(c, args[:1])
	}
	c.ValidArgsFunction = func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 && names != nil {
			return names(c, args, typed)
		}
		return complete(c, args, typed)
	}
	return c
}

// editNames makes a command that adds names to a list of a pocket, or takes them away.
func (p *program) editNames(c *cobra.Command, what string, names completer,
	edit func(*client.Client, context.Context, pockets.Path, []string) (pockets.Pocket, error)) *cobra.Command {
	return p.withPocket(c, what, names, func(c *cobra.Command, s *session, at pockets.Path, names []string) error {
		k, err := edit(s.Client, c.Context(), at, names)
		if err != nil {
			return err
		}
		return p.madePocket(k, "Changed")
	})
}

// pocketFilter is the commands about what a pull takes.
func (p *program) pocketFilter() *cobra.Command {
	return group(&cobra.Command{Use: "filter", Short: "Manage the package filters of a pull", Example: "  aptarium pocket filter add ubuntu/noble/proposed linux-generic"},
		p.editNames(&cobra.Command{
			Use: "add", Short: "Add package names to the filters", Example: "  aptarium pocket filter add ubuntu/noble/proposed linux-generic",
		}, "PACKAGE", nil, (*client.Client).AddPocketFilters),
		p.editNames(&cobra.Command{
			Use: "remove", Short: "Remove package names from the filters", Example: "  aptarium pocket filter remove ubuntu/noble/proposed linux-generic",
		}, "PACKAGE", nil, (*client.Client).RemovePocketFilters))
}

// pocketUploader is the commands about who may upload.
func (p *program) pocketUploader() *cobra.Command {
	return group(&cobra.Command{Use: "uploader", Short: "Manage keys that may upload to a pocket", Example: "  aptarium pocket uploader add ubuntu/noble/staging alice"},
		p.editNames(&cobra.Command{
			Use: "add", Short: "Add keys that may upload", Example: "  aptarium pocket uploader add ubuntu/noble/staging alice",
		}, "KEY", p.keyNames(), (*client.Client).AddPocketUploaders),
		p.editNames(&cobra.Command{
			Use: "remove", Short: "Remove keys that may upload", Example: "  aptarium pocket uploader remove ubuntu/noble/staging alice",
		}, "KEY", p.keyNames(), (*client.Client).RemovePocketUploaders))
}
