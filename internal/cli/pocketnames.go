package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
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
	edit func(context.Context, *session, pockets.Path, []string) (pockets.Pocket, error)) *cobra.Command {
	return p.withPocket(c, what, names, func(c *cobra.Command, s *session, at pockets.Path, names []string) error {
		k, err := edit(c.Context(), s, at, names)
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
		}, "PACKAGE", nil, func(ctx context.Context, s *session, at pockets.Path, names []string) (pockets.Pocket, error) {
			return client.Call(ctx, s.Client, routes.AddPocketFilters, routes.SendToPocket(at, routes.PackageNames{Packages: names}))
		}),
		p.editNames(&cobra.Command{
			Use: "remove", Short: "Remove package names from the filters", Example: "  aptarium pocket filter remove ubuntu/noble/proposed linux-generic",
		}, "PACKAGE", nil, func(ctx context.Context, s *session, at pockets.Path, names []string) (pockets.Pocket, error) {
			return client.Call(ctx, s.Client, routes.RemovePocketFilters, routes.RemovePocketFiltersInput{PocketPath: routes.PocketPath(at), Package: names})
		}))
}

// pocketUploader is the commands about who may upload.
func (p *program) pocketUploader() *cobra.Command {
	return group(&cobra.Command{Use: "uploader", Short: "Manage keys that may upload to a pocket", Example: "  aptarium pocket uploader add ubuntu/noble/staging alice"},
		p.editNames(&cobra.Command{
			Use: "add", Short: "Add keys that may upload", Example: "  aptarium pocket uploader add ubuntu/noble/staging alice",
		}, "KEY", p.keyNames(), func(ctx context.Context, s *session, at pockets.Path, names []string) (pockets.Pocket, error) {
			return client.Call(ctx, s.Client, routes.AddPocketUploaders, routes.SendToPocket(at, routes.KeyNames{Keys: names}))
		}),
		p.editNames(&cobra.Command{
			Use: "remove", Short: "Remove keys that may upload", Example: "  aptarium pocket uploader remove ubuntu/noble/staging alice",
		}, "KEY", p.keyNames(), func(ctx context.Context, s *session, at pockets.Path, names []string) (pockets.Pocket, error) {
			return client.Call(ctx, s.Client, routes.RemovePocketUploaders, routes.RemovePocketUploadersInput{PocketPath: routes.PocketPath(at), Key: names})
		}))
}
