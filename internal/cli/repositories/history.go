package repositories

import (
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func log(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{
		Use:   "log REF",
		Short: "Show the history of a mirror, repo, snapshot or publication",
		Long: `List the changes of a mirror, repo, snapshot or publication, newest first. @TIME or
#NUMBER after REF starts from that state. A publication is
publish:PREFIX/DISTRIBUTION.`,
		Example: `  aptarium log mirror:bookworm
  aptarium log publish:debian/bookworm --limit 5
  aptarium log repo:tools@20261120T120000Z`,
		Complete: []command.Words{command.States}, Limit: true,
	}, func(r *command.Run) iter.Seq2[collections.Revision, error] {
		return command.All(r, routes.ListHistory, routes.ListHistoryInput{Ref: r.Args[0]})
	}, "NUMBER TIME ADDED REMOVED PACKAGES BY ACTION ACTIVITY SOURCES", func(v collections.Revision) []string {
		return []string{strconv.FormatInt(v.Number, 10), command.RevisionTime(v.At), strconv.Itoa(v.Added), strconv.Itoa(v.Removed), strconv.Itoa(v.Packages),
			command.Dash(v.By), command.Dash(v.Action), command.Number(v.Activity), command.Dash(strings.Join(v.Sources, " "))}
	})
}

func diff(p *command.Program) *cobra.Command {
	return compare(p, command.Spec{
		Short: "Compare two states of mirrors, repos, snapshots and publications",
		Example: `  aptarium diff mirror:bookworm@20261101 mirror:bookworm
  aptarium diff publish:debian/bookworm#12 publish:debian/bookworm
  aptarium diff repo:tools@2026-11-16T08:00:00Z snapshot:monday`,
		Complete: []command.Words{command.States, command.States},
	})
}

func revert(p *command.Program) *cobra.Command {
	return command.New(p, command.Spec{
		Use:   "revert REF@TIME|REF#NUMBER",
		Short: "Restore a repo or publication to an earlier state",
		Long: `Restore a repo or a publication to an earlier state. A repo gets a new revision with
the packages of that state. A publication gets a new release of that state of its
sources, and stays there: ` + "`publish update --follow`" + ` lets it follow its sources again.
A mirror cannot be reverted, because its next sync would undo it.`,
		Example: `  aptarium revert repo:tools@2026-11-16T08:00:00Z
  aptarium revert repo:tools#12
  aptarium revert publish:debian/bookworm@20261116`,
		Complete: []command.Words{command.States}, Waits: true,
	}, func(r *command.Run) error {
		done, err := command.Call(r, routes.RevertTo, routes.Send(routes.Revert{Ref: r.Args[0]}))
		if err != nil {
			return err
		}
		if done.Activity != nil {
			return r.Await(*done.Activity)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(r.Args[0], "repo:"), "@")
		name, _, _ = strings.Cut(name, "#")
		return r.Show(done, func() { showRepoChange(r, name, *done.Change) })
	})
}
