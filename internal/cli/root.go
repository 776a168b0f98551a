package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/cli/machines"
	"github.com/aptarium/aptarium/internal/cli/operations"
	"github.com/aptarium/aptarium/internal/cli/people"
	"github.com/aptarium/aptarium/internal/cli/promotion"
	"github.com/aptarium/aptarium/internal/cli/publishing"
	"github.com/aptarium/aptarium/internal/cli/repositories"
)

// newRoot returns the tree of commands.
func newRoot(p *command.Program) *cobra.Command {
	root := &cobra.Command{
		Use:   "aptarium",
		Short: "Mirror, curate and publish APT repositories",
		Long: `Mirror, curate and publish APT repositories.

Commands call the server of --server, or work on the data folder themselves when no
server has it open.`,
		Example: `  aptarium mirror create bookworm http://deb.debian.org/debian bookworm --component main --architecture amd64
  aptarium mirror sync bookworm
  aptarium publish create debian bookworm --source mirror:bookworm
  aptarium serve`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return command.Usage(c, "%w", err) })
	p.DefineFlags(root)
	addGroups(p, root)
	root.SetHelpCommandGroupID("operations")
	acceptSynonyms(root)
	return command.Group(root)
}

// addGroups adds the commands in the groups under which the help lists them.
func addGroups(p *command.Program, root *cobra.Command) {
	add := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title + ":"})
		for _, c := range commands {
			c.GroupID = id
		}
		root.AddCommand(commands...)
	}
	add("repositories", "Repositories", repositories.Commands(p)...)
	add("publishing", "Publishing", publishing.Commands(p)...)
	add("promotion", "Promotion", promotion.Commands(p)...)
	add("people", "People", people.Commands(p)...)
	add("machines", "Machines", machines.Commands(p)...)
	add("operations", "Operations", operations.Commands(p)...)
}

// synonyms returns the words that people type for the name of a command.
func synonyms(name string) []string {
	switch name {
	case "remove":
		return []string{"rm"}
	case "drop":
		return []string{"delete", "rm", "remove"}
	case "sync":
		return []string{"update"}
	case "list":
		return []string{"ls"}
	}
	return nil
}

// acceptSynonyms lets each command below c be called by its synonyms, unless another command
// beside it has that name. Where packages can be removed, rm does not drop the whole thing.
func acceptSynonyms(c *cobra.Command) {
	taken := map[string]bool{}
	for _, below := range c.Commands() {
		taken[below.Name()] = true
	}
	sorted := slices.Clone(c.Commands())
	slices.SortStableFunc(sorted, func(a, b *cobra.Command) int { return strings.Compare(b.Name(), a.Name()) }) // remove before drop
	for _, below := range sorted {
		for _, word := range synonyms(below.Name()) {
			if !taken[word] {
				below.Aliases = append(below.Aliases, word)
				taken[word] = true
			}
		}
		acceptSynonyms(below)
	}
}
