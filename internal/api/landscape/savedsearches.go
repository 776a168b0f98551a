package landscape

import (
	"context"

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

func createSavedSearch(ctx context.Context, c *call, in struct {
	Title  string `param:"title,title" doc:"The title."`
	Search string `param:"search" doc:"The query."`
	Name   string `param:"name,optional" doc:"The name, of lower-case letters, digits and dashes; if it is empty, it is made from the title."`
}) (any, error) {
	s, err := c.app.Profiles.CreateSavedSearch(ctx, profiles.NewSavedSearch{Name: in.Name, Title: in.Title, Search: in.Search})
	return showSearch(s), err
}

func editSavedSearch(ctx context.Context, c *call, in struct {
	Name   string  `param:"name" doc:"The name of the search."`
	Title  *string `param:"title,optional,title" doc:"Its title from now on."`
	Search *string `param:"search,optional" doc:"Its query from now on."`
}) (any, error) {
	s, err := c.app.Profiles.EditSavedSearch(ctx, in.Name, profiles.SavedSearchEdit{Title: in.Title, Search: in.Search})
	return showSearch(s), err
}

func getSavedSearches(ctx context.Context, c *call, in pageParameters) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var read int64
	found, err := every(ctx, func(ctx context.Context, page usecase.Page) (usecase.List[profiles.SavedSearch], error) {
		part, err := c.app.Profiles.SavedSearches(ctx, "", page)
		if read += int64(len(part.Items)); read >= in.Offset+in.Limit {
			part.Next = ""
		}
		return part, err
	}, showSearch)
	all := int64(len(found))
	return found[min(in.Offset, all):min(in.Offset+in.Limit, all)], err
}

func removeSavedSearch(ctx context.Context, c *call, in struct {
	Name string `param:"name" doc:"The name of the search."`
}) (any, error) {
	return nil, c.app.Profiles.DropSavedSearch(ctx, in.Name)
}
