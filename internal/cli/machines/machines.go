// Package machines has the commands about machines and what they get: profile, apt-source, saved-search and
// landscape-api.
package machines

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
)

// Commands returns the commands of this group.
func Commands(p *command.Program) []*cobra.Command {
	return []*cobra.Command{profile(p), aptSource(p), savedSearch(p), landscapeAPI(p)}
}
