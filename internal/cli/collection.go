package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// packageFlags choose packages of a collection.
type packageFlags struct {
	routes.Terms
	list bool
	at   string
}

func (f *packageFlags) define(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.list, "packages", false, "list its packages")
	flags.StringVar(&f.at, "at", "", "packages of then: 20261120T120000Z or 2026-11-20T12:00:00Z")
	flags.StringVar(&f.Package, "name", "", "packages with this name or pattern")
	flags.StringVar(&f.Version, "version", "", "packages with this version")
	flags.StringVar(&f.Architecture, "architecture", "", "packages of this architecture")
	flags.StringVar(&f.Type, "type", "", "deb, udeb or source packages")
	flags.StringVar(&f.Component, "component", "", "packages in this component")
	completeFlag(c, "type", oneOf("deb", "udeb", "source"))
}

// showCommand shows one collection, or its packages.
func (p *program) showCommand(kind string) *cobra.Command {
	var flags packageFlags
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a " + kind + " or its packages",
		Example: fmt.Sprintf(`  aptarium %[1]s show NAME
  aptarium %[1]s show NAME --packages --name 'lib*' --architecture amd64
  aptarium %[1]s show NAME --packages --at 2026-11-20T12:00:00Z`, kind),
		Args:              exactly("NAME"),
		ValidArgsFunction: only(1, p.collections(kind)),
	}
	flags.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if !flags.list && (flags.at != "" || flags.Terms != (routes.Terms{})) {
			return usage(c, "only --packages can be narrowed down")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		if flags.list {
			return table(p, packages(c.Context(), s, kind, args[0], flags), "NAME VERSION ARCHITECTURE TYPE COMPONENT SECTION SIZE", packageRow)
		}
		return p.showCollection(c.Context(), s, kind, args[0])
	}
	return c
}

func packages(ctx context.Context, s *session, kind, name string, flags packageFlags) iter.Seq2[collections.Package, error] {
	return client.All(ctx, s.Client, routes.ListPackages(kind), routes.ListPackagesInput{Named: routes.Named{Name: name}, At: flags.at, Terms: flags.Terms})
}

func packageRow(k collections.Package) []string {
	var bytes int64
	for _, f := range k.Files {
		bytes += f.Size
	}
	return []string{k.Name, k.Version, k.Architecture, k.Type, k.Component, k.Section, size(bytes)}
}

func (p *program) showCollection(ctx context.Context, s *session, kind, name string) error {
	if kind == "mirror" {
		m, err := client.Call(ctx, s.Client, routes.GetMirror, routes.Named{Name: name})
		if err != nil {
			return err
		}
		return p.show(m, func(w io.Writer) { showMirror(w, m) })
	}
	get := routes.GetRepo
	if kind == "snapshot" {
		get = routes.GetSnapshot
	}
	k, err := client.Call(ctx, s.Client, get, routes.Named{Name: name})
	if err != nil {
		return err
	}
	return p.show(k, func(w io.Writer) {
		details(w, "Name", k.Name, "Description", k.Description, "Component", k.Component, "Distribution", k.Distribution, "Made of", strings.Join(k.Sources, ", "), "Origin", k.Origin,
			"Packages", strconv.Itoa(k.Packages), "Revision", strconv.FormatInt(k.Revision, 10), "Created", moment(k.CreatedAt))
	})
}

// logCommand lists the changes of a collection.
func (p *program) logCommand(kind string) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "log NAME", Short: "Show the history of a " + kind, Example: "  aptarium " + kind + " log NAME",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.collections(kind)),
	}
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListRevisions(kind), routes.NamedPaging{Named: routes.Named{Name: args[0]}})
		return table(p, some(all, limit), "REVISION TIME ADDED REMOVED PACKAGES ACTIVITY", func(r collections.Revision) []string {
			return []string{strconv.FormatInt(r.Number, 10), r.At.Format("2006-01-02T15:04:05.000000Z"),
				strconv.Itoa(r.Added), strconv.Itoa(r.Removed), strconv.Itoa(r.Packages), orDash(r.Activity)}
		})
	}
	return c
}

// dropCommand drops a collection.
func (p *program) dropCommand(kind string) *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop an unpublished " + kind, Example: "  aptarium " + kind + " drop NAME",
		Long: "Drop a " + kind + " that feeds no publication. Snapshots of it and past releases stay.",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.collections(kind)),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			drop := map[string]routes.Route[routes.Named, routes.None]{"mirror": routes.DropMirror, "repo": routes.DropRepo, "snapshot": routes.DropSnapshot}[kind]
			return p.done(client.Do(c.Context(), s.Client, drop, routes.Named{Name: args[0]}), "Dropped the %s %s.", kind, args[0])
		},
	}
}

// defineLimit bounds a list that may be long.
func defineLimit(c *cobra.Command, limit *int) {
	c.Flags().IntVar(limit, "limit", 20, "at most so many; 0 for all")
}
