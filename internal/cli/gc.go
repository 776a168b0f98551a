package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// gc collects garbage.
func (p *program) gc() *cobra.Command {
	var in garbage.GC
	var noWait bool
	c := &cobra.Command{
		Use:   "gc",
		Short: "Collect garbage: delete unneeded states, packages and files",
		Long: `Drop past states that no retention keeps, and what nothing needs then: packages,
indexes, files of the pool. All else goes on meanwhile. A server does it by itself
once a day, or as often as its configuration says.`,
		Example: `  aptarium gc --dry-run
  aptarium gc`,
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().BoolVar(&in.DryRun, "dry-run", false, "only tell what would go, but for what the states that would go alone have")
	defineNoWait(c, &noWait)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		a, err := client.Call(c.Context(), s.Client, routes.CollectGarbage, routes.Send(&in))
		switch {
		case err != nil:
			return err
		case noWait:
			return p.await(c.Context(), s, a, true)
		}
		if a, err = p.follow(c.Context(), s, a.ID); err != nil {
			return err
		}
		var r garbage.GCReport
		if err := json.Unmarshal(a.Result, &r); err != nil {
			return fmt.Errorf("reading what was done: %w", err)
		}
		return p.show(r, func(w io.Writer) { showGarbage(w, r) })
	}
	return c
}

// showGarbage tells what went and what stays.
func showGarbage(w io.Writer, r garbage.GCReport) {
	went := "Dropped"
	if r.DryRun {
		went = "Would drop"
	}
	fmt.Fprintf(w, "%s %s, %s, %s and %s (%s).\n", went, count(r.Revisions, "state", "states"), count(r.Releases, "release", "releases"),
		count(r.Packages, "package", "packages"), count(r.Blobs, "file", "files"), size(r.Bytes))
	k := r.Kept
	fmt.Fprintf(w, "Kept are %s as the newest, %d by retention, %d that are pinned, %d for releases, %d in their grace.\n",
		count(k.Newest, "state", "states"), k.Retention, k.Pinned, k.Releases, k.Grace)
	fmt.Fprintf(w, "The pool has %s (%s).\n", count(r.PoolBlobs, "file", "files"), size(r.PoolBytes))
}

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
