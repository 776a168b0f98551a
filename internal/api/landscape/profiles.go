package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func profileActions() []Action {
	const group = "Repository profiles"
	return []Action{
		action(Action{
			Name: "CreateRepositoryProfile", Group: group,
			Doc: "Create a repository profile, which has nothing yet and reaches no computer. Its name is the title in lower case, with dashes for spaces; " +
				"if another profile has that name, a number follows.",
			Errors:  []string{codeUnknownAccessGroup, codeInvalidParameterValue, codeUnauthorised},
			Returns: "The profile.",
		}, createRepositoryProfile),
		action(Action{
			Name: "GetRepositoryProfiles", Group: group,
			Doc:     "List repository profiles by name: all, or those that are named. A name that is not known is passed over.",
			Returns: "A list of profiles.",
		}, getRepositoryProfiles),
		action(Action{
			Name: "EditRepositoryProfile", Group: group,
			Doc:     "Change the title or the description of a repository profile, or both. Its name stays.",
			Errors:  []string{codeUnknownRepositoryProfile, codeInvalidParameterCombination, codeUnauthorised},
			Returns: "The profile.",
		}, editRepositoryProfile),
		action(Action{
			Name: "RemoveRepositoryProfile", Group: group,
			Doc:    "Remove a repository profile.",
			Errors: []string{codeUnknownRepositoryProfile, codeUnauthorised},
		}, removeRepositoryProfile),
		action(Action{
			Name: "RemoveRepositoryProfiles", Group: group,
			Doc:    "Remove repository profiles: all that are named, or with an error none. Deprecated: use RemoveRepositoryProfile.",
			Errors: []string{codeUnknownRepositoryProfile, codeUnauthorised},
		}, removeRepositoryProfiles),
		action(Action{
			Name: "AssociateRepositoryProfile", Group: group,
			Doc: "Associate a repository profile with the computers that have one of some tags, or with all computers of its access group. " +
				"While it is associated with all, its tags stay and mean nothing.",
			Errors:  []string{codeUnknownRepositoryProfile, codeInvalidParameterCombination, codeInvalidParameterValue, codeUnauthorised},
			Returns: "The profile.",
		}, associateRepositoryProfile),
		action(Action{
			Name: "DisassociateRepositoryProfile", Group: group,
			Doc:     "Take tags from a repository profile; or associate it no longer with all computers, but with those that have one of its tags.",
			Errors:  []string{codeUnknownRepositoryProfile, codeUnknownTag, codeInvalidParameterCombination, codeUnauthorised},
			Returns: "The profile.",
		}, disassociateRepositoryProfile),
		action(Action{
			Name: "AddPocketsToRepositoryProfile", Group: group,
			Doc:     "Add pockets of a series to a repository profile. Those that it has already stay.",
			Errors:  profilePocketErrors(),
			Returns: "The profile.",
		}, addPocketsToRepositoryProfile),
		action(Action{
			Name: "RemovePocketsFromRepositoryProfile", Group: group,
			Doc:     "Remove pockets of a series from a repository profile. Those that it does not have are passed over.",
			Errors:  profilePocketErrors(),
			Returns: "The profile.",
		}, removePocketsFromRepositoryProfile),
		action(Action{
			Name: "AddAPTSourcesToRepositoryProfile", Group: group,
			Doc:     "Add APT sources to a repository profile. Those that it has already stay.",
			Errors:  profileSourceErrors(),
			Returns: "The profile.",
		}, addAPTSourcesToRepositoryProfile),
		action(Action{
			Name: "RemoveAPTSourceFromRepositoryProfile", Group: group,
			Doc:     "Remove an APT source from a repository profile. One that it does not have is passed over.",
			Errors:  profileSourceErrors(),
			Returns: "The profile.",
		}, removeAPTSourceFromRepositoryProfile),
		action(Action{
			Name: "RemoveAPTSourcesFromRepositoryProfile", Group: group,
			Doc:     "Remove APT sources from a repository profile. Deprecated: use RemoveAPTSourceFromRepositoryProfile.",
			Errors:  profileSourceErrors(),
			Returns: "The profile.",
		}, removeAPTSourcesFromRepositoryProfile),
	}
}

