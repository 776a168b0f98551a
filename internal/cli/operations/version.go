package operations

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/buildinfo"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func version(p *command.Program) *cobra.Command {
	return command.Answer(p, command.Spec{
		Use: "version", Short: "Show the version of this program", Example: "  aptarium version",
	}, func(*command.Run) (buildinfo.Info, error) { return buildinfo.Read(), nil }, func(r *command.Run, i buildinfo.Info) {
		r.Print("aptarium %s (%s, %s)", i.Version, i.Go, i.Platform)
	})
}

func completion(p *command.Program) *cobra.Command {
	return command.New(p, command.Spec{
		Use:   "completion SHELL",
		Short: "Print the completion script of a shell",
		Example: `  aptarium completion bash > /etc/bash_completion.d/aptarium
  source <(aptarium completion zsh)`,
		Complete: []command.Words{command.OneOf("bash", "zsh", "fish")},
	}, func(r *command.Run) error {
		root := r.Command().Root()
		switch r.Args[0] {
		case "bash":
			return root.GenBashCompletionV2(p.Out, true)
		case "zsh":
			return root.GenZshCompletion(p.Out)
		case "fish":
			return root.GenFishCompletion(p.Out, true)
		}
		return r.Usage("there is no completion for %q, only for bash, zsh and fish", r.Args[0])
	})
}
