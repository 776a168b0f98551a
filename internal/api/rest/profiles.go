package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
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
	}) (usecase.List[profiles.Profile], error) {
		f := profiles.Filter{Tag: in.Tag, APTSource: in.APTSource, AccessGroup: in.AccessGroup, Text: in.Text}
		if in.Pocket != "" {
			words := strings.SplitN(in.Pocket, "/", 3)
			words = append(words, "", "")
			f.Pocket = pockets.Path{Distribution: words[0], Series: words[1], Pocket: words[2]}
		}
		return s.app.Profiles.List(ctx, f, in.page())
	})
	handle(s, post("create-profile", "/v1/profiles", "Make a repository profile", http.StatusCreated), func(ctx context.Context, in *struct{ Body profiles.NewProfile }) (profiles.Profile, error) {
		return s.app.Profiles.Create(ctx, in.Body)
	})
	handle(s, get("get-profile", one, "Get a repository profile"), func(ctx context.Context, in *Named) (profiles.Profile, error) {
		return s.app.Profiles.Get(ctx, in.Name)
	})
	handle(s, patch("edit-profile", one, "Change the title or the description of a repository profile"), func(ctx context.Context, in *struct {
		Named
		Body profiles.ProfileEdit
	}) (profiles.Profile, error) {
		return s.app.Profiles.Edit(ctx, in.Name, in.Body)
	})
	handleEmpty(s, remove("drop-profile", one, "Forget a repository profile"), func(ctx context.Context, in *Named) error {
		return s.app.Profiles.Drop(ctx, in.Name)
	})
	s.profileMembers()
}

// profileMembers adds the routes of what a profile has and whom it reaches.
func (s *service) profileMembers() {
	const one = "/v1/profiles/{name}"
	type association struct {
		Named
		Body profiles.Association
	}
	handle(s, post("associate-profile", one+"/associate", "Have a repository profile reach machines with some tags too, or all", http.StatusOK), func(ctx context.Context, in *association) (profiles.Profile, error) {
		return s.app.Profiles.Associate(ctx, in.Name, in.Body)
	})
	handle(s, post("disassociate-profile", one+"/disassociate", "Take tags from a repository profile, or have it reach only machines with its tags", http.StatusOK), func(ctx context.Context, in *association) (profiles.Profile, error) {
		return s.app.Profiles.Disassociate(ctx, in.Name, in.Body)
	})
	handle(s, post("add-profile-pockets", one+"/pockets", "Give pockets to a repository profile", http.StatusOK), func(ctx context.Context, in *struct {
		Named
		Body profiles.SeriesPockets
	}) (profiles.Profile, error) {
		return s.app.Profiles.AddPockets(ctx, in.Name, in.Body)
	})
	handle(s, remove("remove-profile-pocket", one+"/pockets/{distribution}/{series}/{pocket}", "Take a pocket from a repository profile"), func(ctx context.Context, in *struct {
		Named
		Distribution string `path:"distribution" maxLength:"200"`
		Series       string `path:"series" maxLength:"200"`
		Pocket       string `path:"pocket" maxLength:"200"`
	}) (profiles.Profile, error) {
		return s.app.Profiles.RemovePockets(ctx, in.Name, profiles.SeriesPockets{Distribution: in.Distribution, Series: in.Series, Pockets: []string{in.Pocket}})
	})
	handle(s, get("get-profile-sources", one+"/sources", "Get what a machine with a repository profile gets, as apt reads it"), func(ctx context.Context, in *Named) (profiles.ProfileSources, error) {
		return s.app.Profiles.Sources(ctx, in.Name)
	})
	handle(s, post("add-profile-sources", one+"/apt-sources", "Give APT sources to a repository profile", http.StatusOK), func(ctx context.Context, in *struct {
		Named
		Body SourceNames
	}) (profiles.Profile, error) {
		return s.app.Profiles.AddSources(ctx, in.Name, in.Body.APTSources)
	})
	handle(s, remove("remove-profile-source", one+"/apt-sources/{source}", "Take an APT source from a repository profile"), func(ctx context.Context, in *struct {
		Named
		Source string `path:"source" maxLength:"200"`
	}) (profiles.Profile, error) {
		return s.app.Profiles.RemoveSources(ctx, in.Name, []string{in.Source})
	})
}
