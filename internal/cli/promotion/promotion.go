// Package promotion has the commands about the promotion of packages from suite to suite:
// distribution, series, pocket and check.
package promotion

import (
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/command"
)

// Commands returns the commands of this group.
func Commands(p *command.Program) []*cobra.Command {
	return []*cobra.Command{distribution(p), series(p), pocket(p), check(p)}
}

// distributions completes names of distributions.
func distributions(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(command.All(r, routes.ListDistributions, routes.ListDistributionsInput{}), func(d pockets.Distribution) string { return d.Name })
}

// seriesPaths completes DISTRIBUTION/SERIES.
func seriesPaths(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(command.All(r, routes.ListSeries, routes.ListSeriesInput{}), func(x pockets.Series) string { return x.Distribution + "/" + x.Name })
}

// seriesPath reads the first argument, DISTRIBUTION/SERIES.
func seriesPath(r *command.Run) (at routes.SeriesPath, err error) {
	var found bool
	at.Distribution, at.Series, found = strings.Cut(r.Args[0], "/")
	if !found || at.Series == "" || strings.Contains(at.Series, "/") {
		return at, r.Usage("%q is not DISTRIBUTION/SERIES, such as ubuntu/noble", r.Args[0])
	}
	return at, nil
}

// pocketPath reads the first argument, which names a pocket.
func pocketPath(r *command.Run) (pockets.Path, error) {
	at, err := pockets.ParsePath(command.PocketArgument, r.Args[0])
	if err != nil {
		return at, r.Usage("%q is not %s, such as ubuntu/noble/release", r.Args[0], command.PocketArgument)
	}
	return at, nil
}

// onPath returns the function that calls a route for the series or pocket that path reads.
func onPath[At, In, Out any](path func(r *command.Run) (At, error), route routes.Route[In, Out], in func(r *command.Run, at At) In) func(r *command.Run) (Out, error) {
	return func(r *command.Run) (out Out, err error) {
		at, err := path(r)
		if err != nil {
			return out, err
		}
		return command.Call(r, route, in(r, at))
	}
}

// toPath returns an input that is only a path.
func toPath[At any](_ *command.Run, at At) At { return at }

// toPocket returns an input that is only the path of a pocket.
func toPocket(_ *command.Run, at pockets.Path) routes.PocketPath { return routes.PocketPath(at) }

// dropped returns a command that drops a series or a pocket.
func dropped(p *command.Program, noun string, spec command.Spec, drop func(r *command.Run) (routes.None, error)) *cobra.Command {
	return command.New(p, spec, func(r *command.Run) error {
		if _, err := drop(r); err != nil || r.JSON() {
			return err
		}
		r.Print("Dropped the %s %s.", noun, r.Args[0])
		return nil
	})
}
