package repositories

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/command"
)

// show returns the command that shows a collection of a kind, or its packages.
func show(p *command.Program, kind string) *cobra.Command {
	var flags command.Packages
	return command.New(p, command.Spec{
		Use:   "show NAME",
		Short: "Show a " + kind + " or its packages",
		Example: fmt.Sprintf(`  aptarium %[1]s show NAME
  aptarium %[1]s show NAME --packages --name 'lib*' --architecture amd64
  aptarium %[1]s show NAME --packages --at 2026-11-20T12:00:00Z`, kind),
		Complete: []command.Words{command.Collections(kind)},
		Flags:    flags.Define,
	}, func(r *command.Run) error {
		if err := flags.Check(r, false); err != nil {
			return err
		}
		if flags.Listed {
			return command.PackageTable(r, packages(r, kind, flags))
		}
		return showCollection(r, kind)
	})
}

// packages returns packages of the collection that the first argument names.
func packages(r *command.Run, kind string, flags command.Packages) iter.Seq2[collections.Package, error] {
	return command.All(r, routes.ListPackages(kind), routes.ListPackagesInput{Named: command.Named(r), At: flags.At, Terms: flags.Terms})
}

func showCollection(r *command.Run, kind string) error {
	if kind == "mirror" {
		m, err := command.Call(r, routes.GetMirror, command.Named(r))
		if err != nil {
			return err
		}
		return r.Show(m, func() { showMirror(r, m) })
	}
	get := routes.GetRepo
	if kind == "snapshot" {
		get = routes.GetSnapshot
	}
	k, err := command.Call(r, get, command.Named(r))
	if err != nil {
		return err
	}
	return r.Show(k, func() {
		r.Details("Name", k.Name, "Description", k.Description, "Component", k.Component, "Distribution", k.Distribution,
			"Made of", strings.Join(k.Sources, ", "), "Origin", k.Origin, "Packages", strconv.Itoa(k.Packages),
			"Revision", strconv.FormatInt(k.Revision, 10), "Created", command.Moment(k.CreatedAt))
	})
}

// history returns the command that lists the revisions of a collection of a kind.
func history(p *command.Program, kind string) *cobra.Command {
	return command.List(p, command.Spec{
		Use: "log NAME", Short: "Show the history of a " + kind, Example: "  aptarium " + kind + " log NAME", Limit: true,
		Complete: []command.Words{command.Collections(kind)},
	}, func(r *command.Run) iter.Seq2[collections.Revision, error] {
		return command.All(r, routes.ListRevisions(kind), routes.NamedPaging{Named: command.Named(r)})
	}, "REVISION TIME ADDED REMOVED PACKAGES ACTIVITY", func(v collections.Revision) []string {
		return []string{strconv.FormatInt(v.Number, 10), command.RevisionTime(v.At),
			strconv.Itoa(v.Added), strconv.Itoa(v.Removed), strconv.Itoa(v.Packages), command.Number(v.Activity)}
	})
}

// drop returns the command that drops a collection of a kind.
func drop(p *command.Program, kind string, route routes.Route[routes.Named, routes.None]) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop NAME", Short: "Drop an unpublished " + kind, Example: "  aptarium " + kind + " drop NAME",
		Long:     "Drop a " + kind + " that feeds no publication. Its snapshots and past releases stay.",
		Complete: []command.Words{command.Collections(kind)},
	}, route, command.Named, "Dropped the "+kind+" %s.")
}

// rename returns the command that renames a collection of a kind.
func rename[T, Out any](p *command.Program, kind string, spec command.Spec, route routes.Route[routes.NamedBody[T], Out], to func(name string) T) *cobra.Command {
	spec.Use, spec.Short, spec.Complete = "rename NAME NEW-NAME", "Rename a "+kind, []command.Words{command.Collections(kind)}
	return command.Ask(p, spec, route, func(r *command.Run) routes.NamedBody[T] {
		return routes.SendTo(r.Args[0], to(r.Args[1]))
	}, func(r *command.Run, _ Out) { r.Print("The %s %s is now called %s.", kind, r.Args[0], r.Args[1]) })
}
