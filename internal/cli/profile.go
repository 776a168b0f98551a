package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// profile is the commands about repository profiles.
func (p *program) profile() *cobra.Command {
	return group(&cobra.Command{Use: "profile", Short: "Manage profiles: APT sources for tagged machines", Example: `  aptarium profile create 'Web servers'
  aptarium profile add-pockets web-servers ubuntu/noble/release ubuntu/noble/updates
  aptarium profile associate web-servers --tag web
  aptarium profile sources web-servers`},
		p.profileCreate(), p.profileList(), p.profileShow(), p.profileEdit(), p.profileDrop(),
		p.profileAssociate(true), p.profileAssociate(false),
		p.profileAddPockets(), p.profileRemovePockets(), p.profileAddSources(), p.profileRemoveSources(), p.profileSources())
}

func (p *program) profileCreate() *cobra.Command {
	var in profiles.NewProfile
	c := &cobra.Command{
		Use:   "create TITLE",
		Short: "Create a repository profile",
		Long: `Make a repository profile, and tell its name: the title in small letters with
dashes for spaces, and with a number behind it if another profile has that name.

It has nothing yet and reaches no machine; see the other commands of profile.`,
		Example: "  aptarium profile create 'Web servers' --description 'What the web team runs'",
		Args:    exactly("TITLE"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Description, "description", "", "what it is for")
	c.Flags().StringVar(&in.AccessGroup, "access-group", "", "access group that it belongs to (default global)")
	c.RunE = answering(p, func(ctx context.Context, s *session, args []string) (profiles.Profile, error) {
		in.Title = args[0]
		return client.Call(ctx, s.Client, routes.CreateProfile, routes.Send(in))
	}, func(w io.Writer, made profiles.Profile) { fmt.Fprintf(w, "Created the profile %s.\n", made.Name) })
	return c
}

func (p *program) profileList() *cobra.Command {
	var in routes.ListProfilesInput
	c := &cobra.Command{
		Use: "list", Short: "List repository profiles", Example: "  aptarium profile list --tag web", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Tag, "tag", "", "those that have this tag")
	c.Flags().StringVar(&in.Pocket, "pocket", "", "those that have this pocket: DISTRIBUTION/SERIES/POCKET")
	c.Flags().StringVar(&in.APTSource, "apt-source", "", "those that have this APT source")
	c.Flags().StringVar(&in.AccessGroup, "access-group", "", "those of this access group")
	c.Flags().StringVar(&in.Text, "filter", "", "those with this in the name or the title")
	completeFlag(c, "apt-source", p.aptSourceNames())
	c.RunE = func(c *cobra.Command, _ []string) error {
		if in.Pocket != "" && strings.Count(in.Pocket, "/") != 2 {
			return usage(c, "--pocket is not DISTRIBUTION/SERIES/POCKET")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListProfiles, in)
		return table(p, all, "NAME REACHES POCKETS APT-SOURCES GROUP TITLE", func(r profiles.Profile) []string {
			return []string{r.Name, reach(r), fmt.Sprint(len(r.Pockets)), fmt.Sprint(len(r.APTSources)), r.AccessGroup, r.Title}
		})
	}
	return c
}

// reach tells whom a profile reaches.
func reach(r profiles.Profile) string {
	switch {
	case r.AllComputers:
		return "all"
	case len(r.Tags) == 0:
		return "none"
	}
	return strings.Join(r.Tags, ",")
}

// profileCommand makes a command about one profile, which it shows afterwards.
func (p *program) profileCommand(c *cobra.Command, do func(ctx context.Context, s *session, args []string) (profiles.Profile, error)) *cobra.Command {
	c.RunE = answering(p, do, showProfile)
	return c
}

func showProfile(w io.Writer, r profiles.Profile) {
	pockets, sources := make([]string, len(r.Pockets)), make([]string, len(r.APTSources))
	for i, at := range r.Pockets {
		pockets[i] = at.Path().String()
	}
	for i, s := range r.APTSources {
		sources[i] = s.Name
	}
	details(w, "Name", r.Name, "Title", r.Title, "Description", r.Description, "Access group", r.AccessGroup, "All computers", yes(r.AllComputers),
		"Tags", strings.Join(r.Tags, " "), "Pockets", strings.Join(pockets, " "), "APT sources", strings.Join(sources, " "), "Created", moment(r.CreatedAt))
}

func (p *program) profileShow() *cobra.Command {
	return p.profileCommand(&cobra.Command{
		Use: "show NAME", Short: "Show a repository profile", Example: "  aptarium profile show web-servers",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.profileNames()),
	}, func(ctx context.Context, s *session, args []string) (profiles.Profile, error) {
		return client.Call(ctx, s.Client, routes.GetProfile, routes.Named{Name: args[0]})
	})
}

