package promotion

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func check(p *command.Program) *cobra.Command {
	var with, architectures []string
	return command.New(p, command.Spec{
		Use:   "check BEFORE AFTER",
		Short: "Show packages that would become uninstallable",
		Long: `Show what would break for machines if one state replaced another: packages that would
become uninstallable, and new packages that cannot be installed, each with the reason.
--with names the other sources of the machines. The exit code is 1 when something would
break.`,
		Example: `  aptarium check mirror:bookworm snapshot:patched
  aptarium check repo:tools#12 repo:tools --with mirror:bookworm --architecture amd64`,
		Complete: []command.Words{command.States, command.States},
		Flags: func(f command.Flags) {
			f.Strings(&with, "with", "another source of the machines; may be given several times", command.States)
			f.Strings(&architectures, "architecture", "architecture of the machines; may be given several times (default: all)", command.Nothing)
		},
	}, func(r *command.Run) error {
		found, err := command.Call(r, routes.CheckBreakage, routes.CheckBreakageInput{
			Before: slices.Concat(r.Args[:1], with), After: slices.Concat(r.Args[1:], with), Architecture: architectures,
		})
		if err != nil {
			return err
		}
		return showChecked(r, found, found.Broken, func() { showBreakage(r, found) })
	})
}

// showChecked shows the result of a check. Broken packages are an error.
func showChecked(r *command.Run, found any, broken int, text func()) error {
	if err := r.Show(found, text); err != nil || broken == 0 {
		return err
	}
	return command.ErrReported
}

// showBreakage writes a line for each package that breaks.
func showBreakage(r *command.Run, b collections.Breakage) {
	for _, architecture := range b.Architectures {
		for _, k := range architecture.List {
			what := "breaks"
			if k.New {
				what = "new, cannot be installed"
			}
			r.Print("%s on %s %s: %s", k.PackageVersion, architecture.Architecture, what, k.Why)
		}
		if more := architecture.Broken - len(architecture.List); more > 0 {
			r.Print("and %d more on %s", more, architecture.Architecture)
		}
	}
	if b.Broken == 0 {
		r.Print("Nothing breaks.")
		return
	}
	r.Print("%s", command.Count(b.Broken, "package breaks", "packages break"))
}
