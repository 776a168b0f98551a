package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/cli/client"
)

func (p *program) publishStage() *cobra.Command {
	var sources []string
	c := &cobra.Command{
		Use:   "stage PREFIX DISTRIBUTION",
		Short: "Stage sources for the next update",
		Long: `Keep sources for a later update, in place of those that were kept, or without
--source show those that are. ` + "`aptarium publish update --staged`" + ` publishes them.`,
		Example: `  aptarium publish stage debian bookworm --source main=snapshot:tuesday --source extra=repo:tools
  aptarium publish update debian bookworm --staged`,
		Args: exactly("PREFIX", "DISTRIBUTION"), ValidArgsFunction: p.places(),
	}
	c.Flags().StringArrayVar(&sources, "source", nil, "[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; may be given several times")
	completeFlag(c, "source", p.references())
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		var staged routes.StagedSources
		if c.Flags().Changed("source") {
			staged, err = client.Call(c.Context(), s.Client, routes.StageSources, routes.SendToPlace(args[0], args[1], routes.StagedSources{Sources: sources}))
		} else {
			staged, err = client.Call(c.Context(), s.Client, routes.GetStagedSources, routes.Place{Prefix: args[0], Distribution: args[1]})
		}
		if err != nil {
			return err
		}
		return p.show(staged, func(w io.Writer) { fmt.Fprintln(w, strings.Join(staged.Sources, "\n")) })
	}
	return c
}

func (p *program) publishUnstage() *cobra.Command {
	return &cobra.Command{
		Use: "unstage PREFIX DISTRIBUTION", Short: "Discard staged sources",
		Example: "  aptarium publish unstage debian bookworm",
		Args:    exactly("PREFIX", "DISTRIBUTION"), ValidArgsFunction: p.places(),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.DropStagedSources, routes.Place{Prefix: args[0], Distribution: args[1]}), "Nothing is staged for %s %s any more.", args[0], args[1])
		},
	}
}
