// Package people has the commands about persons, their permissions and their secrets: person, role,
// access-group, token, keypair and audit.
package people

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
)

// Commands returns the commands of this group.
func Commands(p *command.Program) []*cobra.Command {
	return []*cobra.Command{person(p), role(p), accessGroup(p), token(p), keypair(p), audit(p)}
}
