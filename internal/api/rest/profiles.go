package rest

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// profiles adds /v1/profiles.
func (s *service) profiles() {
	handle(s, routes.ListProfiles, func(ctx context.Context, in *routes.ListProfilesInput) (usecase.List[profiles.Profile], error) {
		f := profiles.Filter{Tag: in.Tag, APTSource: in.APTSource, AccessGroup: in.AccessGroup, Text: in.Text}
		if in.Pocket != "" {
			words := strings.SplitN(in.Pocket, "/", 3)
			words = append(words, "", "")
			f.Pocket = pockets.Path{Distribution: words[0], Series: words[1], Pocket: words[2]}
		}
		return s.app.Profiles.List(ctx, f, in.Page())
	})
	handle(s, routes.CreateProfile, func(ctx context.Context, in *routes.Body[profiles.NewProfile]) (profiles.Profile, error) {
		return s.app.Profiles.Create(ctx, in.Body)
	})
	handle(s, routes.GetProfile, func(ctx context.Context, in *routes.Named) (profiles.Profile, error) {
		return s.app.Profiles.Get(ctx, in.Name)
	})
	handle(s, routes.EditProfile, func(ctx context.Context, in *routes.NamedBody[profiles.ProfileEdit]) (profiles.Profile, error) {
		return s.app.Profiles.Edit(ctx, in.Name, in.Body)
	})
	handleEmpty(s, routes.DropProfile, func(ctx context.Context, in *routes.Named) error {
		return s.app.Profiles.Drop(ctx, in.Name)
	})
	s.profileMembers()
}

// profileMembers adds the routes of what a profile has and whom it reaches.
func (s *service) profileMembers() {
	handle(s, routes.AssociateProfile, func(ctx context.Context, in *routes.NamedBody[profiles.Association]) (profiles.Profile, error) {
		return s.app.Profiles.Associate(ctx, in.Name, in.Body)
	})
	handle(s, routes.DisassociateProfile, func(ctx context.Context, in *routes.NamedBody[profiles.Association]) (profiles.Profile, error) {
		return s.app.Profiles.Disassociate(ctx, in.Name, in.Body)
	})
	handle(s, routes.AddProfilePockets, func(ctx context.Context, in *routes.NamedBody[profiles.SeriesPockets]) (profiles.Profile, error) {
		return s.app.Profiles.AddPockets(ctx, in.Name, in.Body)
	})
	handle(s, routes.RemoveProfilePocket, func(ctx context.Context, in *routes.RemoveProfilePocketInput) (profiles.Profile, error) {
		return s.app.Profiles.RemovePockets(ctx, in.Name, profiles.SeriesPockets{Distribution: in.Distribution, Series: in.Series, Pockets: []string{in.Pocket}})
	})
	handle(s, routes.GetProfileSources, func(ctx context.Context, in *routes.Named) (profiles.ProfileSources, error) {
		return s.app.Profiles.Sources(ctx, in.Name)
	})
	handle(s, routes.AddProfileSources, func(ctx context.Context, in *routes.NamedBody[routes.SourceNames]) (profiles.Profile, error) {
		return s.app.Profiles.AddSources(ctx, in.Name, in.Body.APTSources)
	})
	handle(s, routes.RemoveProfileSource, func(ctx context.Context, in *routes.RemoveProfileSourceInput) (profiles.Profile, error) {
		return s.app.Profiles.RemoveSources(ctx, in.Name, []string{in.Source})
	})
}

// aptSources adds /v1/apt-sources.
func (s *service) aptSources() {
	handle(s, routes.ListAPTSources, func(ctx context.Context, in *routes.ListAPTSourcesInput) (usecase.List[profiles.APTSource], error) {
		return s.app.Profiles.APTSources(ctx, profiles.APTSourceFilter{Profile: in.Profile, AccessGroup: in.AccessGroup, Text: in.Text}, in.Page())
	})
	handle(s, routes.CreateAPTSource, func(ctx context.Context, in *routes.Body[profiles.NewAPTSource]) (profiles.APTSource, error) {
		return s.app.Profiles.CreateAPTSource(ctx, in.Body)
	})
	handle(s, routes.GetAPTSource, func(ctx context.Context, in *routes.Named) (profiles.APTSource, error) {
		return s.app.Profiles.APTSource(ctx, in.Name)
	})
	handle(s, routes.EditAPTSource, func(ctx context.Context, in *routes.NamedBody[profiles.APTSourceEdit]) (profiles.APTSource, error) {
		return s.app.Profiles.EditAPTSource(ctx, in.Name, in.Body)
	})
	handleEmpty(s, routes.DropAPTSource, func(ctx context.Context, in *routes.Named) error {
		return s.app.Profiles.DropAPTSources(ctx, in.Name)
	})
}

// savedSearches adds /v1/saved-searches.
func (s *service) savedSearches() {
	handle(s, routes.ListSavedSearches, func(ctx context.Context, in *routes.ListSavedSearchesInput) (usecase.List[profiles.SavedSearch], error) {
		return s.app.Profiles.SavedSearches(ctx, in.Text, in.Page())
	})
	handle(s, routes.CreateSavedSearch, func(ctx context.Context, in *routes.Body[profiles.NewSavedSearch]) (profiles.SavedSearch, error) {
		return s.app.Profiles.CreateSavedSearch(ctx, in.Body)
	})
	handle(s, routes.GetSavedSearch, func(ctx context.Context, in *routes.Named) (profiles.SavedSearch, error) {
		return s.app.Profiles.SavedSearch(ctx, in.Name)
	})
	handle(s, routes.EditSavedSearch, func(ctx context.Context, in *routes.NamedBody[profiles.SavedSearchEdit]) (profiles.SavedSearch, error) {
		return s.app.Profiles.EditSavedSearch(ctx, in.Name, in.Body)
	})
	handleEmpty(s, routes.DropSavedSearch, func(ctx context.Context, in *routes.Named) error {
		return s.app.Profiles.DropSavedSearch(ctx, in.Name)
	})
}
