package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// log lists what became of anything that has a history.
func (p *program) log() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "log REF",
		Short: "Show the history of a mirror, repo, snapshot or publication",
		Long: `List what became of a mirror, repo, snapshot or publication, newest first. With @TIME
or #NUMBER behind REF, from that state on back. A publication is
publish:PREFIX/DISTRIBUTION.`,
		Example: `  aptarium log mirror:bookworm
  aptarium log publish:debian/bookworm --limit 5
  aptarium log repo:tools@20261120T120000Z`,
		Args: exactly("REF"), ValidArgsFunction: only(1, p.states()),
	}
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListHistory, routes.ListHistoryInput{Ref: args[0]})
		return table(p, some(all, limit), "NUMBER TIME ADDED REMOVED PACKAGES BY ACTION ACTIVITY SOURCES", func(r collections.Revision) []string {
			return []string{strconv.FormatInt(r.Number, 10), r.At.Format("2006-01-02T15:04:05.000000Z"), strconv.Itoa(r.Added), strconv.Itoa(r.Removed),
				strconv.Itoa(r.Packages), dash(r.By), dash(r.Action), orDash(r.Activity), dash(strings.Join(r.Sources, " "))}
		})
	}
	return c
}

// diff compares any two states.
func (p *program) diff() *cobra.Command {
	c := p.snapshotDiff()
	c.Short = "Compare two states of mirrors, repos, snapshots and publications"
	c.Example = `  aptarium diff mirror:bookworm@20261101 mirror:bookworm
  aptarium diff publish:debian/bookworm#12 publish:debian/bookworm
  aptarium diff repo:tools@2026-11-16T08:00:00Z snapshot:monday`
	c.ValidArgsFunction = only(2, p.states())
	return c
}

// revert goes back to a past state.
func (p *program) revert() *cobra.Command {
	var noWait bool
	c := &cobra.Command{
		Use:   "revert REF@TIME|REF#NUMBER",
		Short: "Restore a repo or publication to an earlier state",
		Long: `Make a repo or a publication as a past state of it was. A repo gets a further
revision with the packages of then. A publication gets a further release of what its
sources had then, and stays with that: ` + "`publish update --follow`" + ` lets it follow its
sources again. A mirror cannot be reverted, for its next sync would undo it.`,
		Example: `  aptarium revert repo:tools@2026-11-16T08:00:00Z
  aptarium revert repo:tools#12
  aptarium revert publish:debian/bookworm@20261116`,
		Args: exactly("REF"), ValidArgsFunction: only(1, p.states()),
	}
	defineNoWait(c, &noWait)
	c.RunE = func(c *cobra.Command, args []string) error { return p.runRevert(c, args[0], noWait) }
	return c
}

func (p *program) runRevert(c *cobra.Command, ref string, noWait bool) error {
	s, err := p.session(c.Context())
	if err != nil {
		return err
	}
	done, err := client.Call(c.Context(), s.Client, routes.RevertTo, routes.Send(routes.Revert{Ref: ref}))
	if err != nil {
		return err
	}
	if done.Activity != nil {
		return p.await(c.Context(), s, *done.Activity, noWait)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(ref, "repo:"), "@")
	name, _, _ = strings.Cut(name, "#")
	return p.show(done, func(w io.Writer) { showChange(w, name, *done.Change) })
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
