package promotion

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func series(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "series", Short: "Manage series of distributions", Example: `  aptarium series create ubuntu/noble
  aptarium series derive ubuntu/noble noble-stable`},
		seriesCreate(p), seriesDerive(p), seriesList(p), seriesShow(p), seriesDrop(p))
}

func seriesCreate(p *command.Program) *cobra.Command {
	var in pockets.NewSeries
	return command.Answer(p, command.Spec{
		Use:   "create DISTRIBUTION/SERIES",
		Short: "Create a series, with mirror pockets or none",
		Long: `Create a series, with pockets that mirror an upstream or with none. Each pocket follows
the upstream's suite SERIES-POCKET, or SERIES for the pocket called release, and is
published at once, with no packages; ` + "`pocket sync`" + ` fetches them.`,
		Example: `  aptarium series create ubuntu/noble
  aptarium series create ubuntu/noble --pocket release,updates --component main --architecture amd64 --key sign --mirror-url http://archive.ubuntu.com/ubuntu`,
		Flags: func(f command.Flags) {
			f.List(&in.Pockets, "pocket", "pocket to create, several times or with commas")
			f.List(&in.Components, "component", "component of the pockets, several times or with commas")
			f.List(&in.Architectures, "architecture", "architecture of the pockets, or source for sources, several times or with commas")
			f.String(&in.Key, "key", "key that signs the pockets", command.Keys)
			f.String(&in.MirrorURL, "mirror-url", "address of the upstream")
			f.String(&in.MirrorSeries, "mirror-series", "the upstream's name of the series (default: the same)")
			f.String(&in.MirrorKey, "mirror-key", "key that signs the upstream (default: this machine's archive keys)", command.Keys)
			f.Bool(&in.UDebs, "udebs", "packages of the installer too")
		},
	}, onPath(seriesPath, routes.CreateSeries, func(_ *command.Run, at routes.SeriesPath) routes.Body[pockets.NewSeries] {
		in.Distribution, in.Name = at.Distribution, at.Series
		return routes.Send(in)
	}), createdSeries)
}

func createdSeries(r *command.Run, s pockets.Series) {
	r.Print("Created the series %s/%s with %s.", s.Distribution, s.Name, command.Count(len(s.Pockets), "pocket", "pockets"))
}

func seriesDerive(p *command.Program) *cobra.Command {
	return command.Answer(p, command.Spec{
		Use:   "derive DISTRIBUTION/SERIES NAME",
		Short: "Derive a series that pulls from another",
		Long: `Create a series whose pockets pull from the pockets of another. They have no packages
until ` + "`pocket pull`" + `.`,
		Example:  "  aptarium series derive ubuntu/noble noble-stable",
		Complete: []command.Words{seriesPaths},
	}, onPath(seriesPath, routes.DeriveSeries, func(r *command.Run, at routes.SeriesPath) routes.DeriveSeriesInput {
		return routes.DeriveSeriesInput{SeriesPath: at, Body: routes.DerivedSeries{Name: r.Args[1]}}
	}), createdSeries)
}

func seriesList(p *command.Program) *cobra.Command {
	var in routes.ListSeriesInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List series", Example: "  aptarium series list --distribution ubuntu",
		Flags: func(f command.Flags) {
			f.String(&in.Distribution, "distribution", "only series of distributions with this name or pattern", distributions)
			f.String(&in.Name, "name", "only series with this name or pattern")
		},
	}, command.Pages(routes.ListSeries, &in), "SERIES POCKETS PACKAGES", func(x pockets.Series) []string {
		names, packages := make([]string, len(x.Pockets)), 0
		for i, k := range x.Pockets {
			names[i] = k.Name
			packages += k.Packages
		}
		return []string{x.Distribution + "/" + x.Name, command.Dash(strings.Join(names, " ")), strconv.Itoa(packages)}
	})
}

func seriesShow(p *command.Program) *cobra.Command {
	return command.Answer(p, command.Spec{
		Use: "show DISTRIBUTION/SERIES", Short: "Show a series with its pockets", Example: "  aptarium series show ubuntu/noble",
		Complete: []command.Words{seriesPaths},
	}, onPath(seriesPath, routes.GetSeries, toPath), showSeries)
}

// showSeries writes a series and its pockets.
func showSeries(r *command.Run, s pockets.Series) {
	r.Print("%s/%s", s.Distribution, s.Name)
	for _, k := range s.Pockets {
		r.Print("  %-12s %-7s %s", k.Name, k.Mode, command.Count(k.Packages, "package", "packages"))
	}
}

func seriesDrop(p *command.Program) *cobra.Command {
	return dropped(p, "series", command.Spec{
		Use: "drop DISTRIBUTION/SERIES", Short: "Drop a series with its pockets", Example: "  aptarium series drop ubuntu/noble",
		Long:     "Drop a series with its pockets. The releases stay served at their past times.",
		Complete: []command.Words{seriesPaths},
	}, onPath(seriesPath, routes.DropSeries, toPath))
}