func (p *program) profileEdit() *cobra.Command {
	var title, description string
	c := &cobra.Command{
		Use: "edit NAME", Short: "Change a repository profile",
		Example: "  aptarium profile edit web-servers --title 'Web and proxy servers'",
		Args:    exactly("NAME"), ValidArgsFunction: only(1, p.profileNames()),
	}
	c.Flags().StringVar(&title, "title", "", "new title")
	c.Flags().StringVar(&description, "description", "", "new description")
	return p.profileCommand(c, func(ctx context.Context, s *session, args []string) (profiles.Profile, error) {
		return client.Call(ctx, s.Client, routes.EditProfile, routes.SendTo(args[0], profiles.ProfileEdit{Title: given(c, "title", &title), Description: given(c, "description", &description)}))
	})
}

// given gives the value of a flag if it was given.
func given(c *cobra.Command, flag string, value *string) *string {
	if !c.Flags().Changed(flag) {
		return nil
	}
	return value
}

func (p *program) profileDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop a repository profile", Example: "  aptarium profile drop web-servers",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.profileNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return client.Do(c.Context(), s.Client, routes.DropProfile, routes.Named{Name: args[0]})
		},
	}
}

func (p *program) profileAssociate(on bool) *cobra.Command {
	var in profiles.Association
	c := &cobra.Command{
		Use: "associate NAME --tag TAG|--all-computers", Short: "Associate a profile with tags or all machines",
		Long: `Have a repository profile reach the machines with some tags too, or every machine of
its access group. While it reaches all, its tags stay and mean nothing.`,
		Example: `  aptarium profile associate web-servers --tag web --tag proxy
  aptarium profile associate base --all-computers`,
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.profileNames()),
	}
	if !on {
		c.Use, c.Short = "disassociate NAME --tag TAG|--all-computers", "Remove tags from a repository profile"
		c.Long, c.Example = "", "  aptarium profile disassociate web-servers --tag proxy\n  aptarium profile disassociate base --all-computers"
	}
	c.Flags().StringArrayVar(&in.Tags, "tag", nil, "tag of machines (repeatable)")
	c.Flags().BoolVar(&in.AllComputers, "all-computers", false, "every machine of the access group")
	c.MarkFlagsMutuallyExclusive("tag", "all-computers")
	c.MarkFlagsOneRequired("tag", "all-computers")
	return p.profileCommand(c, func(ctx context.Context, s *session, args []string) (profiles.Profile, error) {
		if on {
			return client.Call(ctx, s.Client, routes.AssociateProfile, routes.SendTo(args[0], in))
		}
		return client.Call(ctx, s.Client, routes.DisassociateProfile, routes.SendTo(args[0], in))
	})
}

func (p *program) profileAddPockets() *cobra.Command {
	return p.profileCommand(&cobra.Command{
		Use: "add-pockets NAME DISTRIBUTION/SERIES/POCKET...", Short: "Add pockets to a repository profile", Example: "  aptarium profile add-pockets web-servers ubuntu/noble/release ubuntu/noble/updates",
		Args: atLeast("NAME", pocketArg), ValidArgsFunction: then(p.profileNames(), p.pocketNames()),
	}, func(ctx context.Context, s *session, args []string) (profiles.Profile, error) {
		return eachPocket(args[1:], func(at pockets.Path) (profiles.Profile, error) {
			return client.Call(ctx, s.Client, routes.AddProfilePockets, routes.SendTo(args[0], profiles.SeriesPockets{Distribution: at.Distribution, Series: at.Series, Pockets: []string{at.Pocket}}))
		})
	})
}

