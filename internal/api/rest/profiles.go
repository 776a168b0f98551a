package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/app"
)

// SourceNames names APT sources.
type SourceNames struct {
	APTSources []string `json:"apt_sources" minItems:"1" maxItems:"500"`
}

// profiles adds /v1/profiles.
func (s *service) profiles() {
	const one = "/v1/profiles/{name}"
	handle(s, get("list-profiles", "/v1/profiles", "List repository profiles by name"), func(ctx context.Context, in *struct {
		Paging
		Tag         string `query:"tag" doc:"That have this tag"`
		Pocket      string `query:"pocket" doc:"That have this pocket, DISTRIBUTION/SERIES/POCKET" maxLength:"400"`
		APTSource   string `query:"apt_source" doc:"That have the APT source of this name"`
		AccessGroup string `query:"access_group"`
		Text        string `query:"q" doc:"In the name or the title, whatever the case" maxLength:"200"`
	}) (app.List[app.Profile], error) {
		f := app.ProfileFilter{Tag: in.Tag, APTSource: in.APTSource, AccessGroup: in.AccessGroup, Text: in.Text}
		if in.Pocket != "" {
			words := strings.SplitN(in.Pocket, "/", 3)
			words = append(words, "", "")
			f.Pocket = app.PocketPath{Distribution: words[0], Series: words[1], Pocket: words[2]}
		}
		return s.app.Profiles(ctx, f, in.page())
	})
	handle(s, post("create-profile", "/v1/profiles", "Make a repository profile", http.StatusCreated), func(ctx context.Context, in *struct{ Body app.NewProfile }) (app.Profile, error) {
		return s.app.CreateProfile(ctx, in.Body)
	})
	handle(s, get("get-profile", one, "Get a repository profile"), func(ctx context.Context, in *Named) (app.Profile, error) {
		return s.app.Profile(ctx, in.Name)
	})
	handle(s, patch("edit-profile", one, "Change the title or the description of a repository profile"), func(ctx context.Context, in *struct {
		Named
		Body app.ProfileEdit
	}) (app.Profile, error) {
		return s.app.EditProfile(ctx, in.Name, in.Body)
	})
	handleEmpty(s, remove("drop-profile", one, "Forget a repository profile"), func(ctx context.Context, in *Named) error {
		return s.app.DropProfiles(ctx, in.Name)
	})
	s.profileMembers()
}

// profileMembers adds the routes of what a profile has and whom it reaches.
func (s *service) profileMembers() {
	const one = "/v1/profiles/{name}"
	type association struct {
		Named
		Body app.Association
	}
	handle(s, post("associate-profile", one+"/associate", "Have a repository profile reach machines with some tags too, or all", http.StatusOK), func(ctx context.Context, in *association) (app.Profile, error) {
		return s.app.AssociateProfile(ctx, in.Name, in.Body)
	})
	handle(s, post("disassociate-profile", one+"/disassociate", "Take tags from a repository profile, or have it reach only machines with its tags", http.StatusOK), func(ctx context.Context, in *association) (app.Profile, error) {
		return s.app.DisassociateProfile(ctx, in.Name, in.Body)
	})
	handle(s, post("add-profile-pockets", one+"/pockets", "Give pockets to a repository profile", http.StatusOK), func(ctx context.Context, in *struct {
		Named
		Body app.SeriesPockets
	}) (app.Profile, error) {
		return s.app.AddPocketsToProfile(ctx, in.Name, in.Body)
	})
	handle(s, remove("remove-profile-pocket", one+"/pockets/{distribution}/{series}/{pocket}", "Take a pocket from a repository profile"), func(ctx context.Context, in *struct {
		Named
		Distribution string `path:"distribution" maxLength:"200"`
		Series       string `path:"series" maxLength:"200"`
		Pocket       string `path:"pocket" maxLength:"200"`
	}) (app.Profile, error) {
		return s.app.RemovePocketsFromProfile(ctx, in.Name, app.SeriesPockets{Distribution: in.Distribution, Series: in.Series, Pockets: []string{in.Pocket}})
	})
	handle(s, get("get-profile-sources", one+"/sources", "Get what a machine with a repository profile gets, as apt reads it"), func(ctx context.Context, in *Named) (app.ProfileSources, error) {
		return s.app.ProfileSources(ctx, in.Name)
	})
	handle(s, post("add-profile-sources", one+"/apt-sources", "Give APT sources to a repository profile", http.StatusOK), func(ctx context.Context, in *struct {
		Named
		Body SourceNames
	}) (app.Profile, error) {
		return s.app.AddSourcesToProfile(ctx, in.Name, in.Body.APTSources)
	})
	handle(s, remove("remove-profile-source", one+"/apt-sources/{source}", "Take an APT source from a repository profile"), func(ctx context.Context, in *struct {
		Named
		Source string `path:"source" maxLength:"200"`
	}) (app.Profile, error) {
		return s.app.RemoveSourcesFromProfile(ctx, in.Name, []string{in.Source})
	})
}
