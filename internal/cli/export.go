package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/declaration"
)

func (p *program) export() *cobra.Command {
	var inTOML bool
	c := &cobra.Command{
		Use:   "export",
		Short: "Write a declaration of this server",
		Long: `Write a declaration of what there is, for apply, which then changes nothing.

Packages of repos, keys with their secrets, and passwords are not in it: an apply
leaves those alone.`,
		Example: `  aptarium export > archive.yaml
  aptarium export --toml > house.toml`,
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().BoolVar(&inTOML, "toml", false, "write TOML (default: YAML)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		e, err := client.Call(c.Context(), s.Client, routes.ExportDeclaration, routes.None{})
		if err != nil {
			return err
		}
		tree, err := asFile(e.Declaration)
		if err != nil {
			return err
		}
		format := declaration.YAML
		if inTOML {
			format = declaration.TOML
		}
		var text strings.Builder
		if err := declaration.Write(&text, tree, format); err != nil {
			return err
		}
		return p.show(e, func(w io.Writer) {
			for _, l := range e.LeftOut {
				fmt.Fprintf(w, "# left out: %s %s: %s\n", l.Kind, l.Name, l.Reason)
			}
			_, _ = io.WriteString(w, text.String())
		})
	}
	return c
}

// asFile makes a declaration as files have it: that a mirror checks no signature
// is said there.
func asFile(d apply.Declaration) (*declaration.Node, error) {
	tree, err := declaration.Encode(d)
	if err != nil {
		return nil, err
	}
	if mirrors := tree.Get("mirrors"); mirrors != nil {
		for _, f := range mirrors.Fields {
			if f.Value.Get("keyring") == nil && f.Value.Get("url") != nil {
				f.Value.Set("keyring", &declaration.Node{Kind: declaration.String})
			}
		}
	}
	return tree, nil
}
