package operations

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/declaration"
)

func export(p *command.Program) *cobra.Command {
	var inTOML bool
	return command.New(p, command.Spec{
		Use:   "export",
		Short: "Write a declaration of this server",
		Long: `Write a declaration of the state of this server. Applied here, it changes nothing.

It leaves out packages of repos, secret keys and passwords, and apply does not touch
them.`,
		Example: `  aptarium export > archive.yaml
  aptarium export --toml > archive.toml`,
		Flags: func(f command.Flags) { f.Bool(&inTOML, "toml", "write TOML (default: YAML)") },
	}, func(r *command.Run) error {
		e, err := command.Call(r, routes.ExportDeclaration, routes.None{})
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
		return r.Show(e, func() {
			for _, l := range e.LeftOut {
				r.Print("# left out: %s %s: %s", l.Kind, l.Name, l.Reason)
			}
			fmt.Fprint(r.Out, text.String())
		})
	})
}

// asFile returns a declaration in the form of files, where a mirror without keyring checks no signatures only if
// it says so.
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
