package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// savedSearches adds /v1/saved-searches.
func (s *service) savedSearches() {
	const one = "/v1/saved-searches/{name}"
	handle(s, get("list-saved-searches", "/v1/saved-searches", "List saved searches by name"), func(ctx context.Context, in *struct {
		Paging
		Text string `query:"q" doc:"In the name or the title, whatever the case" maxLength:"200"`
	}) (usecase.List[profiles.SavedSearch], error) {
		return s.app.Profiles.SavedSearches(ctx, in.Text, in.page())
	})
	handle(s, post("create-saved-search", "/v1/saved-searches", "Keep a query for machines under a name", http.StatusCreated), func(ctx context.Context, in *struct{ Body profiles.NewSavedSearch }) (profiles.SavedSearch, error) {
		return s.app.Profiles.CreateSavedSearch(ctx, in.Body)
	})
	handle(s, get("get-saved-search", one, "Get a saved search"), func(ctx context.Context, in *Named) (profiles.SavedSearch, error) {
		return s.app.Profiles.SavedSearch(ctx, in.Name)
	})
	handle(s, patch("edit-saved-search", one, "Change the title or the query of a saved search"), func(ctx context.Context, in *struct {
		Named
		Body profiles.SavedSearchEdit
	}) (profiles.SavedSearch, error) {
		return s.app.Profiles.EditSavedSearch(ctx, in.Name, in.Body)
	})
	handleEmpty(s, remove("drop-saved-search", one, "Forget a saved search"), func(ctx context.Context, in *Named) error {
		return s.app.Profiles.DropSavedSearch(ctx, in.Name)
	})
}
