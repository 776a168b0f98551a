package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// distribution is the commands about distributions.
func (p *program) distribution() *cobra.Command {
	return group(&cobra.Command{Use: "distribution", Short: "Manage distributions", Example: `  aptarium distribution create ubuntu
  aptarium series create ubuntu/noble --pocket release --pocket updates --component main --architecture amd64 --key sign --mirror-url http://archive.ubuntu.com/ubuntu
  aptarium pocket sync ubuntu/noble/release`},
		p.distributionCreate(), p.distributionList(), p.distributionShow(), p.distributionDrop())
}

func (p *program) distributionCreate() *cobra.Command {
	var in pockets.NewDistribution
	c := &cobra.Command{
		Use: "create NAME", Short: "Create a distribution", Example: "  aptarium distribution create ubuntu",
		Args: exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.AccessGroup, "access-group", "", "whose members may work with it (default: global)")
	completeFlag(c, "access-group", cobra.NoFileCompletions)
	c.RunE = answering(p, func(ctx context.Context, s *session, args []string) (pockets.Distribution, error) {
		in.Name = args[0]
		return client.Call(ctx, s.Client, routes.CreateDistribution, routes.Send(in))
	}, func(w io.Writer, made pockets.Distribution) {
		fmt.Fprintf(w, "Created the distribution %s.\n", made.Name)
	})
	return c
}

func (p *program) distributionList() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "list", Short: "List distributions", Example: "  aptarium distribution list --name 'ubuntu*'", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&name, "name", "", "with this name or pattern")
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListDistributions, routes.ListDistributionsInput{Name: name})
		return table(p, all, "NAME ACCESS-GROUP SERIES", func(d pockets.Distribution) []string {
			names := make([]string, len(d.Series))
			for i, series := range d.Series {
				names[i] = series.Name
			}
			return []string{d.Name, d.AccessGroup, dash(strings.Join(names, " "))}
		})
	}
	return c
}

func (p *program) distributionShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a distribution with its series and pockets", Example: "  aptarium distribution show ubuntu",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.distributionNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			d, err := client.Call(c.Context(), s.Client, routes.GetDistribution, routes.Named{Name: args[0]})
			if err != nil {
				return err
			}
			return p.show(d, func(w io.Writer) {
				details(w, "Name", d.Name, "Access group", d.AccessGroup, "Created", moment(d.CreatedAt))
				for _, series := range d.Series {
					showSeries(w, series)
				}
			})
		},
	}
}

func (p *program) distributionDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop a distribution with its series and pockets", Example: "  aptarium distribution drop ubuntu",
		Long: "Drop a distribution with its series and pockets. What was published is served on at its past times.",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.distributionNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.DropDistribution, routes.Named{Name: args[0]}), "Dropped the distribution %s.", args[0])
		},
	}
}

// distributionNames completes names of distributions.
func (p *program) distributionNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListDistributions, routes.ListDistributionsInput{Name: ""})
		return words(all, func(d pockets.Distribution) string { return d.Name })
	})
}

// showSeries writes a series and its pockets.
func showSeries(w io.Writer, s pockets.Series) {
	fmt.Fprintf(w, "%s/%s\n", s.Distribution, s.Name)
	for _, k := range s.Pockets {
		fmt.Fprintf(w, "  %-12s %-7s %s\n", k.Name, k.Mode, count(k.Packages, "package", "packages"))
	}
}
