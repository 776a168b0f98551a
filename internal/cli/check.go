package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// check tells what a change would break.
func (p *program) check() *cobra.Command {
	var with, architectures []string
	c := &cobra.Command{
		Use:   "check BEFORE AFTER",
		Short: "Show packages that would become uninstallable",
		Long: `Tell what would break for machines if one state took the place of another: packages
that could be installed and cannot any more, and new ones that cannot be, each with
the reason. What machines install from besides is named by --with. The exit code is 1
when something would break.`,
		Example: `  aptarium check mirror:bookworm snapshot:patched
  aptarium check repo:tools#12 repo:tools --with mirror:bookworm --architecture amd64`,
		Args: exactly("BEFORE", "AFTER"), ValidArgsFunction: only(2, p.states()),
	}
	flags := c.Flags()
	flags.StringArrayVar(&with, "with", nil, "what the machines install from besides; may be given several times")
	flags.StringArrayVar(&architectures, "architecture", nil, "of the machines; may be given several times (default: all that there are)")
	completeFlag(c, "with", p.states())
	completeFlag(c, "architecture", cobra.NoFileCompletions)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		found, err := client.Call(c.Context(), s.Client, routes.CheckBreakage, routes.CheckBreakageInput{
			Before: slices.Concat([]string{args[0]}, with), After: slices.Concat([]string{args[1]}, with), Architecture: architectures,
		})
		if err != nil {
			return err
		}
		if err := p.show(found, func(w io.Writer) { showBreakage(w, found) }); err != nil || found.Broken == 0 {
			return err
		}
		return errSaid
	}
	return c
}

// showBreakage writes a line for each package that breaks.
func showBreakage(w io.Writer, b collections.Breakage) {
	for _, architecture := range b.Architectures {
		for _, p := range architecture.List {
			what := "breaks"
			if p.New {
				what = "new, cannot be installed"
			}
			fmt.Fprintf(w, "%s on %s %s: %s\n", p.PackageVersion, architecture.Architecture, what, p.Why)
		}
		if more := architecture.Broken - len(architecture.List); more > 0 {
			fmt.Fprintf(w, "and %d more on %s\n", more, architecture.Architecture)
		}
	}
	if b.Broken == 0 {
		fmt.Fprintln(w, "Nothing breaks.")
		return
	}
	fmt.Fprintf(w, "%s\n", count(b.Broken, "package breaks", "packages break"))
}
