package machines

import (
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func aptSource(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "apt-source", Short: "Manage APT sources for profiles", Example: `  aptarium apt-source create nginx 'deb https://nginx.org/packages/debian bookworm nginx' --key nginx
  aptarium profile add-sources web-servers nginx`},
		aptSourceCreate(p), aptSourceList(p), aptSourceShow(p), aptSourceEdit(p), aptSourceDrop(p))
}

// aptSources completes names of APT sources.
func aptSources(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(command.All(r, routes.ListAPTSources, routes.ListAPTSourcesInput{}), func(a profiles.APTSource) string { return a.Name })
}

func aptSourceCreate(p *command.Program) *cobra.Command {
	var in profiles.NewAPTSource
	return command.Ask(p, command.Spec{
		Use:   "create NAME LINE",
		Short: "Create an APT source",
		Long: `Store a line of sources.list(5) for another archive. Profiles distribute it to machines,
with the key of --key.`,
		Example: `  aptarium key import nginx nginx_signing.key
  aptarium apt-source create nginx 'deb https://nginx.org/packages/debian bookworm nginx' --key nginx`,
		Flags: func(f command.Flags) {
			f.String(&in.Key, "key", "stored key that signs the archive", command.Keys)
			f.String(&in.AccessGroup, "access-group", "access group of the source (default global)")
		},
	}, routes.CreateAPTSource, func(r *command.Run) routes.Body[profiles.NewAPTSource] {
		in.Name, in.Line = r.Args[0], r.Args[1]
		return routes.Send(in)
	}, showAPTSource)
}

func showAPTSource(r *command.Run, a profiles.APTSource) {
	r.Details("Name", a.Name, "Line", a.Line, "Key", a.Key, "Access group", a.AccessGroup, "Profiles", strings.Join(a.Profiles, " "), "Created", command.Moment(a.CreatedAt))
}

func aptSourceList(p *command.Program) *cobra.Command {
	var in routes.ListAPTSourcesInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List APT sources", Example: "  aptarium apt-source list --filter nginx.org",
		Flags: func(f command.Flags) {
			f.String(&in.Profile, "profile", "only sources of this profile", profileNames)
			f.String(&in.AccessGroup, "access-group", "only sources of this access group")
			f.String(&in.Text, "filter", "only sources with this text in the name or the line")
		},
	}, command.Pages(routes.ListAPTSources, &in),
		"NAME PROFILES KEY LINE", func(a profiles.APTSource) []string {
			return []string{a.Name, strconv.Itoa(len(a.Profiles)), a.Key, a.Line}
		})
}

func aptSourceShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show NAME", Short: "Show an APT source", Example: "  aptarium apt-source show nginx", Complete: []command.Words{aptSources},
	}, routes.GetAPTSource, command.Named, showAPTSource)
}

func aptSourceEdit(p *command.Program) *cobra.Command {
	var e profiles.APTSourceEdit
	return command.Edit(p, command.Spec{
		Use: "edit NAME", Short: "Change an APT source",
		Example:  "  aptarium apt-source edit nginx --line 'deb https://nginx.org/packages/debian trixie nginx'\n  aptarium apt-source edit nginx --key ''",
		Complete: []command.Words{aptSources},
		Flags: func(f command.Flags) {
			command.Optional(f, f.String, &e.Line, "line", "new line")
			command.Optional(f, f.String, &e.Key, "key", "stored key that signs the archive; empty for none", command.Keys)
			f.OneRequired("line", "key")
		},
	}, routes.EditAPTSource, &e, showAPTSource)
}

func aptSourceDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop NAME", Short: "Drop an unused APT source", Example: "  aptarium apt-source drop nginx", Complete: []command.Words{aptSources},
	}, routes.DropAPTSource, command.Named, "Dropped the APT source %s.")
}
