package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// publishPin keeps a release, or ends that.
func (p *program) publishPin(pinned bool) *cobra.Command {
	use, short, done := "pin", "Keep a release whatever the retention says", "Pinned"
	if !pinned {
		use, short, done = "unpin", "Let the retention decide about a release again", "Unpinned"
	}
	c := &cobra.Command{
		Use:   use + " PREFIX DISTRIBUTION RELEASE|TIME",
		Short: short,
		Long:  short + ". The release is named by its number, or by a time at\nwhich it was the newest.",
		Example: "  aptarium publish " + use + ` debian bookworm 17
  aptarium publish ` + use + ` debian bookworm 20261120T120000Z`,
		Args: exactly("PREFIX", "DISTRIBUTION", "RELEASE|TIME"), ValidArgsFunction: p.places(),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		r, err := client.Call(c.Context(), s.Client, routes.PinRelease, routes.PinReleaseInput{
			Place: routes.Place{Prefix: args[0], Distribution: args[1]}, Release: args[2], Body: routes.Pin{Pinned: pinned},
		})
		if err != nil {
			return err
		}
		return p.show(r, func(w io.Writer) { fmt.Fprintf(w, "%s release %d, %s.\n", done, r.Number, r.Snapshot) })
	}
	return c
}