func profilePocketErrors() []string {
	return []string{codeUnknownRepositoryProfile, codeUnknownPocket, codeUnknownSeries, codeUnknownDistribution, codeUnauthorised}
}

func profileSourceErrors() []string {
	return []string{codeUnknownRepositoryProfile, codeUnknownAPTSource, codeUnauthorised}
}

// shownProfile is a repository profile as clients see it.
type shownProfile struct {
	ID           int64            `json:"id"`
	Name         string           `json:"name"`
	Title        string           `json:"title"`
	Description  string           `json:"description"`
	AccessGroup  string           `json:"access_group"`
	AllComputers bool             `json:"all_computers"`
	Tags         []string         `json:"tags"`
	Pockets      []shownPlace     `json:"pockets"`
	APTSources   []shownAPTSource `json:"apt_sources"`
}

// shownPlace is a pocket with its series and distribution, which [shownPocket] does not
// have.
type shownPlace struct {
	shownPocket
	Series       named `json:"series"`
	Distribution named `json:"distribution"`
}

type named struct {
	Name string `json:"name"`
}

func showProfile(p profiles.Profile) shownProfile {
	return shownProfile{
		ID: p.ID, Name: p.Name, Title: p.Title, Description: p.Description, AccessGroup: p.AccessGroup, AllComputers: p.AllComputers, Tags: p.Tags,
		Pockets: usecase.Map(p.Pockets, func(p pockets.Pocket) shownPlace {
			return shownPlace{shownPocket: showPocket(p), Series: named{p.Series}, Distribution: named{p.Distribution}}
		}),
		APTSources: usecase.Map(p.APTSources, showAPTSource),
	}
}

// answerProfile returns the result of actions on a profile.
func answerProfile(p profiles.Profile, err error) (any, error) {
	return showProfile(p), theirWords(err)
}

func createRepositoryProfile(ctx context.Context, c *call, in struct {
	Title       string `param:"title,title" doc:"The title."`
	Description string `param:"description,optional" doc:"What it is for."`
	AccessGroup string `param:"access_group,optional" default:"global" doc:"The access group that it belongs to."`
}) (any, error) {
	return answerProfile(c.app.Profiles.Create(ctx, profiles.NewProfile(in)))
}

func getRepositoryProfiles(ctx context.Context, c *call, in struct {
	Names []string `param:"names,optional" doc:"The names of the profiles; all if there are none."`
}) (any, error) {
	return every(ctx, func(ctx context.Context, page usecase.Page) (usecase.List[profiles.Profile], error) {
		return c.app.Profiles.List(ctx, profiles.Filter{Names: in.Names}, page)
	}, showProfile)
}

func editRepositoryProfile(ctx context.Context, c *call, in struct {
	Name        string  `param:"name" doc:"The name of the profile."`
	Title       *string `param:"title,optional,title" doc:"Its title from now on."`
	Description *string `param:"description,optional" doc:"What it is for, from now on."`
}) (any, error) {
	return answerProfile(c.app.Profiles.Edit(ctx, in.Name, profiles.ProfileEdit{Title: in.Title, Description: in.Description}))
}

func removeRepositoryProfile(ctx context.Context, c *call, in struct {
	Name string `param:"name" doc:"The name of the profile."`
}) (any, error) {
	return nil, c.app.Profiles.Drop(ctx, in.Name)
}

func removeRepositoryProfiles(ctx context.Context, c *call, in struct {
	Names []string `param:"names" doc:"The names of the profiles."`
}) (any, error) {
	return nil, c.app.Profiles.Drop(ctx, in.Names...)
}
