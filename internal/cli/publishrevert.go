package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/cli/client"
)

func (p *program) runRevert(c *cobra.Command, ref string, noWait bool) error {
	s, err := p.session(c.Context())
	if err != nil {
		return err
	}
	done, err := client.Call(c.Context(), s.Client, routes.RevertTo, routes.Send(routes.Revert{Ref: ref}))
	if err != nil {
		return err
	}
	return p.await(c.Context(), s, *done.Activity, noWait)
}

// publishRevert is revert for a publication, named as the other commands of its
// noun do.
func (p *program) publishRevert() *cobra.Command {
	var to string
	var noWait bool
	c := &cobra.Command{
		Use:   "revert PREFIX DISTRIBUTION --to TIME|RELEASE",
		Short: "Restore a publication to an earlier release",
		Long: `Publish again what there was at a time or in a release: a further release of what the
sources had then. The publication stays with that; update --follow lets it follow its
sources again.`,
		Example: `  aptarium publish revert debian bookworm --to 12
  aptarium publish revert debian bookworm --to 20261116T080000Z`,
		Args: exactly("PREFIX", "DISTRIBUTION"), ValidArgsFunction: p.places(),
	}
	c.Flags().StringVar(&to, "to", "", "a time such as 20261116T080000Z, or the number of a release")
	defineNoWait(c, &noWait)
	completeFlag(c, "to", cobra.NoFileCompletions)
	c.RunE = func(c *cobra.Command, args []string) error {
		if to == "" {
			return usage(c, "--to is missing")
		}
		mark := "@"
		if _, err := strconv.ParseInt(to, 10, 64); err == nil && len(to) < len("20261116") {
			mark = "#"
		}
		return p.runRevert(c, fmt.Sprintf("publish:%s/%s%s%s", args[0], args[1], mark, to), noWait)
	}
	return c
}
