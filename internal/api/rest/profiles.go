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
	handle(s, routes.CreateProfile, body(s.app.Profiles.Create))
	handle(s, routes.GetProfile, named(s.app.Profiles.Get))
	handle(s, routes.EditProfile, namedBody(s.app.Profiles.Edit))
	handleEmpty(s, routes.DropProfile, func(ctx context.Context, in *routes.Named) error { return s.app.Profiles.Drop(ctx, in.Name) })
	s.profileMembers()
}

// profileMembers adds the routes of what a profile has and whom it reaches.
func (s *service) profileMembers() {
	handle(s, routes.AssociateProfile, namedBody(s.app.Profiles.Associate))
	handle(s, routes.DisassociateProfile, namedBody(s.app.Profiles.Disassociate))
	handle(s, routes.AddProfilePockets, namedBody(s.app.Profiles.AddPockets))
	handle(s, routes.RemoveProfilePocket, func(ctx context.Context, in *routes.RemoveProfilePocketInput) (profiles.Profile, error) {
		return s.app.Profiles.RemovePockets(ctx, in.Name, profiles.SeriesPockets{Distribution: in.Distribution, Series: in.Series, Pockets: []string{in.Pocket}})
	})
	handle(s, routes.GetProfileSources, named(s.app.Profiles.Sources))
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
	handle(s, routes.CreateAPTSource, body(s.app.Profiles.CreateAPTSource))
	handle(s, routes.GetAPTSource, named(s.app.Profiles.APTSource))
	handle(s, routes.EditAPTSource, namedBody(s.app.Profiles.EditAPTSource))
	handleEmpty(s, routes.DropAPTSource, func(ctx context.Context, in *routes.Named) error { return s.app.Profiles.DropAPTSources(ctx, in.Name) })
}

// savedSearches adds /v1/saved-searches.
func (s *service) savedSearches() {
	handle(s, routes.ListSavedSearches, func(ctx context.Context, in *routes.ListSavedSearchesInput) (usecase.List[profiles.SavedSearch], error) {
		return s.app.Profiles.SavedSearches(ctx, in.Text, in.Page())
	})
	handle(s, routes.CreateSavedSearch, body(s.app.Profiles.CreateSavedSearch))
	handle(s, routes.GetSavedSearch, named(s.app.Profiles.SavedSearch))
	handle(s, routes.EditSavedSearch, namedBody(s.app.Profiles.EditSavedSearch))
	handleEmpty(s, routes.DropSavedSearch, namedEmpty(s.app.Profiles.DropSavedSearch))
}
