package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// operatePocket makes a command that starts an activity on a pocket.
func (p *program) operatePocket(c *cobra.Command, start func(c *cobra.Command, s *session, at pockets.Path) (usecase.Activity, error)) *cobra.Command {
	var noWait bool
	defineNoWait(c, &noWait)
	return p.onPocket(c, func(c *cobra.Command, s *session, at pockets.Path) error {
		a, err := start(c, s, at)
		if err != nil {
			return err
		}
		return p.await(c.Context(), s, a, noWait)
	})
}

func (p *program) pocketSync() *cobra.Command {
	return p.operatePocket(&cobra.Command{
		Use: "sync", Short: "Sync a mirror pocket and publish it", Example: "  aptarium pocket sync ubuntu/noble/release",
	}, func(c *cobra.Command, s *session, at pockets.Path) (usecase.Activity, error) {
		return client.Call(c.Context(), s.Client, routes.SyncPocket, routes.PocketPath(at))
	})
}

// defineJoined says what machines install from besides.
func (p *program) defineJoined(c *cobra.Command, in *pockets.Joined) {
	flags := c.Flags()
	flags.StringSliceVar(&in.With, "with", nil, "what machines install from besides, several times or with commas: "+pocketArg+", POCKET of the same series, mirror:NAME and the like (default: release, updates and security of the series)")
	flags.StringVar(&in.Profile, "profile", "", "what machines with this repository profile install from, instead")
	flags.StringSliceVar(&in.Architectures, "architecture", nil, "of the machines, the same way (default: those of the pocket)")
	completeFlag(c, "with", p.pocketNames())
	completeFlag(c, "profile", cobra.NoFileCompletions)
}

func (p *program) pocketPull() *cobra.Command {
	var in routes.PullRequest
	c := &cobra.Command{
		Use:   "pull",
		Short: "Pull packages into a pocket and publish it",
		Long: `Give a pocket that pulls what its origin has, and publish it. With --check, a pull
that would break something for machines is refused; see check.`,
		Example: `  aptarium pocket pull ubuntu/noble-stable/updates
  aptarium pocket pull ubuntu/noble-stable/updates --check --with release`,
	}
	c.Flags().BoolVar(&in.Check, "check", false, "refuse to pull what would break something")
	p.defineJoined(c, &in.Joined)
	return p.operatePocket(c, func(c *cobra.Command, s *session, at pockets.Path) (usecase.Activity, error) {
		if !in.Check && (len(in.With)+len(in.Architectures) > 0 || in.Profile != "") {
			return usecase.Activity{}, usage(c, "--with, --profile and --architecture want --check")
		}
		return client.Call(c.Context(), s.Client, routes.PullPocket, routes.SendToPocket(at, &in))
	})
}

func (p *program) pocketDiff() *cobra.Command {
	return p.onPocket(&cobra.Command{
		Use: "diff", Short: "Show what a pull would change", Example: "  aptarium pocket diff ubuntu/noble-stable/updates",
	}, func(c *cobra.Command, s *session, at pockets.Path) error {
		areas, err := client.Call(c.Context(), s.Client, routes.DiffPocket, routes.PocketPath(at))
		if err != nil {
			return err
		}
		return p.show(areas.Items, func(w io.Writer) { showAreas(w, areas.Items) })
	})
}

// showAreas writes a line for each package that comes, changes or goes.
func showAreas(w io.Writer, areas []pockets.PocketArea) {
	if len(areas) == 0 {
		fmt.Fprintln(w, "Nothing would change.")
	}
	for _, area := range areas {
		fmt.Fprintf(w, "%s/%s\n", area.Component, area.Architecture)
		for _, k := range area.Add {
			fmt.Fprintf(w, "  + %s\n", k)
		}
		for _, k := range area.Update {
			fmt.Fprintf(w, "  ~ %s %s -> %s\n", k.Name, k.Old, k.New)
		}
		for _, k := range area.Delete {
			fmt.Fprintf(w, "  - %s\n", k)
		}
	}
}

func (p *program) pocketCheck() *cobra.Command {
	var in pockets.Joined
	c := &cobra.Command{
		Use:   "check",
		Short: "Check whether a pull would break installs",
		Long: `Tell what a pull would change, and what it would break for machines: packages that
could be installed and cannot any more, and new ones that cannot be, each with the
reason. Nothing is changed. The exit code is 1 when something would break.`,
		Example: `  aptarium pocket check ubuntu/noble-stable/updates
  aptarium pocket check ubuntu/noble-stable/updates --with release,security --architecture amd64
  aptarium pocket check ubuntu/noble-stable/updates --profile web-servers --json`,
	}
	p.defineJoined(c, &in)
	return p.onPocket(c, func(c *cobra.Command, s *session, at pockets.Path) error {
		check, err := client.Call(c.Context(), s.Client, routes.CheckPocket, routes.CheckPocketInput{
			PocketPath: routes.PocketPath(at), With: in.With, Profile: in.Profile, Architecture: in.Architectures,
		})
		if err != nil {
			return err
		}
		if err := p.show(check, func(w io.Writer) { showCheck(w, check) }); err != nil || check.Broken == 0 {
			return err
		}
		return errSaid
	})
}

func showCheck(w io.Writer, check pockets.PullCheck) {
	showAreas(w, check.Areas)
	if len(check.With) > 0 {
		fmt.Fprintf(w, "Beside %s:\n", strings.Join(check.With, ", "))
	}
	for _, line := range check.Unknown {
		fmt.Fprintf(w, "not looked at: %s\n", line)
	}
	showBreakage(w, check.Breakage)
}

func (p *program) pocketRevert() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "revert",
		Short: "Restore a pocket to an earlier state",
		Long: `Give a pocket the packages that it had, and publish it: one further revision, so the
revert can be reverted too. The next pull takes what its origin has then.`,
		Example: `  aptarium pocket revert ubuntu/noble-stable/updates --to 12
  aptarium pocket revert ubuntu/noble-stable/updates --to 20261116T080000Z`,
	}
	c.Flags().StringVar(&to, "to", "", "the number of a revision, or a time such as 20261116T080000Z")
	completeFlag(c, "to", cobra.NoFileCompletions)
	return p.operatePocket(c, func(c *cobra.Command, s *session, at pockets.Path) (usecase.Activity, error) {
		if to == "" {
			return usecase.Activity{}, usage(c, "--to is missing")
		}
		return client.Call(c.Context(), s.Client, routes.RevertPocket, routes.SendToPocket(at, routes.RevertRequest{To: to}))
	})
}

func (p *program) pocketRemove() *cobra.Command {
	var noWait bool
	c := p.withPocket(&cobra.Command{
		Use: "remove", Short: "Remove packages from an upload pocket", Example: "  aptarium pocket remove ubuntu/noble/staging hello hello-doc",
	}, "PACKAGE", nil, func(c *cobra.Command, s *session, at pockets.Path, names []string) error {
		a, err := client.Call(c.Context(), s.Client, routes.RemovePocketPackages, routes.RemovePocketPackagesInput{PocketPath: routes.PocketPath(at), Package: names})
		if err != nil {
			return err
		}
		return p.await(c.Context(), s, a, noWait)
	})
	defineNoWait(c, &noWait)
	return c
}
