package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

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
