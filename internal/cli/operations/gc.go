package operations

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func gc(p *command.Program) *cobra.Command {
	var in garbage.GC
	return command.New(p, command.Spec{
		Use:   "gc",
		Short: "Collect garbage: delete unneeded states, packages and files",
		Long: `Drop past states that no retention keeps, and then the packages, indexes and files of the
pool that nothing needs. All other work goes on meanwhile. A server does it once a day, or
as often as its configuration says.`,
		Example: `  aptarium gc --dry-run
  aptarium gc`,
		Waits: true,
		Flags: func(f command.Flags) {
			f.Bool(&in.DryRun, "dry-run", "only show what would be dropped, without the files that only the dropped states need")
		},
	}, func(r *command.Run) error {
		a, err := command.Call(r, routes.CollectGarbage, routes.Send(&in))
		if err != nil {
			return err
		}
		return command.AwaitResult(r, a, showGarbage)
	})
}

// showGarbage writes what was dropped and what stays.
func showGarbage(r *command.Run, report garbage.GCReport) {
	count, dropped, k := command.Count, "Dropped", report.Kept
	if report.DryRun {
		dropped = "Would drop"
	}
	r.Print("%s %s, %s, %s and %s (%s).", dropped, count(report.Revisions, "state", "states"), count(report.Releases, "release", "releases"),
		count(report.Packages, "package", "packages"), count(report.Blobs, "file", "files"), command.Size(report.Bytes))
	r.Print("Kept are %s as the newest, %d by retention, %d that are pinned, %d for releases, %d in their grace.",
		count(k.Newest, "state", "states"), k.Retention, k.Pinned, k.Releases, k.Grace)
	r.Print("The pool has %s (%s).", count(report.PoolBlobs, "file", "files"), command.Size(report.PoolBytes))
}
