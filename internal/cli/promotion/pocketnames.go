package promotion

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/command"
)

// editNames returns a command that adds names to a list of a pocket, or removes them.
func editNames[In any](p *command.Program, spec command.Spec, route routes.Route[In, pockets.Pocket], in func(at pockets.Path, names []string) In) *cobra.Command {
	return command.Answer(p, spec, onPath(pocketPath, route, func(r *command.Run, at pockets.Path) In { return in(at, r.Args[1:]) }), changedPocket)
}

func pocketFilter(p *command.Program) *cobra.Command {
	use := " " + command.PocketArgument + " PACKAGE…"
	complete := []command.Words{command.Pockets}
	return command.Group(&cobra.Command{Use: "filter", Short: "Manage the package filters of a pull", Example: "  aptarium pocket filter add ubuntu/noble/proposed linux-generic"},
		editNames(p, command.Spec{
			Use: "add" + use, Short: "Add package names to the filters", Example: "  aptarium pocket filter add ubuntu/noble/proposed linux-generic", Complete: complete,
		}, routes.AddPocketFilters, func(at pockets.Path, names []string) routes.PocketBody[routes.PackageNames] {
			return routes.SendToPocket(at, routes.PackageNames{Packages: names})
		}),
		editNames(p, command.Spec{
			Use: "remove" + use, Short: "Remove package names from the filters", Example: "  aptarium pocket filter remove ubuntu/noble/proposed linux-generic", Complete: complete,
		}, routes.RemovePocketFilters, func(at pockets.Path, names []string) routes.RemovePocketFiltersInput {
			return routes.RemovePocketFiltersInput{PocketPath: routes.PocketPath(at), Package: names}
		}))
}

func pocketUploader(p *command.Program) *cobra.Command {
	use := " " + command.PocketArgument + " KEY…"
	complete := []command.Words{command.Pockets, command.Keys}
	return command.Group(&cobra.Command{Use: "uploader", Short: "Manage keys that may upload to a pocket", Example: "  aptarium pocket uploader add ubuntu/noble/staging alice"},
		editNames(p, command.Spec{
			Use: "add" + use, Short: "Add keys that may upload", Example: "  aptarium pocket uploader add ubuntu/noble/staging alice", Complete: complete,
		}, routes.AddPocketUploaders, func(at pockets.Path, names []string) routes.PocketBody[routes.KeyNames] {
			return routes.SendToPocket(at, routes.KeyNames{Keys: names})
		}),
		editNames(p, command.Spec{
			Use: "remove" + use, Short: "Remove keys that may upload", Example: "  aptarium pocket uploader remove ubuntu/noble/staging alice", Complete: complete,
		}, routes.RemovePocketUploaders, func(at pockets.Path, names []string) routes.RemovePocketUploadersInput {
			return routes.RemovePocketUploadersInput{PocketPath: routes.PocketPath(at), Key: names}
		}))
}
