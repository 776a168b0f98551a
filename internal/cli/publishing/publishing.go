// Package publishing has the commands about publications, their endpoints and their keys: publish,
// endpoint and key.
package publishing

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
)

// Commands returns the commands of this group.
func Commands(p *command.Program) []*cobra.Command {
	return []*cobra.Command{publish(p), endpoints(p), key(p)}
}
