package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// scrub checks the pool.
func (p *program) scrub() *cobra.Command {
	return &cobra.Command{
		Use:   "scrub",
		Short: "Check every file of the pool",
		Long: `Read the whole pool and check every byte, and that nothing is missing. It changes
nothing; the exit code is 1 when something is wrong.`,
		Example: "  aptarium scrub",
		Args:    exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			show := p.newProgress()
			report, err := s.Scrub(c.Context(), func(blobs int, bytes int64) {
				show.See(usecase.Activity{Subject: "pool", Status: "running", Progress: usecase.ActivityProgress{Phase: "read", Done: int64(blobs), DoneBytes: bytes}})
			})
			show.End()
			if err != nil {
				return err
			}
			if err := p.show(report, func(w io.Writer) { showReport(w, report) }); err != nil || report.Clean() {
				return err
			}
			return errSaid
		},
	}
}

func showReport(w io.Writer, r garbage.ScrubReport) {
	for _, digest := range r.Corrupt {
		fmt.Fprintf(w, "corrupt  %s\n", digest)
	}
	for _, digest := range r.Missing {
		fmt.Fprintf(w, "missing  %s\n", digest)
	}
	fmt.Fprintf(w, "%s with %s: %d corrupt, %d missing, %d not needed by anything\n",
		count(r.Blobs, "blob", "blobs"), size(r.Bytes), len(r.Corrupt), len(r.Missing), r.Orphans)
	if r.Deferred > 0 {
		fmt.Fprintf(w, "still upstream, left there by on-demand mirrors: %s\n", count(r.Deferred, "file", "files"))
	}
}
