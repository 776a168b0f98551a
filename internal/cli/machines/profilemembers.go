package machines

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func profileAddPockets(p *command.Program) *cobra.Command {
	return profilePockets(p, command.Spec{
		Use: "add-pockets NAME " + command.PocketArgument + "…", Short: "Add pockets to a repository profile",
		Example: "  aptarium profile add-pockets web-servers ubuntu/noble/release ubuntu/noble/updates",
	}, func(r *command.Run, at pockets.Path) (profiles.Profile, error) {
		in := profiles.SeriesPockets{Distribution: at.Distribution, Series: at.Series, Pockets: []string{at.Pocket}}
		return command.Call(r, routes.AddProfilePockets, routes.SendTo(r.Args[0], in))
	})
}

func profileRemovePockets(p *command.Program) *cobra.Command {
	return profilePockets(p, command.Spec{
		Use: "remove-pockets NAME " + command.PocketArgument + "…", Short: "Remove pockets from a repository profile",
		Example: "  aptarium profile remove-pockets web-servers ubuntu/noble/updates",
	}, func(r *command.Run, at pockets.Path) (profiles.Profile, error) {
		return command.Call(r, routes.RemoveProfilePocket, routes.RemoveProfilePocketInput{
			Named: command.Named(r), Distribution: at.Distribution, Series: at.Series, Pocket: at.Pocket,
		})
	})
}

// profilePockets returns a command that changes a profile for each of some pockets. All their paths must be valid
// before it begins.
func profilePockets(p *command.Program, spec command.Spec, do func(r *command.Run, at pockets.Path) (profiles.Profile, error)) *cobra.Command {
	spec.Complete = []command.Words{profileNames, command.Pockets}
	return command.Answer(p, spec, func(r *command.Run) (changed profiles.Profile, err error) {
		paths := make([]pockets.Path, len(r.Args)-1)
		for i, arg := range r.Args[1:] {
			if paths[i], err = pockets.ParsePath(command.PocketArgument, arg); err != nil {
				return changed, err
			}
		}
		for _, at := range paths {
			if changed, err = do(r, at); err != nil {
				return changed, err
			}
		}
		return changed, nil
	}, showProfile)
}

func profileAddSources(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "add-sources NAME SOURCE…", Short: "Add APT sources to a repository profile", Example: "  aptarium profile add-sources web-servers nginx",
		Complete: []command.Words{profileNames, aptSources},
	}, routes.AddProfileSources, func(r *command.Run) routes.NamedBody[routes.SourceNames] {
		return routes.SendTo(r.Args[0], routes.SourceNames{APTSources: r.Args[1:]})
	}, showProfile)
}

func profileRemoveSources(p *command.Program) *cobra.Command {
	return command.Answer(p, command.Spec{
		Use: "remove-sources NAME SOURCE…", Short: "Remove APT sources from a repository profile", Example: "  aptarium profile remove-sources web-servers nginx",
		Complete: []command.Words{profileNames, aptSources},
	}, func(r *command.Run) (changed profiles.Profile, err error) {
		for _, source := range r.Args[1:] {
			changed, err = command.Call(r, routes.RemoveProfileSource, routes.RemoveProfileSourceInput{Named: command.Named(r), Source: source})
			if err != nil {
				return changed, err
			}
		}
		return changed, nil
	}, showProfile)
}
