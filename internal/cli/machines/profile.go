package machines

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func profile(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "profile", Short: "Manage profiles: APT sources for tagged machines", Example: `  aptarium profile create 'Web servers'
  aptarium profile add-pockets web-servers ubuntu/noble/release ubuntu/noble/updates
  aptarium profile associate web-servers --tag web
  aptarium profile sources web-servers`},
		profileCreate(p), profileList(p), profileShow(p), profileEdit(p), profileDrop(p), profileAssociate(p), profileDisassociate(p),
		profileAddPockets(p), profileRemovePockets(p), profileAddSources(p), profileRemoveSources(p), profileSources(p))
}

// profileNames completes names of repository profiles.
func profileNames(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(command.All(r, routes.ListProfiles, routes.ListProfilesInput{}), func(p profiles.Profile) string { return p.Name })
}

func profileCreate(p *command.Program) *cobra.Command {
	var in profiles.NewProfile
	return command.Create(p, command.Spec{
		Use:   "create TITLE",
		Short: "Create a repository profile",
		Long: `Create a repository profile, and show its name: the title in lower case, with dashes
for spaces, and with a number if another profile has that name.

A new profile has no sources and applies to no machine; see the other commands of profile.`,
		Example: "  aptarium profile create 'Web servers' --description 'Packages of the web team'",
		Flags: func(f command.Flags) {
			f.String(&in.Description, "description", "purpose of the profile")
			f.String(&in.AccessGroup, "access-group", "access group of the profile (default global)")
		},
	}, routes.CreateProfile, &in, &in.Title, func(r *command.Run, made profiles.Profile) { r.Print("Created the profile %s.", made.Name) })
}

func profileList(p *command.Program) *cobra.Command {
	var in routes.ListProfilesInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List repository profiles", Example: "  aptarium profile list --tag web",
		Flags: func(f command.Flags) {
			f.String(&in.Tag, "tag", "only profiles with this tag")
			f.String(&in.Pocket, "pocket", "only profiles with this pocket: DISTRIBUTION/SERIES/POCKET")
			f.String(&in.APTSource, "apt-source", "only profiles with this APT source", aptSources)
			f.String(&in.AccessGroup, "access-group", "only profiles of this access group")
			f.String(&in.Text, "filter", "only profiles with this text in the name or the title")
		},
	}, func(r *command.Run) iter.Seq2[profiles.Profile, error] {
		if in.Pocket != "" && strings.Count(in.Pocket, "/") != 2 {
			return command.Items(usecase.List[profiles.Profile]{}, r.Usage("--pocket is not DISTRIBUTION/SERIES/POCKET"))
		}
		return command.All(r, routes.ListProfiles, in)
	}, "NAME REACHES POCKETS APT-SOURCES GROUP TITLE", func(p profiles.Profile) []string {
		return []string{p.Name, reach(p), strconv.Itoa(len(p.Pockets)), strconv.Itoa(len(p.APTSources)), p.AccessGroup, p.Title}
	})
}

// reach returns the machines that a profile applies to: all, none or their tags.
func reach(p profiles.Profile) string {
	switch {
	case p.AllComputers:
		return "all"
	case len(p.Tags) == 0:
		return "none"
	}
	return strings.Join(p.Tags, ",")
}

func showProfile(r *command.Run, shown profiles.Profile) {
	pockets, sources := make([]string, len(shown.Pockets)), make([]string, len(shown.APTSources))
	for i, at := range shown.Pockets {
		pockets[i] = at.Path().String()
	}
	for i, s := range shown.APTSources {
		sources[i] = s.Name
	}
	r.Details("Name", shown.Name, "Title", shown.Title, "Description", shown.Description, "Access group", shown.AccessGroup,
		"All computers", command.Yes(shown.AllComputers), "Tags", strings.Join(shown.Tags, " "), "Pockets", strings.Join(pockets, " "),
		"APT sources", strings.Join(sources, " "), "Created", command.Moment(shown.CreatedAt))
}

func profileShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show NAME", Short: "Show a repository profile", Example: "  aptarium profile show web-servers", Complete: []command.Words{profileNames},
	}, routes.GetProfile, command.Named, showProfile)
}

func profileEdit(p *command.Program) *cobra.Command {
	var e profiles.ProfileEdit
	return command.Edit(p, command.Spec{
		Use: "edit NAME", Short: "Change a repository profile", Example: "  aptarium profile edit web-servers --title 'Web and proxy servers'",
		Complete: []command.Words{profileNames},
		Flags: func(f command.Flags) {
			command.Optional(f, f.String, &e.Title, "title", "new title")
			command.Optional(f, f.String, &e.Description, "description", "new description")
		},
	}, routes.EditProfile, &e, showProfile)
}

func profileDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop NAME", Short: "Drop a repository profile", Example: "  aptarium profile drop web-servers", Complete: []command.Words{profileNames},
	}, routes.DropProfile, command.Named, "Dropped the profile %s.")
}

func profileAssociate(p *command.Program) *cobra.Command {
	return changeReach(p, routes.AssociateProfile, command.Spec{
		Use: "associate NAME --tag TAG|--all-computers", Short: "Associate a profile with tags or all machines",
		Long: `Apply a repository profile also to the machines with some tags, or to every machine of
its access group. While it applies to all, its tags stay and have no effect.`,
		Example: `  aptarium profile associate web-servers --tag web --tag proxy
  aptarium profile associate base --all-computers`,
	})
}

func profileDisassociate(p *command.Program) *cobra.Command {
	return changeReach(p, routes.DisassociateProfile, command.Spec{
		Use: "disassociate NAME --tag TAG|--all-computers", Short: "Remove tags from a repository profile",
		Example: "  aptarium profile disassociate web-servers --tag proxy\n  aptarium profile disassociate base --all-computers",
	})
}

// changeReach returns a command that changes the machines that a profile applies to.
func changeReach(p *command.Program, route routes.Route[routes.NamedBody[profiles.Association], profiles.Profile], spec command.Spec) *cobra.Command {
	var in profiles.Association
	spec.Complete = []command.Words{profileNames}
	spec.Flags = func(f command.Flags) {
		f.Strings(&in.Tags, "tag", "tag of machines; may be given several times")
		f.Bool(&in.AllComputers, "all-computers", "every machine of the access group")
		f.Exclusive("tag", "all-computers")
		f.OneRequired("tag", "all-computers")
	}
	return command.Ask(p, spec, route, func(r *command.Run) routes.NamedBody[profiles.Association] { return routes.SendTo(r.Args[0], in) }, showProfile)
}

func profileSources(p *command.Program) *cobra.Command {
	var oneLine bool
	return command.Ask(p, command.Spec{
		Use:   "sources NAME",
		Short: "Show the APT sources of a profile",
		Long: `Write the sources of a repository profile as apt reads them: a file for
/etc/apt/sources.list.d whose name ends in .sources, with the keys. With --one-line, the
name must end in .list; the keys belong into the files that the lines name, and --json
shows them.`,
		Example:  "  aptarium profile sources web-servers > /etc/apt/sources.list.d/web-servers.sources",
		Complete: []command.Words{profileNames},
		Flags:    func(f command.Flags) { f.Bool(&oneLine, "one-line", "write the one-line form") },
	}, routes.GetProfileSources, command.Named, func(r *command.Run, found profiles.ProfileSources) {
		text := found.Sources
		if oneLine {
			text = found.List
		}
		fmt.Fprint(r.Out, text)
	})
}
