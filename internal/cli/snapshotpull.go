package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/cli/client"
)

func (p *program) snapshotPull() *cobra.Command {
	var in collections.PullSnapshot
	c := &cobra.Command{
		Use:   "pull NAME --to REF --from REF PACKAGE…",
		Short: "Pull packages into a new snapshot",
		Long: `Make a snapshot of one state with some packages of another: those that have the
names or match the patterns given, and those that a --query finds (see search), of
these the highest version, for the architectures that --to has. Other versions of
what is taken give way, unless --keep-old.`,
		Example: `  aptarium snapshot pull patched --to snapshot:monday --from mirror:bookworm 'openssl*'
  aptarium snapshot pull newer --to snapshot:monday --from mirror:backports --query 'nginx (>= 1.24)' --with-dependencies --dry-run`,
		Args:              atLeast("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := c.Flags()
	flags.StringVar(&in.To, "to", "", "what to start from: mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state")
	flags.StringVar(&in.From, "from", "", "where to take packages")
	flags.StringArrayVar(&in.Queries, "query", nil, "take what a package query finds; may be given several times")
	flags.StringArrayVar(&in.Architectures, "architecture", nil, "for which queries and dependencies take packages; source for sources; may be given several times")
	flags.BoolVar(&in.WithDependencies, "with-dependencies", false, "take what they depend on too, as far as --to has nothing that will do")
	flags.BoolVar(&in.AllMatches, "all-matches", false, "take every version that a query finds")
	flags.BoolVar(&in.KeepOld, "keep-old", false, "keep other versions of what is taken")
	flags.BoolVar(&in.DryRun, "dry-run", false, "only tell what would come and go")
	flags.StringVar(&in.Description, "description", "", "what it is, for people")
	completeFlag(c, "to", p.references())
	completeFlag(c, "from", p.references())
	c.RunE = func(c *cobra.Command, args []string) error {
		if in.To == "" || in.From == "" {
			return usage(c, "--to and --from are needed")
		}
		in.Name, in.Packages = args[0], args[1:]
		if len(in.Packages)+len(in.Queries) == 0 {
			return usage(c, "PACKAGE or --query is missing")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		done, err := client.Call(c.Context(), s.Client, routes.PullSnapshot, routes.Send(in))
		if err != nil {
			return err
		}
		return p.pulled(in, done)
	}
	return c
}

// pulled tells what came of a pull.
func (p *program) pulled(in collections.PullSnapshot, done collections.PullResult) error {
	return p.show(done, func(w io.Writer) {
		if !in.DryRun {
			fmt.Fprintf(w, "Created the snapshot %s with %s.\n", in.Name, count(done.Snapshot.Packages, "package", "packages"))
			return
		}
		showPackages(w, "-", done.Removed)
		showPackages(w, "+", done.Added)
		fmt.Fprintf(w, "%s would come and %d go.\n", count(len(done.Added), "package", "packages"), len(done.Removed))
	})
}

func (p *program) snapshotRename() *cobra.Command {
	return &cobra.Command{
		Use:     "rename NAME NEW-NAME",
		Short:   "Rename a snapshot",
		Long:    "Give a snapshot another name. Publications that it feeds follow.",
		Example: "  aptarium snapshot rename monday november",
		Args:    exactly("NAME", "NEW-NAME"), ValidArgsFunction: only(1, p.collections("snapshot")),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			k, err := client.Call(c.Context(), s.Client, routes.EditSnapshot, routes.SendTo(args[0], collections.SnapshotEdit{Name: &args[1]}))
			if err != nil {
				return err
			}
			return p.show(k, func(w io.Writer) { fmt.Fprintf(w, "The snapshot %s is called %s now.\n", args[0], k.Name) })
		},
	}
}
