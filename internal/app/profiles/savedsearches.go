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

// SavedSearch is a query for machines that has a name, by which other queries refer to
// it: search:NAME.
type SavedSearch struct {
	Name      string    `json:"name"`
	Title     string    `json:"title"`
	Search    string    `json:"search" doc:"The query, such as tag:web OR tag:proxy"`
	CreatedAt time.Time `json:"created_at"`
}

func showSearch(s fleet.Search) SavedSearch {
	return SavedSearch{Name: s.Name, Title: s.Title, Search: s.Search, CreatedAt: usecase.Stamp(s.CreatedAt)}
}

// requireSearches lets those in who look after machines, or say what they get. Searches
// belong to no access group.
func requireSearches(ctx context.Context) error {
	if access.AllowedIn(ctx, access.ManageComputer, access.RootGroup) {
		return nil
	}
	return access.Require(ctx, access.Profile)
}

// NewSavedSearch is a search to be kept.
type NewSavedSearch struct {
	Name   string `json:"name,omitempty" doc:"Lower-case letters, digits and dashes; made from the title if empty"`
	Title  string `json:"title"`
	Search string `json:"search" doc:"The query"`
}

// CreateSavedSearch keeps a search. The errors have reasons: fleet.InvalidSearchName,
// fleet.DuplicateSearch for a name that is taken, given or made from the title, and
// fleet.InvalidSearchQuery for what is no query, or refers to itself.
func (s *Service) CreateSavedSearch(ctx context.Context, in NewSavedSearch) (SavedSearch, error) {
	if err := requireSearches(ctx); err != nil {
		return SavedSearch{}, err
	}
	var made fleet.Search
	err := s.k.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if made, err = s.fleet.CreateSearch(ctx, tx, fleet.Search{Name: in.Name, Title: in.Title, Search: in.Search}); err != nil {
			return err
		}
		return access.Record(ctx, tx, "saved-search.create", "saved-search:"+made.Name, in)
	})
	return showSearch(made), codedSearch(err)
}

// codedSearch marks what is wrong with a search.
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

// SavedSearch gives one search; none is problem.NotFound with fleet.UnknownSearch.
func (svc *Service) SavedSearch(ctx context.Context, name string) (SavedSearch, error) {
	return usecase.Read(ctx, svc.k, access.Read, func(tx *db.Tx) (SavedSearch, error) {
		s, err := svc.fleet.Search(ctx, tx, name)
		return showSearch(s), codedSearch(err)
	})
}

// SavedSearches lists searches by name: all, or those that have a text in the name or
// the title.
func (svc *Service) SavedSearches(ctx context.Context, text string, p usecase.Page) (usecase.List[SavedSearch], error) {
	return usecase.Read(ctx, svc.k, access.Read, func(tx *db.Tx) (usecase.List[SavedSearch], error) {
		found, err := svc.fleet.Searches(ctx, tx, fleet.SearchFilter{Text: text}, p.After, p.Size()+1)
		items := make([]SavedSearch, len(found))
		for i, s := range found {
			items[i] = showSearch(s)
		}
		return usecase.PageOf(items, p.Size(), func(s SavedSearch) string { return s.Name }), err
	})
}

// SavedSearchEdit changes what is given.
type SavedSearchEdit struct {
	Title  *string `json:"title,omitempty" doc:"The name stays"`
	Search *string `json:"search,omitempty"`
}

// EditSavedSearch changes a search, with the errors of CreateSavedSearch. To change
// nothing is problem.Invalid with problem.MissingValue.
func (svc *Service) EditSavedSearch(ctx context.Context, name string, in SavedSearchEdit) (SavedSearch, error) {
	if in.Title == nil && in.Search == nil {
		return SavedSearch{}, problem.Because(problem.New(problem.Invalid, "nothing is to be changed").In("search").WithHint("give a title, a search or both"), problem.MissingValue)
	}
	if err := requireSearches(ctx); err != nil {
		return SavedSearch{}, err
	}
	return usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "saved-search.edit", Subject: "saved-search:" + name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (SavedSearch, error) {
		s, err := svc.fleet.Search(ctx, tx, name)
		if err == nil {
			s, err = svc.fleet.EditSearch(ctx, tx, s, fleet.SearchEdit(in))
		}
		return showSearch(s), codedSearch(err)
	})
}

// DropSavedSearch forgets a search.
func (svc *Service) DropSavedSearch(ctx context.Context, name string) error {
	if err := requireSearches(ctx); err != nil {
		return err
	}
	_, err := usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "saved-search.drop", Subject: "saved-search:" + name}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		s, err := svc.fleet.Search(ctx, tx, name)
		if err == nil {
			err = svc.fleet.DropSearch(ctx, tx, s)
		}
		return struct{}{}, codedSearch(err)
	})
	return err
}