func (p *program) profileRemovePockets() *cobra.Command {
	return p.profileCommand(&cobra.Command{
		Use: "remove-pockets NAME DISTRIBUTION/SERIES/POCKET...", Short: "Remove pockets from a repository profile", Example: "  aptarium profile remove-pockets web-servers ubuntu/noble/updates",
		Args: atLeast("NAME", pocketArg), ValidArgsFunction: then(p.profileNames(), p.pocketNames()),
	}, func(ctx context.Context, s *session, args []string) (profiles.Profile, error) {
		return eachPocket(args[1:], func(at pockets.Path) (profiles.Profile, error) {
			return client.Call(ctx, s.Client, routes.RemoveProfilePocket, routes.RemoveProfilePocketInput{
				Named: routes.Named{Name: args[0]}, Distribution: at.Distribution, Series: at.Series, Pocket: at.Pocket,
			})
		})
	})
}

// eachPocket does something to a profile for each of some pockets, all of which must be
// written as pockets before it begins.
func eachPocket(args []string, do func(pockets.Path) (profiles.Profile, error)) (r profiles.Profile, err error) {
	paths := make([]pockets.Path, len(args))
	for i, arg := range args {
		if paths[i], err = pockets.ParsePath(pocketArg, arg); err != nil {
			return r, err
		}
	}
	for _, at := range paths {
		if r, err = do(at); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (p *program) profileSources() *cobra.Command {
	var oneLine bool
	c := &cobra.Command{
		Use:   "sources NAME",
		Short: "Show the APT sources of a profile",
		Long: `Write what a machine with a repository profile gets, as apt reads it: a file for
/etc/apt/sources.list.d that ends in .sources and has the keys in it. With --one-line
it is one that ends in .list; then the keys belong into the files that the lines name,
and with --json they come along.`,
		Example: "  aptarium profile sources web-servers > /etc/apt/sources.list.d/web-servers.sources",
		Args:    exactly("NAME"), ValidArgsFunction: only(1, p.profileNames()),
	}
	c.Flags().BoolVar(&oneLine, "one-line", false, "in the one-line form")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		found, err := client.Call(c.Context(), s.Client, routes.GetProfileSources, routes.Named{Name: args[0]})
		if err != nil {
			return err
		}
		return p.show(found, func(w io.Writer) {
			text := found.Sources
			if oneLine {
				text = found.List
			}
			fmt.Fprint(w, text)
		})
	}
	return c
}

func (p *program) profileAddSources() *cobra.Command {
	return p.profileCommand(&cobra.Command{
		Use: "add-sources NAME SOURCE...", Short: "Add APT sources to a repository profile", Example: "  aptarium profile add-sources web-servers nginx",
		Args: atLeast("NAME", "SOURCE"), ValidArgsFunction: first(p.profileNames(), p.aptSourceNames()),
	}, func(ctx context.Context, s *session, args []string) (profiles.Profile, error) {
		return client.Call(ctx, s.Client, routes.AddProfileSources, routes.SendTo(args[0], routes.SourceNames{APTSources: args[1:]}))
	})
}

func (p *program) profileRemoveSources() *cobra.Command {
	return p.profileCommand(&cobra.Command{
		Use: "remove-sources NAME SOURCE...", Short: "Remove APT sources from a repository profile", Example: "  aptarium profile remove-sources web-servers nginx",
		Args: atLeast("NAME", "SOURCE"), ValidArgsFunction: first(p.profileNames(), p.aptSourceNames()),
	}, func(ctx context.Context, s *session, args []string) (r profiles.Profile, err error) {
		for _, source := range args[1:] {
			if r, err = client.Call(ctx, s.Client, routes.RemoveProfileSource, routes.RemoveProfileSourceInput{Named: routes.Named{Name: args[0]}, Source: source}); err != nil {
				return r, err
			}
		}
		return r, nil
	})
}

// first completes the first argument in one way and the others in another.
func first(one, others completer) completer {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return one(c, args, typed)
		}
		return others(c, args, typed)
	}
}

// profileNames completes names of repository profiles.
func (p *program) profileNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListProfiles, routes.ListProfilesInput{})
		return words(all, func(r profiles.Profile) string { return r.Name })
	})
}
