package operations

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func scrub(p *command.Program) *cobra.Command {
	return command.New(p, command.Spec{
		Use:   "scrub",
		Short: "Check every file of the pool",
		Long: `Read the whole pool, and check every byte and that no file is missing. It changes
nothing; the exit code is 1 if something is wrong.`,
		Example: "  aptarium scrub",
	}, func(r *command.Run) error {
		s, err := p.Session(r.Context())
		if err != nil {
			return err
		}
		progress := p.NewProgress()
		report, err := s.Scrub(r.Context(), func(blobs int, bytes int64) {
			progress.See(usecase.Activity{Subject: "pool", Status: "running", Progress: usecase.ActivityProgress{Phase: "read", Done: int64(blobs), DoneBytes: bytes}})
		})
		progress.End()
		if err != nil {
			return err
		}
		if err := r.Show(report, func() { showScrub(r, report) }); err != nil || report.Clean() {
			return err
		}
		return command.ErrReported
	})
}

func showScrub(r *command.Run, report garbage.ScrubReport) {
	for _, digest := range report.Corrupt {
		r.Print("corrupt  %s", digest)
	}
	for _, digest := range report.Missing {
		r.Print("missing  %s", digest)
	}
	r.Print("%s with %s: %d corrupt, %d missing, %d not needed by anything", command.Count(report.Blobs, "blob", "blobs"),
		command.Size(report.Bytes), len(report.Corrupt), len(report.Missing), report.Orphans)
	if report.Deferred > 0 {
		r.Print("still upstream, left there by on-demand mirrors: %s", command.Count(report.Deferred, "file", "files"))
	}
}
