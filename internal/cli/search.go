package cli

import (
	"fmt"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// search looks for packages.
func (p *program) search() *cobra.Command {
	var in routes.Search
	var at, format string
	c := &cobra.Command{
		Use:   "search QUERY",
		Short: "Search packages",
		Long: `Find packages, in one collection or in all, by a package query:

  nginx                          packages named nginx, and those that provide it
  nginx (>= 1.22) {amd64}        of these the newer ones, for amd64 or all
  nginx_1.22.1-9_amd64           exactly this package
  Priority (required)            a control field; also $Source, $PackageType …
  Name (% lib*), !Name (~ -dev$) a glob, and not a regular expression
  $Source (nginx) | (a, b)       or; a comma is and, and binds tighter

With --format, each package is written by a template of Go over its fields: Key,
Type, Name, Version, Architecture, Source, Component, Section, Priority, FilesHash,
and the control fields as {{.Fields.Depends}} or {{index .Fields "Multi-Arch"}}.`,
		Example: `  aptarium search 'nginx (>= 1.22)' --in mirror:bookworm
  aptarium search 'Name (% linux-image-*)' --newest --format '{{.Name}}_{{.Version}}_{{.Architecture}}'
  aptarium search ripgrep --in mirror:bookworm --with-dependencies --architecture amd64 --json`,
		Args: exactly("QUERY"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := c.Flags()
	flags.StringVar(&in.In, "in", "", "mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state (default: all collections, now)")
	flags.StringVar(&at, "at", "", "what --in had then: 20261120T120000Z or 2026-11-20T12:00:00Z")
	flags.BoolVar(&in.WithDependencies, "with-dependencies", false, "and what they depend on, as far as it is there")
	flags.StringArrayVar(&in.Architectures, "architecture", nil, "for which dependencies are looked for; may be given several times (default: those that there are)")
	flags.BoolVar(&in.Newest, "newest", false, "only the highest version of each name and architecture")
	flags.StringVar(&format, "format", "", "how to write each package: a template of Go")
	completeFlag(c, "in", p.states())
	completeFlag(c, "at", cobra.NoFileCompletions)
	c.RunE = func(c *cobra.Command, args []string) error {
		layout, err := template.New("format").Parse(format + "\n")
		if err != nil {
			return usage(c, "--format: %w", err)
		}
		if at != "" && in.In == "" {
			return usage(c, "--at wants --in")
		}
		if at != "" {
			in.In += "@" + at
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Query = args[0]
		formatted := format != "" && !p.JSON()
		in.Details = formatted || p.JSON()
		all := client.All(c.Context(), s.Client, routes.SearchPackages, routes.SearchPackagesInput{Search: in})
		if !formatted {
			return table(p, all, "NAME VERSION ARCHITECTURE TYPE COMPONENT SECTION", func(f routes.FoundPackage) []string {
				return []string{f.Name, f.Version, f.Architecture, f.Type, f.Component, f.Section}
			})
		}
		for f, err := range all {
			if err == nil {
				err = layout.Execute(p.Out, shown{f.Found, f.Fields})
			}
			if err != nil {
				return fmt.Errorf("writing packages: %w", err)
			}
		}
		return nil
	}
	return c
}

// shown is a package as a template sees it: Fields is the map of its control
// fields.
type shown struct {
	collections.Found
	Fields map[string]string
}
