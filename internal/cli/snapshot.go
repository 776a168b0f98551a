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

// snapshot is the commands about snapshots.
func (p *program) snapshot() *cobra.Command {
	return group(&cobra.Command{Use: "snapshot", Short: "Manage snapshots: named, immutable states", Example: `  aptarium snapshot create monday --from mirror:bookworm
  aptarium snapshot diff snapshot:monday mirror:bookworm
  aptarium snapshot pull patched --to snapshot:monday --from mirror:bookworm 'openssl*' 'libssl*'`},
		p.snapshotCreate(), p.snapshotMerge(), p.snapshotPull(), p.snapshotDiff(), p.snapshotRename(), p.snapshotList(),
		p.showCommand("snapshot"), p.logCommand("snapshot"), p.dropCommand("snapshot"))
}

func (p *program) snapshotCreate() *cobra.Command {
	c := p.newSnapshot(&cobra.Command{
		Use:   "create NAME",
		Short: "Create a snapshot of a state",
		Long: `Name the state of a mirror, repo or snapshot, now or at a time. That costs the
same whatever its size. Several states are merged; see merge.`,
		Example: `  aptarium snapshot create monday --from mirror:bookworm
  aptarium snapshot create before --from mirror:bookworm@2026-11-16T08:00:00Z`,
	}, 1)
	return c
}

func (p *program) snapshotMerge() *cobra.Command {
	return p.newSnapshot(&cobra.Command{
		Use:   "merge NAME",
		Short: "Merge several states into a snapshot",
		Long: `Make a snapshot of several states together. Of a package name and architecture that
several have, the last one named is taken; --latest takes the highest version from
whichever, and --keep-all takes all.`,
		Example: "  aptarium snapshot merge both --from mirror:bookworm --from repo:tools --latest",
	}, 2)
}

// newSnapshot is create and merge, which differ in how many states they need.
func (p *program) newSnapshot(c *cobra.Command, least int) *cobra.Command {
	var in collections.NewSnapshot
	c.Args, c.ValidArgsFunction = exactly("NAME"), cobra.NoFileCompletions
	flags := c.Flags()
	flags.StringArrayVar(&in.From, "from", nil, "mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state; may be given several times")
	flags.BoolVar(&in.Latest, "latest", false, "keep only the highest version of each name and architecture")
	flags.BoolVar(&in.KeepAll, "keep-all", false, "keep every version")
	flags.StringVar(&in.Description, "description", "", "what it is, for people")
	if least == 1 {
		flags.StringArrayVar(&in.Packages, "package", nil, "key of a package to have, as search --json shows it; may be given several times")
	}
	completeFlag(c, "from", p.references())
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(in.From) < least && (least > 1 || len(in.Packages) == 0) {
			return usage(c, "--from is missing, or given too seldom")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Name = args[0]
		k, err := client.Call(c.Context(), s.Client, routes.CreateSnapshot, routes.Send(in))
		if err != nil {
			return err
		}
		return p.madeSnapshot(k)
	}
	return c
}

func (p *program) madeSnapshot(k collections.Collection) error {
	return p.show(k, func(w io.Writer) {
		fmt.Fprintf(w, "Created the snapshot %s with %s.\n", k.Name, count(k.Packages, "package", "packages"))
	})
}

func (p *program) snapshotDiff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff LEFT RIGHT",
		Short: "Compare two states",
		Example: `  aptarium snapshot diff snapshot:monday mirror:bookworm
  aptarium snapshot diff repo:tools@2026-11-16T08:00:00Z repo:tools`,
		Args:              exactly("LEFT", "RIGHT"),
		ValidArgsFunction: only(2, p.references()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			changes, err := client.Call(c.Context(), s.Client, routes.Diff, routes.DiffInput{Left: args[0], Right: args[1]})
			if err != nil {
				return err
			}
			if len(changes.Items) == 0 && !p.JSON() {
				fmt.Fprintln(p.Out, "There is no difference.")
				return nil
			}
			return table(p, each(changes.Items), "CHANGE NAME ARCHITECTURE COMPONENT BEFORE AFTER", func(d collections.Change) []string {
				mark := "changed"
				switch {
				case len(d.Before) == 0:
					mark = "added"
				case len(d.After) == 0:
					mark = "removed"
				}
				return []string{mark, d.Name, d.Architecture, d.Component, commas(d.Before), commas(d.After)}
			})
		},
	}
}

// commas joins words, or shows that there are none.
func commas(words []string) string {
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ",")
}

func (p *program) snapshotList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List snapshots", Example: "  aptarium snapshot list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListSnapshots, routes.Paging{})
			return table(p, all, "NAME PACKAGES CREATED DESCRIPTION", func(k collections.Collection) []string {
				return []string{k.Name, strconv.Itoa(k.Packages), age(k.CreatedAt), k.Description}
			})
		},
	}
}
