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
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// series is the commands about series.
func (p *program) series() *cobra.Command {
	return group(&cobra.Command{Use: "series", Short: "Manage series of distributions", Example: `  aptarium series create ubuntu/noble
  aptarium series derive ubuntu/noble noble-stable`},
		p.seriesCreate(), p.seriesDerive(), p.seriesList(), p.seriesShow(), p.seriesDrop())
}

func (p *program) seriesCreate() *cobra.Command {
	var in pockets.NewSeries
	c := &cobra.Command{
		Use:   "create DISTRIBUTION/SERIES",
		Short: "Create a series, with mirror pockets or none",
		Long: `Make a series, with pockets that mirror an upstream or with none. Each pocket follows
the upstream's suite SERIES-POCKET, or SERIES for the one called release, and is
published at once, with no packages; ` + "`pocket sync`" + ` fetches them.`,
		Example: `  aptarium series create ubuntu/noble
  aptarium series create ubuntu/noble --pocket release,updates --component main --architecture amd64 --key sign --mirror-url http://archive.ubuntu.com/ubuntu`,
		Args: exactly("DISTRIBUTION/SERIES"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := c.Flags()
	flags.StringSliceVar(&in.Pockets, "pocket", nil, "pocket to make, several times or with commas")
	flags.StringSliceVar(&in.Components, "component", nil, "component of the pockets, the same way")
	flags.StringSliceVar(&in.Architectures, "architecture", nil, "architecture of the pockets, and source for sources, the same way")
	flags.StringVar(&in.Key, "key", "", "key that signs the pockets")
	flags.StringVar(&in.MirrorURL, "mirror-url", "", "the upstream")
	flags.StringVar(&in.MirrorSeries, "mirror-series", "", "what the upstream calls the series (default: the same)")
	flags.StringVar(&in.MirrorKey, "mirror-key", "", "key that signs the upstream (default: this machine's archive keys)")
	flags.BoolVar(&in.UDebs, "udebs", false, "packages of the installer too")
	completeFlag(c, "key", p.keyNames())
	completeFlag(c, "mirror-key", p.keyNames())
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if in.Distribution, in.Name, err = seriesPath(c, args[0]); err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		made, err := client.Call(c.Context(), s.Client, routes.CreateSeries, routes.Send(in))
		if err != nil {
			return err
		}
		return p.madeSeries(made)
	}
	return c
}

func (p *program) madeSeries(s pockets.Series) error {
	return p.show(s, func(w io.Writer) {
		fmt.Fprintf(w, "Created the series %s/%s with %s.\n", s.Distribution, s.Name, count(len(s.Pockets), "pocket", "pockets"))
	})
}

func (p *program) seriesDerive() *cobra.Command {
	return &cobra.Command{
		Use:   "derive DISTRIBUTION/SERIES NAME",
		Short: "Derive a series that pulls from another",
		Long: `Make a series whose pockets pull from those of another one. They have no packages
until ` + "`pocket pull`" + `.`,
		Example: "  aptarium series derive ubuntu/noble noble-stable",
		Args:    exactly("DISTRIBUTION/SERIES", "NAME"), ValidArgsFunction: only(1, p.seriesNames()),
		RunE: func(c *cobra.Command, args []string) error {
			distribution, origin, err := seriesPath(c, args[0])
			if err != nil {
				return err
			}
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			made, err := client.Call(c.Context(), s.Client, routes.DeriveSeries, routes.DeriveSeriesInput{
				SeriesPath: routes.SeriesPath{Distribution: distribution, Series: origin}, Body: routes.DerivedSeries{Name: args[1]},
			})
			if err != nil {
				return err
			}
			return p.madeSeries(made)
		},
	}
}

func (p *program) seriesList() *cobra.Command {
	var in routes.ListSeriesInput
	c := &cobra.Command{
		Use: "list", Short: "List series", Example: "  aptarium series list --distribution ubuntu", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Distribution, "distribution", "", "of distributions with this name or pattern")
	c.Flags().StringVar(&in.Name, "name", "", "with this name or pattern")
	completeFlag(c, "distribution", p.distributionNames())
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListSeries, in)
		return table(p, all, "SERIES POCKETS PACKAGES", func(x pockets.Series) []string {
			names, packages := make([]string, len(x.Pockets)), 0
			for i, k := range x.Pockets {
				names[i] = k.Name
				packages += k.Packages
			}
			return []string{x.Distribution + "/" + x.Name, dash(strings.Join(names, " ")), strconv.Itoa(packages)}
		})
	}
	return c
}

func (p *program) seriesShow() *cobra.Command {
	return &cobra.Command{
		Use: "show DISTRIBUTION/SERIES", Short: "Show a series with its pockets", Example: "  aptarium series show ubuntu/noble",
		Args: exactly("DISTRIBUTION/SERIES"), ValidArgsFunction: only(1, p.seriesNames()),
		RunE: func(c *cobra.Command, args []string) error {
			distribution, name, err := seriesPath(c, args[0])
			if err != nil {
				return err
			}
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			found, err := client.Call(c.Context(), s.Client, routes.GetSeries, routes.SeriesPath{Distribution: distribution, Series: name})
			if err != nil {
				return err
			}
			return p.show(found, func(w io.Writer) { showSeries(w, found) })
		},
	}
}

func (p *program) seriesDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop DISTRIBUTION/SERIES", Short: "Drop a series with its pockets", Example: "  aptarium series drop ubuntu/noble",
		Long: "Drop a series with its pockets. What was published is served on at its past times.",
		Args: exactly("DISTRIBUTION/SERIES"), ValidArgsFunction: only(1, p.seriesNames()),
		RunE: func(c *cobra.Command, args []string) error {
			distribution, name, err := seriesPath(c, args[0])
			if err != nil {
				return err
			}
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.DropSeries, routes.SeriesPath{Distribution: distribution, Series: name}), "Dropped the series %s.", args[0])
		},
	}
}

// seriesPath reads DISTRIBUTION/SERIES.
func seriesPath(c *cobra.Command, text string) (distribution, series string, err error) {
	distribution, series, found := strings.Cut(text, "/")
	if !found || series == "" || strings.Contains(series, "/") {
		return "", "", usage(c, "%q is not DISTRIBUTION/SERIES, such as ubuntu/noble", text)
	}
	return distribution, series, nil
}

// seriesNames completes DISTRIBUTION/SERIES.
func (p *program) seriesNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListSeries, routes.ListSeriesInput{})
		return words(all, func(x pockets.Series) string { return x.Distribution + "/" + x.Name })
	})
}
