// Package repositories has the commands about the contents of repositories: mirror, repo, snapshot,
// search, log, diff, revert and import.
package repositories

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
)

// Commands returns the commands of this group.
func Commands(p *command.Program) []*cobra.Command {
	return []*cobra.Command{mirror(p), repo(p), snapshot(p), search(p), log(p), diff(p), revert(p), importing(p)}
}
