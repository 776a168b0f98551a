// Package operations has the commands that run and keep a server: serve, apply, export, activity, gc, scrub, version and
// completion.
package operations

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
)

// Commands returns the commands of this group.
func Commands(p *command.Program) []*cobra.Command {
	return []*cobra.Command{serve(p), applyFiles(p), export(p), activity(p), gc(p), scrub(p), version(p), completion(p)}
}
