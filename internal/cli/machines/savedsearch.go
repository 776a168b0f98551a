package machines

import (
	"iter"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func savedSearch(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "saved-search", Short: "Manage saved searches for machines", Example: `  aptarium saved-search create 'Web servers' 'tag:web OR tag:proxy'
  aptarium saved-search list`},
		savedSearchCreate(p), savedSearchList(p), savedSearchShow(p), savedSearchEdit(p), savedSearchDrop(p))
}

// savedSearches completes names of saved searches.
func savedSearches(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(command.All(r, routes.ListSavedSearches, routes.ListSavedSearchesInput{}), func(s profiles.SavedSearch) string { return s.Name })
}

func savedSearchCreate(p *command.Program) *cobra.Command {
	var in profiles.NewSavedSearch
	return command.Ask(p, command.Spec{
		Use:   "create TITLE QUERY",
		Short: "Save a search for machines",
		Long: `Save a query for machines. Other queries refer to it by search:NAME.

Terms with a space between them must all be true. OR between two terms requires one of
them, and binds tighter than the space. NOT negates a term.`,
		Example: "  aptarium saved-search create 'Web servers' 'access-group:web tag:nginx OR tag:apache NOT alert:computer-offline'",
		Flags: func(f command.Flags) {
			f.String(&in.Name, "name", "name of lower-case letters, digits and dashes (default: from the title)")
		},
	}, routes.CreateSavedSearch, func(r *command.Run) routes.Body[profiles.NewSavedSearch] {
		in.Title, in.Search = r.Args[0], r.Args[1]
		return routes.Send(in)
	}, showSavedSearch)
}

func showSavedSearch(r *command.Run, s profiles.SavedSearch) {
	r.Details("Name", s.Name, "Title", s.Title, "Search", s.Search, "Created", command.Moment(s.CreatedAt))
}

func savedSearchList(p *command.Program) *cobra.Command {
	var in routes.ListSavedSearchesInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List saved searches", Example: "  aptarium saved-search list --filter web",
		Flags: func(f command.Flags) {
			f.String(&in.Text, "filter", "only searches with this text in the name or the title")
		},
	}, command.Pages(routes.ListSavedSearches, &in),
		"NAME SEARCH TITLE", func(s profiles.SavedSearch) []string { return []string{s.Name, s.Search, s.Title} })
}

func savedSearchShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show NAME", Short: "Show a saved search", Example: "  aptarium saved-search show web-servers", Complete: []command.Words{savedSearches},
	}, routes.GetSavedSearch, command.Named, showSavedSearch)
}

func savedSearchEdit(p *command.Program) *cobra.Command {
	var e profiles.SavedSearchEdit
	return command.Edit(p, command.Spec{
		Use: "edit NAME", Short: "Change a saved search", Example: "  aptarium saved-search edit web-servers --search 'tag:web'",
		Complete: []command.Words{savedSearches},
		Flags: func(f command.Flags) {
			command.Optional(f, f.String, &e.Title, "title", "new title")
			command.Optional(f, f.String, &e.Search, "search", "new query")
		},
	}, routes.EditSavedSearch, &e, showSavedSearch)
}

func savedSearchDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop NAME", Short: "Drop a saved search", Example: "  aptarium saved-search drop web-servers", Complete: []command.Words{savedSearches},
	}, routes.DropSavedSearch, command.Named, "Dropped the saved search %s.")
}
