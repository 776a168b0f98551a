package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of repository profiles, APT sources and saved searches.
var (
	ListProfiles        = get[ListProfilesInput, usecase.List[profiles.Profile]]("list-profiles", "/v1/profiles", "List repository profiles by name")
	CreateProfile       = post[Body[profiles.NewProfile], profiles.Profile]("create-profile", "/v1/profiles", "Create a repository profile", http.StatusCreated)
	GetProfile          = get[Named, profiles.Profile]("get-profile", "/v1/profiles/{name}", "Get a repository profile")
	EditProfile         = patch[NamedBody[profiles.ProfileEdit], profiles.Profile]("edit-profile", "/v1/profiles/{name}", "Change the title or the description of a repository profile")
	DropProfile         = drop[Named]("drop-profile", "/v1/profiles/{name}", "Forget a repository profile")
	AssociateProfile    = post[NamedBody[profiles.Association], profiles.Profile]("associate-profile", "/v1/profiles/{name}/associate", "Have a repository profile reach machines with some tags too, or all", http.StatusOK)
	DisassociateProfile = post[NamedBody[profiles.Association], profiles.Profile]("disassociate-profile", "/v1/profiles/{name}/disassociate", "Remove tags from a repository profile, or apply it only to machines with its tags", http.StatusOK)
	AddProfilePockets   = post[NamedBody[profiles.SeriesPockets], profiles.Profile]("add-profile-pockets", "/v1/profiles/{name}/pockets", "Give pockets to a repository profile", http.StatusOK)
	RemoveProfilePocket = remove[RemoveProfilePocketInput, profiles.Profile]("remove-profile-pocket", "/v1/profiles/{name}/pockets/{distribution}/{series}/{pocket}", "Remove a pocket from a repository profile")
	GetProfileSources   = get[Named, profiles.ProfileSources]("get-profile-sources", "/v1/profiles/{name}/sources", "Get what a machine with a repository profile gets, as apt reads it")
	AddProfileSources   = post[NamedBody[SourceNames], profiles.Profile]("add-profile-sources", "/v1/profiles/{name}/apt-sources", "Give APT sources to a repository profile", http.StatusOK)
	RemoveProfileSource = remove[RemoveProfileSourceInput, profiles.Profile]("remove-profile-source", "/v1/profiles/{name}/apt-sources/{source}", "Remove an APT source from a repository profile")
	ListAPTSources      = get[ListAPTSourcesInput, usecase.List[profiles.APTSource]]("list-apt-sources", "/v1/apt-sources", "List APT sources by name")
	CreateAPTSource     = post[Body[profiles.NewAPTSource], profiles.APTSource]("create-apt-source", "/v1/apt-sources", "Keep a line of sources.list for an archive elsewhere", http.StatusCreated)
	GetAPTSource        = get[Named, profiles.APTSource]("get-apt-source", "/v1/apt-sources/{name}", "Get an APT source")
	EditAPTSource       = patch[NamedBody[profiles.APTSourceEdit], profiles.APTSource]("edit-apt-source", "/v1/apt-sources/{name}", "Change the line or the key of an APT source")
	DropAPTSource       = drop[Named]("drop-apt-source", "/v1/apt-sources/{name}", "Forget an APT source that no repository profile has")
	ListSavedSearches   = get[ListSavedSearchesInput, usecase.List[profiles.SavedSearch]]("list-saved-searches", "/v1/saved-searches", "List saved searches by name")
	CreateSavedSearch   = post[Body[profiles.NewSavedSearch], profiles.SavedSearch]("create-saved-search", "/v1/saved-searches", "Keep a query for machines under a name", http.StatusCreated)
	GetSavedSearch      = get[Named, profiles.SavedSearch]("get-saved-search", "/v1/saved-searches/{name}", "Get a saved search")
	EditSavedSearch     = patch[NamedBody[profiles.SavedSearchEdit], profiles.SavedSearch]("edit-saved-search", "/v1/saved-searches/{name}", "Change the title or the query of a saved search")
	DropSavedSearch     = drop[Named]("drop-saved-search", "/v1/saved-searches/{name}", "Forget a saved search")
)

// SourceNames names APT sources.
type SourceNames struct {
	APTSources []string `json:"apt_sources" minItems:"1" maxItems:"500"`
}

// ListProfilesInput is the input of [ListProfiles].
type ListProfilesInput struct {
	Paging
	Tag         string `query:"tag" doc:"That have this tag"`
	Pocket      string `query:"pocket" doc:"That have this pocket, DISTRIBUTION/SERIES/POCKET" maxLength:"400"`
	APTSource   string `query:"apt_source" doc:"That have the APT source of this name"`
	AccessGroup string `query:"access_group"`
	Text        string `query:"q" doc:"In the name or the title, whatever the case" maxLength:"200"`
}

// RemoveProfilePocketInput is the input of [RemoveProfilePocket].
type RemoveProfilePocketInput struct {
	Named
	Distribution string `path:"distribution" maxLength:"200"`
	Series       string `path:"series" maxLength:"200"`
	Pocket       string `path:"pocket" maxLength:"200"`
}

// RemoveProfileSourceInput is the input of [RemoveProfileSource].
type RemoveProfileSourceInput struct {
	Named
	Source string `path:"source" maxLength:"200"`
}

// ListAPTSourcesInput is the input of [ListAPTSources].
type ListAPTSourcesInput struct {
	Paging
	Profile     string `query:"profile" doc:"That the repository profile of this name has"`
	AccessGroup string `query:"access_group"`
	Text        string `query:"q" doc:"In the name or the line, whatever the case" maxLength:"200"`
}

// ListSavedSearchesInput is the input of [ListSavedSearches].
type ListSavedSearchesInput struct {
	Paging
	Text string `query:"q" doc:"In the name or the title, whatever the case" maxLength:"200"`
}
