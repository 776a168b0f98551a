package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// repo is the commands about repos.
func (p *program) repo() *cobra.Command {
	return group(&cobra.Command{Use: "repo", Short: "Manage repos of your own packages", Example: `  aptarium repo create tools
  aptarium repo add tools ./build/
  aptarium repo remove tools hello=1.0-1`},
		p.repoCreate(), p.repoAdd(), p.repoCopy(), p.repoRemove(), p.repoEdit(), p.repoUploaders(), p.repoList(), p.showCommand("repo"), p.logCommand("repo"), p.dropCommand("repo"))
}

func (p *program) repoCreate() *cobra.Command {
	var in repos.NewRepo
	var keep retention
	c := &cobra.Command{
		Use: "create NAME", Short: "Create a repo", Example: "  aptarium repo create tools --component main",
		Args: exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Component, "component", "", "where its packages are listed (default main)")
	c.Flags().StringVar(&in.Distribution, "distribution", "", "what a publication of it may be called")
	c.Flags().StringVar(&in.Description, "description", "", "what it is, for people")
	c.Flags().StringVar(&in.From, "from", "", "begin with the packages of mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state")
	completeFlag(c, "from", p.references())
	keep.define(p, c, "states")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Name, in.Retention = args[0], keep.Retention
		k, err := client.Call(c.Context(), s.Client, routes.CreateRepo, routes.Send(in))
		if err != nil {
			return err
		}
		return p.show(k, func(w io.Writer) { fmt.Fprintf(w, "Created the repo %s.\n", k.Name) })
	}
	return c
}

func (p *program) repoList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List repos", Example: "  aptarium repo list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListRepos, routes.Paging{})
			return table(p, all, "NAME PACKAGES COMPONENT CREATED DESCRIPTION", func(k collections.Collection) []string {
				return []string{k.Name, strconv.Itoa(k.Packages), k.Component, age(k.CreatedAt), k.Description}
			})
		},
	}
}

func (p *program) repoAdd() *cobra.Command {
	var in routes.AddPackagesInput
	c := &cobra.Command{
		Use:   "add NAME FILE|DIRECTORY…",
		Short: "Add packages to a repo",
		Long: `Add packages to a repo, all of them or none.

A FILE is a .deb, .udeb or .ddeb, or a .dsc or .changes, with which the files
come that it lists. A DIRECTORY stands for all of those in it and below.`,
		Example: `  aptarium repo add tools hello_1.0-1_amd64.deb
  aptarium repo add tools ../hello_1.0-1_amd64.changes
  aptarium repo add tools ./build/ --replace`,
		Args: atLeast("NAME", "FILE"),
		ValidArgsFunction: func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return p.collections("repo")(c, args, typed)
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	c.Flags().StringVar(&in.Component, "component", "", "where to list them (default: the repo's own component)")
	c.Flags().BoolVar(&in.Replace, "replace", false, "take out packages of the same name, version and architecture with other content")
	c.RunE = func(c *cobra.Command, args []string) error {
		files, err := collect(args[1:])
		if err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Name = args[0]
		sent := p.newUploadProgress(args[0], files)
		change, err := s.AddPackages(c.Context(), in, sent.files())
		sent.end()
		if err != nil {
			return err
		}
		return p.show(change, func(w io.Writer) { showChange(w, args[0], change) })
	}
	return c
}

func (p *program) repoRemove() *cobra.Command {
	var in routes.RemovePackagesInput
	c := &cobra.Command{
		Use:   "remove NAME PACKAGE[=VERSION]…",
		Short: "Remove packages from a repo",
		Long:  "Take packages out of a repo. PACKAGE is a name or a pattern. Past states and releases keep them.",
		Example: `  aptarium repo remove tools hello
  aptarium repo remove tools hello=1.0-1 --architecture arm64
  aptarium repo remove tools 'libhello*'`,
		Args: atLeast("NAME", "PACKAGE"),
		ValidArgsFunction: func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return p.collections("repo")(c, args, typed)
			}
			return p.packageNames(args[0])(c, args, typed)
		},
	}
	c.Flags().StringVar(&in.Architecture, "architecture", "", "only of this architecture")
	c.Flags().StringVar(&in.Type, "type", "", "only deb, udeb or source packages")
	completeFlag(c, "type", oneOf("deb", "udeb", "source"))
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Name = args[0]
		var all collections.RepoChange
		for _, text := range args[1:] {
			in.Package, in.Version, _ = strings.Cut(text, "=")
			change, err := client.Call(c.Context(), s.Client, routes.RemovePackages, in)
			if err != nil {
				return err
			}
			change.Added = slices.Concat(all.Added, change.Added)
			change.Removed = slices.Concat(all.Removed, change.Removed)
			all = change
		}
		return p.show(all, func(w io.Writer) { showChange(w, args[0], all) })
	}
	return c
}

// showChange tells what became of a repo, package by package.
func showChange(w io.Writer, repo string, change collections.RepoChange) {
	for _, list := range []struct {
		mark     string
		packages []collections.Package
	}{{"-", change.Removed}, {"+", change.Added}} {
		showPackages(w, list.mark, list.packages)
	}
	if len(change.Added)+len(change.Removed) == 0 {
		fmt.Fprintf(w, "The repo %s has %s, as before.\n", repo, count(change.Packages, "package", "packages"))
		return
	}
	fmt.Fprintf(w, "The repo %s has %s now.\n", repo, count(change.Packages, "package", "packages"))
}
