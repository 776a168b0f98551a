package promotion

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func pocketSync(p *command.Program) *cobra.Command {
	return command.Start(p, command.Spec{
		Use: "sync " + command.PocketArgument, Short: "Sync a mirror pocket and publish it", Example: "  aptarium pocket sync ubuntu/noble/release",
		Complete: []command.Words{command.Pockets},
	}, onPath(pocketPath, routes.SyncPocket, toPocket))
}

// defineJoined defines the flags that name the other sources of machines.
func defineJoined(f command.Flags, in *pockets.Joined) {
	f.List(&in.With, "with", "other sources of the machines, several times or with commas: "+command.PocketArgument+", POCKET of the same series, mirror:NAME and the like (default: release, updates and security of the series)", command.Pockets)
	f.String(&in.Profile, "profile", "instead, the sources of machines with this repository profile", command.Nothing)
	f.List(&in.Architectures, "architecture", "architecture of the machines, several times or with commas (default: as the pocket)")
}

func pocketPull(p *command.Program) *cobra.Command {
	var in routes.PullRequest
	pull := onPath(pocketPath, routes.PullPocket, func(_ *command.Run, at pockets.Path) routes.PocketBody[*routes.PullRequest] {
		return routes.SendToPocket(at, &in)
	})
	return command.Start(p, command.Spec{
		Use:   "pull " + command.PocketArgument,
		Short: "Pull packages into a pocket and publish it",
		Long: `Copy the packages of its origin into a pocket that pulls, and publish it. With --check, a
pull that would break something for machines is refused; see check.`,
		Example: `  aptarium pocket pull ubuntu/noble-stable/updates
  aptarium pocket pull ubuntu/noble-stable/updates --check --with release`,
		Complete: []command.Words{command.Pockets},
		Flags: func(f command.Flags) {
			f.Bool(&in.Check, "check", "refuse a pull that would break something")
			defineJoined(f, &in.Joined)
		},
	}, func(r *command.Run) (usecase.Activity, error) {
		if !in.Check && (len(in.With)+len(in.Architectures) > 0 || in.Profile != "") {
			return usecase.Activity{}, r.Usage("--with, --profile and --architecture need --check")
		}
		return pull(r)
	})
}

func pocketDiff(p *command.Program) *cobra.Command {
	diff := onPath(pocketPath, routes.DiffPocket, toPocket)
	return command.Answer(p, command.Spec{
		Use: "diff " + command.PocketArgument, Short: "Show what a pull would change", Example: "  aptarium pocket diff ubuntu/noble-stable/updates",
		Complete: []command.Words{command.Pockets},
	}, func(r *command.Run) ([]pockets.PocketArea, error) {
		areas, err := diff(r)
		return areas.Items, err
	}, showAreas)
}

// showAreas writes a line for each package that a pull adds, changes or removes.
func showAreas(r *command.Run, areas []pockets.PocketArea) {
	if len(areas) == 0 {
		r.Print("Nothing would change.")
	}
	for _, area := range areas {
		r.Print("%s/%s", area.Component, area.Architecture)
		for _, k := range area.Add {
			r.Print("  + %s", k)
		}
		for _, k := range area.Update {
			r.Print("  ~ %s %s -> %s", k.Name, k.Old, k.New)
		}
		for _, k := range area.Delete {
			r.Print("  - %s", k)
		}
	}
}

func pocketCheck(p *command.Program) *cobra.Command {
	var in pockets.Joined
	ask := onPath(pocketPath, routes.CheckPocket, func(_ *command.Run, at pockets.Path) routes.CheckPocketInput {
		return routes.CheckPocketInput{PocketPath: routes.PocketPath(at), With: in.With, Profile: in.Profile, Architecture: in.Architectures}
	})
	return command.New(p, command.Spec{
		Use:   "check " + command.PocketArgument,
		Short: "Check whether a pull would break installs",
		Long: `Show what a pull would change, and what it would break for machines: packages that would
become uninstallable, and new packages that cannot be installed, each with the reason.
Nothing is changed. The exit code is 1 when something would break.`,
		Example: `  aptarium pocket check ubuntu/noble-stable/updates
  aptarium pocket check ubuntu/noble-stable/updates --with release,security --architecture amd64
  aptarium pocket check ubuntu/noble-stable/updates --profile web-servers --json`,
		Complete: []command.Words{command.Pockets},
		Flags:    func(f command.Flags) { defineJoined(f, &in) },
	}, func(r *command.Run) error {
		found, err := ask(r)
		if err != nil {
			return err
		}
		return showChecked(r, found, found.Broken, func() { showCheck(r, found) })
	})
}

func showCheck(r *command.Run, found pockets.PullCheck) {
	showAreas(r, found.Areas)
	if len(found.With) > 0 {
		r.Print("Beside %s:", strings.Join(found.With, ", "))
	}
	for _, line := range found.Unknown {
		r.Print("not checked: %s", line)
	}
	showBreakage(r, found.Breakage)
}

func pocketRevert(p *command.Program) *cobra.Command {
	var in routes.RevertRequest
	return command.Start(p, command.Spec{
		Use:   "revert " + command.PocketArgument + " --to REVISION|TIME",
		Short: "Restore a pocket to an earlier state",
		Long: `Restore the packages of an earlier state of a pocket, and publish it: one new revision, so
the revert can be reverted too. The next pull copies the origin's packages again.`,
		Example: `  aptarium pocket revert ubuntu/noble-stable/updates --to 12
  aptarium pocket revert ubuntu/noble-stable/updates --to 20261116T080000Z`,
		Complete: []command.Words{command.Pockets},
		Flags: func(f command.Flags) {
			f.String(&in.To, "to", "the number of a revision, or a time such as 20261116T080000Z", command.Nothing)
		},
	}, onPath(pocketPath, routes.RevertPocket, func(_ *command.Run, at pockets.Path) routes.PocketBody[routes.RevertRequest] {
		return routes.SendToPocket(at, in)
	}))
}

func pocketRemove(p *command.Program) *cobra.Command {
	return command.Start(p, command.Spec{
		Use: "remove " + command.PocketArgument + " PACKAGE…", Short: "Remove packages from an upload pocket",
		Example: "  aptarium pocket remove ubuntu/noble/staging hello hello-doc", Complete: []command.Words{command.Pockets},
	}, onPath(pocketPath, routes.RemovePocketPackages, func(r *command.Run, at pockets.Path) routes.RemovePocketPackagesInput {
		return routes.RemovePocketPackagesInput{PocketPath: routes.PocketPath(at), Package: r.Args[1:]}
	}))
}
