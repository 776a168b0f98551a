package repositories

import (
	"fmt"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func search(p *command.Program) *cobra.Command {
	var in routes.Search
	var at, format string
	return command.New(p, command.Spec{
		Use:   "search QUERY",
		Short: "Search packages",
		Long: `Search packages, in one collection or in all, by a package query:

  nginx                          packages that are named nginx or provide it
  nginx (>= 1.22) {amd64}        of these the newer ones, for amd64 or all
  nginx_1.22.1-9_amd64           exactly this package
  Priority (required)            a control field; also $Source, $PackageType …
  Name (% lib*), !Name (~ -dev$) a glob, and not a regular expression
  $Source (nginx) | (a, b)       or; a comma is and, and binds tighter

With --format, a Go template writes each package. Its fields are Key, Type, Name,
Version, Architecture, Source, Component, Section, Priority, FilesHash, and the control
fields as {{.Fields.Depends}} or {{index .Fields "Multi-Arch"}}.`,
		Example: `  aptarium search 'nginx (>= 1.22)' --in mirror:bookworm
  aptarium search 'Name (% linux-image-*)' --newest --format '{{.Name}}_{{.Version}}_{{.Architecture}}'
  aptarium search ripgrep --in mirror:bookworm --with-dependencies --architecture amd64 --json`,
		Flags: func(f command.Flags) {
			f.String(&in.In, "in", "mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state (default: all collections, now)", command.States)
			f.String(&at, "at", "state of --in at this time: 20261120T120000Z or 2026-11-20T12:00:00Z", command.Nothing)
			f.Bool(&in.WithDependencies, "with-dependencies", "show their dependencies too, if they are there")
			f.Strings(&in.Architectures, "architecture", "architecture of the dependencies; may be given several times (default: all)")
			f.Bool(&in.Newest, "newest", "only the highest version of each name and architecture")
			f.String(&format, "format", "Go template that writes a package")
		},
	}, func(r *command.Run) error {
		layout, err := template.New("format").Parse(format + "\n")
		if err != nil {
			return r.Usage("--format: %w", err)
		}
		if at != "" && in.In == "" {
			return r.Usage("--at needs --in")
		}
		if at != "" {
			in.In += "@" + at
		}
		in.Query = r.Args[0]
		formatted := format != "" && !r.JSON()
		in.Details = formatted || r.JSON()
		all := command.All(r, routes.SearchPackages, routes.SearchPackagesInput{Search: in})
		if !formatted {
			return command.Table(r, all, "NAME VERSION ARCHITECTURE TYPE COMPONENT SECTION", func(f routes.FoundPackage) []string {
				return []string{f.Name, f.Version, f.Architecture, f.Type, f.Component, f.Section}
			})
		}
		for f, err := range all {
			if err == nil {
				err = layout.Execute(r.Out, formattedPackage{f.Found, f.Fields})
			}
			if err != nil {
				return fmt.Errorf("writing packages: %w", err)
			}
		}
		return nil
	})
}

// formattedPackage is a package for a template: Fields is the map of its control fields.
type formattedPackage struct {
	collections.Found
	Fields map[string]string
}
