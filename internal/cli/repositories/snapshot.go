package repositories

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func snapshot(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "snapshot", Short: "Manage snapshots: named, immutable states", Example: `  aptarium snapshot create monday --from mirror:bookworm
  aptarium snapshot diff snapshot:monday mirror:bookworm
  aptarium snapshot pull patched --to snapshot:monday --from mirror:bookworm 'openssl*' 'libssl*'`},
		snapshotCreate(p), snapshotMerge(p), snapshotPull(p), snapshotDiff(p), snapshotRename(p), snapshotList(p),
		show(p, "snapshot"), history(p, "snapshot"), drop(p, "snapshot", routes.DropSnapshot))
}

func snapshotCreate(p *command.Program) *cobra.Command {
	return newSnapshot(p, command.Spec{
		Use:   "create NAME",
		Short: "Create a snapshot of a state",
		Long: `Name the state of a mirror, repo or snapshot, now or at a time. The cost does not
depend on the size. Several states are merged; see merge.`,
		Example: `  aptarium snapshot create monday --from mirror:bookworm
  aptarium snapshot create before --from mirror:bookworm@2026-11-16T08:00:00Z`,
	}, 1)
}

func snapshotMerge(p *command.Program) *cobra.Command {
	return newSnapshot(p, command.Spec{
		Use:   "merge NAME",
		Short: "Merge several states into a snapshot",
		Long: `Create a snapshot of several states together. If several have a package name and
architecture, the last --from wins; with --latest the highest version wins, and
--keep-all keeps all.`,
		Example: "  aptarium snapshot merge both --from mirror:bookworm --from repo:tools --latest",
	}, 2)
}

// newSnapshot returns create or merge, which differ in the number of states that they need.
func newSnapshot(p *command.Program, spec command.Spec, least int) *cobra.Command {
	var in collections.NewSnapshot
	spec.Flags = func(f command.Flags) {
		f.Strings(&in.From, "from", "mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state; may be given several times", command.References)
		f.Bool(&in.Latest, "latest", "keep only the highest version of each name and architecture")
		f.Bool(&in.KeepAll, "keep-all", "keep every version")
		f.String(&in.Description, "description", "description for people")
		if least == 1 {
			f.Strings(&in.Packages, "package", "key of a package to include, as search --json shows it; may be given several times")
		}
	}
	return command.Answer(p, spec, func(r *command.Run) (made collections.Collection, err error) {
		if len(in.From) < least && (least > 1 || len(in.Packages) == 0) {
			return made, r.Usage("--from is missing; it is needed at least %s", command.Count(least, "time", "times"))
		}
		in.Name = r.Args[0]
		return command.Call(r, routes.CreateSnapshot, routes.Send(in))
	}, createdSnapshot)
}

func createdSnapshot(r *command.Run, made collections.Collection) {
	r.Print("Created the snapshot %s with %s.", made.Name, command.Count(made.Packages, "package", "packages"))
}

func snapshotList(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{Use: "list", Short: "List snapshots", Example: "  aptarium snapshot list"},
		command.Every(routes.ListSnapshots), "NAME PACKAGES CREATED DESCRIPTION", func(k collections.Collection) []string {
			return []string{k.Name, strconv.Itoa(k.Packages), command.Age(k.CreatedAt), k.Description}
		})
}

func snapshotRename(p *command.Program) *cobra.Command {
	return rename(p, "snapshot", command.Spec{
		Long:    "Rename a snapshot. Publications of it follow.",
		Example: "  aptarium snapshot rename monday november",
	}, routes.EditSnapshot, func(name string) collections.SnapshotEdit { return collections.SnapshotEdit{Name: &name} })
}

func snapshotDiff(p *command.Program) *cobra.Command {
	return compare(p, command.Spec{
		Short: "Compare two states",
		Example: `  aptarium snapshot diff snapshot:monday mirror:bookworm
  aptarium snapshot diff repo:tools@2026-11-16T08:00:00Z repo:tools`,
		Complete: []command.Words{command.References, command.References},
	})
}

// compare returns a command that compares two states.
func compare(p *command.Program, spec command.Spec) *cobra.Command {
	spec.Use = "diff LEFT RIGHT"
	return command.New(p, spec, func(r *command.Run) error {
		changes, err := command.Call(r, routes.Diff, routes.DiffInput{Left: r.Args[0], Right: r.Args[1]})
		if err != nil {
			return err
		}
		if len(changes.Items) == 0 && !r.JSON() {
			r.Print("There is no difference.")
			return nil
		}
		return command.Table(r, command.Each(changes.Items), "CHANGE NAME ARCHITECTURE COMPONENT BEFORE AFTER", func(d collections.Change) []string {
			mark := "changed"
			switch {
			case len(d.Before) == 0:
				mark = "added"
			case len(d.After) == 0:
				mark = "removed"
			}
			return []string{mark, d.Name, d.Architecture, d.Component, command.Dash(strings.Join(d.Before, ",")), command.Dash(strings.Join(d.After, ","))}
		})
	})
}

func snapshotPull(p *command.Program) *cobra.Command {
	var in collections.PullSnapshot
	return command.Answer(p, command.Spec{
		Use:   "pull NAME --to REF --from REF [PACKAGE…]",
		Short: "Pull packages into a new snapshot",
		Long: `Create a snapshot of one state with some packages of another: the packages with the
given names or patterns, and the matches of each --query (see search), of these the
highest version, for the architectures of --to. They replace other versions, unless
--keep-old.`,
		Example: `  aptarium snapshot pull patched --to snapshot:monday --from mirror:bookworm 'openssl*'
  aptarium snapshot pull newer --to snapshot:monday --from mirror:backports --query 'nginx (>= 1.24)' --with-dependencies --dry-run`,
		Flags: func(f command.Flags) {
			f.String(&in.To, "to", "mirror:NAME, repo:NAME or snapshot:NAME to start from, with @TIME for a past state", command.References)
			f.String(&in.From, "from", "mirror, repo or snapshot that has the packages", command.References)
			f.Strings(&in.Queries, "query", "take the matches of a package query; may be given several times")
			f.Strings(&in.Architectures, "architecture", "architecture of matches and dependencies; source for sources; may be given several times")
			f.Bool(&in.WithDependencies, "with-dependencies", "take their dependencies too, unless --to satisfies them")
			f.Bool(&in.AllMatches, "all-matches", "take every version that a query matches")
			f.Bool(&in.KeepOld, "keep-old", "keep other versions of these packages")
			f.Bool(&in.DryRun, "dry-run", "only show the packages that would be added and removed")
			f.String(&in.Description, "description", "description for people")
		},
	}, func(r *command.Run) (done collections.PullResult, err error) {
		in.Name, in.Packages = r.Args[0], r.Args[1:]
		if len(in.Packages)+len(in.Queries) == 0 {
			return done, r.Usage("PACKAGE or --query is missing")
		}
		return command.Call(r, routes.PullSnapshot, routes.Send(in))
	}, func(r *command.Run, done collections.PullResult) {
		if !in.DryRun {
			r.Print("Created the snapshot %s with %s.", in.Name, command.Count(done.Snapshot.Packages, "package", "packages"))
			return
		}
		showPackages(r, "-", done.Removed)
		showPackages(r, "+", done.Added)
		r.Print("%s would be added and %d removed.", command.Count(len(done.Added), "package", "packages"), len(done.Removed))
	})
}
