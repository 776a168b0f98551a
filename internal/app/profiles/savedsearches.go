package profiles

import (
	"context"
	"errors"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// SavedSearch is a query for machines with a name. Other queries refer to it as search:NAME.
type SavedSearch struct {
	Name      string    `json:"name"`
	Title     string    `json:"title"`
	Search    string    `json:"search" doc:"The query, such as tag:web OR tag:proxy"`
	CreatedAt time.Time `json:"created_at"`
}

func showSearch(s fleet.Search) SavedSearch {
	return SavedSearch{Name: s.Name, Title: s.Title, Search: s.Search, CreatedAt: usecase.Stamp(s.CreatedAt)}
}

// searchPermission returns the permission to change searches: one of two suffices. Searches
// belong to no access group.
func searchPermission(ctx context.Context) access.Permission {
	if access.AllowedIn(ctx, access.ManageComputer, access.RootGroup) {
		return access.ManageComputer
	}
	return access.Profile
}

// NewSavedSearch describes a new saved search.
type NewSavedSearch struct {
	Name   string `json:"name,omitempty" doc:"Lower-case letters, digits and dashes; made from the title if empty"`
	Title  string `json:"title"`
	Search string `json:"search" doc:"The query"`
}

// CreateSavedSearch creates a saved search. Errors have the reasons fleet.InvalidSearchName,
// fleet.DuplicateSearch for a used name, given or made from the title, and
// fleet.InvalidSearchQuery for an invalid query or one that refers to itself.
func (s *Service) CreateSavedSearch(ctx context.Context, in NewSavedSearch) (SavedSearch, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: searchPermission(ctx), Action: "saved-search.create", Detail: in}, func(tx *db.Tx, act *usecase.Act) (SavedSearch, error) {
		created, err := s.fleet.CreateSearch(ctx, tx, fleet.Search{Name: in.Name, Title: in.Title, Search: in.Search})
		act.Subject = "saved-search:" + created.Name
		return showSearch(created), codedSearch(err)
	})
}

// codedSearch adds its reason to the error of a search.
func codedSearch(err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	switch {
	case !ok:
		return err
	case p.Kind == problem.NotFound:
		return problem.Because(err, fleet.UnknownSearch)
	case p.Kind == problem.Conflict:
		return problem.Because(err, fleet.DuplicateSearch)
	case p.Field == "name":
		return problem.Because(err, fleet.InvalidSearchName)
	case p.Field == "search":
		return problem.Because(err, fleet.InvalidSearchQuery)
	}
	return err
}

// SavedSearch returns a search. An unknown one is problem.NotFound with fleet.UnknownSearch.
func (s *Service) SavedSearch(ctx context.Context, name string) (SavedSearch, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (SavedSearch, error) {
		found, err := s.fleet.Search(ctx, tx, name)
		return showSearch(found), codedSearch(err)
	})
}

// SavedSearches returns the searches with a text in the name or the title, sorted by name. An
// empty text selects all.
func (s *Service) SavedSearches(ctx context.Context, text string, p usecase.Page) (usecase.List[SavedSearch], error) {
	name := func(s SavedSearch) string { return s.Name }
	return usecase.ReadList(ctx, s.k, access.Read, p, name, func(tx *db.Tx, after string, limit int) ([]SavedSearch, error) {
		found, err := s.fleet.Searches(ctx, tx, fleet.SearchFilter{Text: text}, after, limit)
		return usecase.Map(found, showSearch), err
	})
}

// SavedSearchEdit changes a search; a nil field stays.
type SavedSearchEdit struct {
	Title  *string `json:"title,omitempty" doc:"The name stays"`
	Search *string `json:"search,omitempty"`
}

// EditSavedSearch changes a search, with the errors of CreateSavedSearch. An empty edit is
// problem.Invalid with problem.MissingValue.
func (s *Service) EditSavedSearch(ctx context.Context, name string, in SavedSearchEdit) (SavedSearch, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: searchPermission(ctx), Action: "saved-search.edit", Subject: "saved-search:" + name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (SavedSearch, error) {
		if in.Title == nil && in.Search == nil {
			return SavedSearch{}, problem.Because(problem.New(problem.Invalid, "there is nothing to change").In("search").WithHint("give a title, a search or both"), problem.MissingValue)
		}
		found, err := s.fleet.Search(ctx, tx, name)
		if err == nil {
			found, err = s.fleet.EditSearch(ctx, tx, found, fleet.SearchEdit(in))
		}
		return showSearch(found), codedSearch(err)
	})
}

// DropSavedSearch deletes a search.
func (s *Service) DropSavedSearch(ctx context.Context, name string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: searchPermission(ctx), Action: "saved-search.drop", Subject: "saved-search:" + name}, func(tx *db.Tx, _ *usecase.Act) error {
		found, err := s.fleet.Search(ctx, tx, name)
		if err == nil {
			err = s.fleet.DropSearch(ctx, tx, found)
		}
		return codedSearch(err)
	})
}
