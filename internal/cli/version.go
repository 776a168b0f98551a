package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/buildinfo"
)

// version tells which program this is.
func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the version of this program", Example: "  aptarium version", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			info := buildinfo.Read()
			return p.show(info, func(w io.Writer) { fmt.Fprintf(w, "aptarium %s (%s, %s)\n", info.Version, info.Go, info.Platform) })
		},
	}
}

// completion writes what a shell needs to complete command lines.
func (p *program) completion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script of a shell",
		Example: `  aptarium completion bash > /etc/bash_completion.d/aptarium
  source <(aptarium completion zsh)`,
		Args: exactly("SHELL"), ValidArgsFunction: only(1, oneOf(shells...)),
		RunE: func(c *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return c.Root().GenBashCompletionV2(p.Out, true)
			case "zsh":
				return c.Root().GenZshCompletion(p.Out)
			case "fish":
				return c.Root().GenFishCompletion(p.Out, true)
			}
			return usage(c, "there is no completion for %q, but for bash, zsh and fish", args[0])
		},
	}
}
