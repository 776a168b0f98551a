package promotion

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func distribution(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "distribution", Short: "Manage distributions", Example: `  aptarium distribution create ubuntu
  aptarium series create ubuntu/noble --pocket release --pocket updates --component main --architecture amd64 --key sign --mirror-url http://archive.ubuntu.com/ubuntu
  aptarium pocket sync ubuntu/noble/release`},
		distributionCreate(p), distributionList(p), distributionShow(p), distributionDrop(p))
}

func distributionCreate(p *command.Program) *cobra.Command {
	var in pockets.NewDistribution
	return command.Create(p, command.Spec{
		Use: "create NAME", Short: "Create a distribution", Example: "  aptarium distribution create ubuntu",
		Flags: func(f command.Flags) {
			f.String(&in.AccessGroup, "access-group", "access group whose members may work with it (default: global)", command.Nothing)
		},
	}, routes.CreateDistribution, &in, &in.Name, func(r *command.Run, made pockets.Distribution) { r.Print("Created the distribution %s.", made.Name) })
}

func distributionList(p *command.Program) *cobra.Command {
	var in routes.ListDistributionsInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List distributions", Example: "  aptarium distribution list --name 'ubuntu*'",
		Flags: func(f command.Flags) { f.String(&in.Name, "name", "only distributions with this name or pattern") },
	}, command.Pages(routes.ListDistributions, &in), "NAME ACCESS-GROUP SERIES", func(d pockets.Distribution) []string {
		names := make([]string, len(d.Series))
		for i, series := range d.Series {
			names[i] = series.Name
		}
		return []string{d.Name, d.AccessGroup, command.Dash(strings.Join(names, " "))}
	})
}

func distributionShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show NAME", Short: "Show a distribution with its series and pockets", Example: "  aptarium distribution show ubuntu",
		Complete: []command.Words{distributions},
	}, routes.GetDistribution, command.Named, func(r *command.Run, d pockets.Distribution) {
		r.Details("Name", d.Name, "Access group", d.AccessGroup, "Created", command.Moment(d.CreatedAt))
		for _, series := range d.Series {
			showSeries(r, series)
		}
	})
}

func distributionDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop NAME", Short: "Drop a distribution with its series and pockets", Example: "  aptarium distribution drop ubuntu",
		Long:     "Drop a distribution with its series and pockets. The releases stay served at their past times.",
		Complete: []command.Words{distributions},
	}, routes.DropDistribution, command.Named, "Dropped the distribution %s.")
}
