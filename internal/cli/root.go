package cli

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/cli/machines"
	"github.com/aptarium/aptarium/internal/cli/operations"
	"github.com/aptarium/aptarium/internal/cli/people"
	"github.com/aptarium/aptarium/internal/cli/publishing"
	"github.com/aptarium/aptarium/internal/cli/repositories"
)

func newProgram(s command.Streams) *program { return &program{&command.Program{Streams: s}} }

// root makes the tree of commands.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "aptarium",
		Short: "Mirror, curate and publish APT repositories",
		Long: `Mirror, curate and publish APT repositories.

Commands speak to the server of --server, or work on the data folder themselves
when no server has it open.`,
		Example: `  aptarium mirror create bookworm http://deb.debian.org/debian bookworm --component main --architecture amd64
  aptarium mirror sync bookworm
  aptarium publish create debian bookworm --source mirror:bookworm
  aptarium serve`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, "%w", err) })
	p.DefineFlags(root)
	p.addGroups(root)
	root.SetHelpCommandGroupID("operations")
	acceptSynonyms(root)
	return group(root)
}

// addGroups adds the commands in the groups under which the help lists them.
func (p *program) addGroups(root *cobra.Command) {
	add := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title + ":"})
		for _, c := range commands {
			c.GroupID = id
		}
		root.AddCommand(commands...)
	}
	add("repositories", "Repositories", repositories.Commands(p.Program)...)
	add("publishing", "Publishing", publishing.Commands(p.Program)...)
	add("promotion", "Promotion", p.distribution(), p.series(), p.pocket(), p.check())
	add("people", "People", people.Commands(p.Program)...)
	add("machines", "Machines", machines.Commands(p.Program)...)
	add("operations", "Operations", operations.Commands(p.Program)...)
}

// synonyms are the words that people type for the name of a command.
func synonyms(name string) []string {
	switch name {
	case "drop":
		return []string{"delete", "rm", "remove"}
	case "remove":
		return []string{"delete", "rm"}
	case "sync":
		return []string{"update"}
	case "list":
		return []string{"ls"}
	}
	return nil
}

// acceptSynonyms lets each command below c be called by its synonyms, unless another command
// beside it has that name.
func acceptSynonyms(c *cobra.Command) {
	taken := map[string]bool{}
	for _, below := range c.Commands() {
		taken[below.Name()] = true
	}
	for _, below := range c.Commands() {
		for _, word := range synonyms(below.Name()) {
			if !taken[word] {
				below.Aliases = append(below.Aliases, word)
				taken[word] = true
			}
		}
		acceptSynonyms(below)
	}
}
