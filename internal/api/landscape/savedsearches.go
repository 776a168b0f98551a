package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func savedSearchActions() []Action {
	const group = "Saved searches"
	return []Action{
		action(Action{
			Name: "CreateSavedSearch", Group: group,
			Doc: "Create a saved search: a query for computers, to which other queries refer by search:NAME.",
			Errors: []string{
				codeInvalidSavedSearchName, codeDuplicateSavedSearch, codeInvalidSavedSearchCriteria, codeInvalidParameterValue, codeUnauthorised,
			},
			Returns: "The saved search.",
		}, createSavedSearch),
		action(Action{
			Name: "EditSavedSearch", Group: group,
			Doc:     "Change the title or the query of a saved search, or both. Its name stays.",
			Errors:  []string{codeUnknownSavedSearch, codeMissingParameter, codeInvalidSavedSearchCriteria, codeUnauthorised},
			Returns: "The saved search.",
		}, editSavedSearch),
		action(Action{
			Name: "GetSavedSearches", Group: group,
			Doc:     "List saved searches by name.",
			Errors:  []string{codeInvalidParameterValue},
			Returns: "A list of saved searches.",
		}, getSavedSearches),
		action(Action{
			Name: "RemoveSavedSearch", Group: group,
			Doc:    "Remove a saved search.",
			Errors: []string{codeUnknownSavedSearch, codeUnauthorised},
		}, removeSavedSearch),
	}
}

// shownSearch is a saved search as clients see it.
type shownSearch struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Search string `json:"search"`
}

func showSearch(s profiles.SavedSearch) shownSearch {
	return shownSearch{Name: s.Name, Title: s.Title, Search: s.Search}
}

type createSavedSearchParameters struct {
	Title  string `param:"title,title" doc:"The title."`
	Search string `param:"search" doc:"The query."`
	Name   string `param:"name,optional" doc:"The name, of lower-case letters, digits and dashes; if it is empty, it is made from the title."`
}

func createSavedSearch(ctx context.Context, c *call, in createSavedSearchParameters) (any, error) {
	s, err := c.app.Profiles.CreateSavedSearch(ctx, profiles.NewSavedSearch{Name: in.Name, Title: in.Title, Search: in.Search})
	return showSearch(s), err
}

type editSavedSearchParameters struct {
	Name   string  `param:"name" doc:"The name of the search."`
	Title  *string `param:"title,optional,title" doc:"Its title from now on."`
	Search *string `param:"search,optional" doc:"Its query from now on."`
}

func editSavedSearch(ctx context.Context, c *call, in editSavedSearchParameters) (any, error) {
	s, err := c.app.Profiles.EditSavedSearch(ctx, in.Name, profiles.SavedSearchEdit{Title: in.Title, Search: in.Search})
	return showSearch(s), err
}

type getSavedSearchesParameters struct {
	Limit  int64 `param:"limit,optional" default:"1000" doc:"At most so many, from 1 to 1000."`
	Offset int64 `param:"offset,optional" default:"0" doc:"How many to pass over before."`
}

func getSavedSearches(ctx context.Context, c *call, in getSavedSearchesParameters) (any, error) {
	if in.Limit < 1 || in.Limit > 1000 {
		return nil, wire.Invalid("limit", "%d is not from 1 to 1000", in.Limit)
	}
	if in.Offset < 0 || in.Offset > maxOffset {
		return nil, wire.Invalid("offset", "%d is not from 0 to %d", in.Offset, maxOffset)
	}
	before := int64(0)
	return every(ctx, func(ctx context.Context, page usecase.Page) (usecase.List[profiles.SavedSearch], error) {
		part, err := c.app.Profiles.SavedSearches(ctx, "", page)
		if before+int64(len(part.Items)) >= in.Offset+in.Limit {
			part.Next = ""
		}
		return part, err
	}, func(s profiles.SavedSearch) (shownSearch, bool) {
		before++
		return showSearch(s), before > in.Offset && before <= in.Offset+in.Limit
	})
}

type removeSavedSearchParameters struct {
	Name string `param:"name" doc:"The name of the search."`
}

func removeSavedSearch(ctx context.Context, c *call, in removeSavedSearchParameters) (any, error) {
	return nil, c.app.Profiles.DropSavedSearch(ctx, in.Name)
}
