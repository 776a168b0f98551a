package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/cli/client"
)

func (p *program) mirrorPrefetch() *cobra.Command {
	var in mirrors.Prefetch
	var noWait bool
	c := &cobra.Command{
		Use:   "prefetch NAME [QUERY]",
		Short: "Fetch packages that a mirror left upstream",
		Long: `Fetch packages that a mirror with --policy on-demand left upstream, before a client
asks for them: those that a query finds in the mirror as it is now, or all.

--missing takes also what only past states and snapshots of the mirror list.`,
		Example: `  aptarium mirror prefetch bookworm 'nginx | Name (% php8*)' --with-dependencies
  aptarium mirror prefetch bookworm --missing`,
		Args:              atLeast("NAME"),
		ValidArgsFunction: only(1, p.collections("mirror")),
	}
	c.Flags().BoolVar(&in.WithDependencies, "with-dependencies", false, "and what they depend on, as far as the mirror has it")
	c.Flags().BoolVar(&in.Missing, "missing", false, "all that is upstream, of past states too")
	defineNoWait(c, &noWait)
	c.RunE = func(c *cobra.Command, args []string) error {
		in.Query = strings.Join(args[1:], " ")
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		a, err := client.Call(c.Context(), s.Client, routes.PrefetchMirror, routes.SendTo(args[0], &in))
		if err != nil {
			return err
		}
		return p.await(c.Context(), s, a, noWait)
	}
	return c
}

func (p *program) mirrorUpstream() *cobra.Command {
	return &cobra.Command{
		Use:   "upstream NAME",
		Short: "List files that a mirror left upstream",
		Long: `List the files that a mirror with --policy on-demand left upstream, and that nobody
asked for yet. NOW tells whether the mirror lists them now, or in the past alone.`,
		Example:           "  aptarium mirror upstream bookworm",
		Args:              exactly("NAME"),
		ValidArgsFunction: only(1, p.collections("mirror")),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListUpstreamFiles, routes.NamedPaging{Named: routes.Named{Name: args[0]}})
			return table(p, all, "PATH SIZE NOW", func(f mirrors.UpstreamFile) []string {
				return []string{f.Path, size(f.Size), yes(f.Listed)}
			})
		},
	}
}

// tally shows a number of files; none is not shown.
func tally(t *mirrors.Tally) string {
	if t == nil || t.Files == 0 {
		return ""
	}
	return fmt.Sprintf("%s (%s)", count(t.Files, "file", "files"), size(t.Bytes))
}
