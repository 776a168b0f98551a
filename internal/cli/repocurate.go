package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/cli/client"
)

func (p *program) repoCopy() *cobra.Command {
	var in routes.Copy
	c := &cobra.Command{
		Use:   "copy NAME --from REF QUERY",
		Short: "Copy packages into a repo",
		Long: `List packages of a mirror, a snapshot or another repo in a repo too: those that a
package query finds. Nothing is stored twice.`,
		Example: `  aptarium repo copy stable --from repo:testing 'hello (>= 2)'
  aptarium repo copy tools --from mirror:bookworm ripgrep --with-dependencies --dry-run`,
		Args: exactly("NAME", "QUERY"), ValidArgsFunction: only(1, p.collections("repo")),
	}
	flags := c.Flags()
	flags.StringVar(&in.From, "from", "", "where to take packages: mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state")
	flags.BoolVar(&in.WithDependencies, "with-dependencies", false, "and what they depend on, as far as it is there")
	flags.BoolVar(&in.DryRun, "dry-run", false, "only tell what would come")
	completeFlag(c, "from", p.references())
	c.RunE = func(c *cobra.Command, args []string) error {
		if in.From == "" {
			return usage(c, "--from is missing")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Query = args[1]
		change, err := client.Call(c.Context(), s.Client, routes.CopyPackages, routes.SendTo(args[0], in))
		if err != nil {
			return err
		}
		return p.show(change, func(w io.Writer) {
			if in.DryRun {
				showPackages(w, "+", change.Added)
				fmt.Fprintf(w, "%s would come.\n", count(len(change.Added), "package", "packages"))
				return
			}
			showChange(w, args[0], change)
		})
	}
	return c
}

// showPackages writes a line for each package, with a mark before it.
func showPackages(w io.Writer, mark string, list []collections.Package) {
	for _, k := range list {
		fmt.Fprintf(w, "%s %s %s %s\n", mark, k.Name, k.Version, k.Architecture)
	}
}

func (p *program) repoEdit() *cobra.Command {
	var name, description, component, distribution string
	var keep retention
	c := &cobra.Command{
		Use:   "edit NAME",
		Short: "Change the name or settings of a repo",
		Long: `Rename a repo, or change what it says of itself. Flags that are not given leave
things as they are. Publications that it feeds follow.`,
		Example: `  aptarium repo edit tools --rename utilities
  aptarium repo edit tools --component extra --distribution bookworm`,
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.collections("repo")),
	}
	flags := c.Flags()
	flags.StringVar(&name, "rename", "", "another name")
	flags.StringVar(&description, "description", "", "what it is, for people")
	flags.StringVar(&component, "component", "", "where packages that come from now on are listed")
	flags.StringVar(&distribution, "distribution", "", "what a publication of it may be called")
	keep.define(p, c, "states")
	c.RunE = func(c *cobra.Command, args []string) error {
		given := func(flag string, value *string) *string {
			if !flags.Changed(flag) {
				return nil
			}
			return value
		}
		in := repos.RepoEdit{
			Name: given("rename", &name), Description: given("description", &description),
			Component: given("component", &component), Distribution: given("distribution", &distribution),
		}
		if keep.given(c) {
			in.Retention = &keep.Retention
		}
		if in == (repos.RepoEdit{}) {
			return usage(c, "nothing is to be changed")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		k, err := client.Call(c.Context(), s.Client, routes.EditRepo, routes.SendTo(args[0], in))
		if err != nil {
			return err
		}
		return p.show(k, func(w io.Writer) { fmt.Fprintf(w, "Changed the repo %s.\n", k.Name) })
	}
	return c
}
