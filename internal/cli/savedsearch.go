package cli

import (
	"context"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// savedSearch is the commands about queries for machines that have a name.
func (p *program) savedSearch() *cobra.Command {
	return group(&cobra.Command{Use: "saved-search", Short: "Manage saved searches for machines", Example: `  aptarium saved-search create 'Web servers' 'tag:web OR tag:proxy'
  aptarium saved-search list`},
		p.savedSearchCreate(), p.savedSearchList(), p.savedSearchShow(), p.savedSearchEdit(), p.savedSearchDrop())
}

func (p *program) savedSearchCreate() *cobra.Command {
	var in profiles.NewSavedSearch
	c := &cobra.Command{
		Use:   "create TITLE QUERY",
		Short: "Save a search for machines",
		Long: `Keep a query for machines under a name: that of --name, or one made from the title.
Other queries refer to it by search:NAME.

Terms with a space between them must all hold; OR between two terms asks for one of
them, and binds tighter; NOT turns a term round.`,
		Example: "  aptarium saved-search create 'Web servers' 'access-group:web tag:nginx OR tag:apache NOT alert:computer-offline'",
		Args:    exactly("TITLE", "QUERY"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Name, "name", "", "lower-case letters, digits and dashes (default: made from the title)")
	return p.savedSearchCommand(c, func(ctx context.Context, s *session, args []string) (profiles.SavedSearch, error) {
		in.Title, in.Search = args[0], args[1]
		return client.Call(ctx, s.Client, routes.CreateSavedSearch, routes.Send(in))
	})
}

// savedSearchCommand makes a command about one search, which it shows afterwards.
func (p *program) savedSearchCommand(c *cobra.Command, do func(ctx context.Context, s *session, args []string) (profiles.SavedSearch, error)) *cobra.Command {
	c.RunE = answering(p, do, func(w io.Writer, found profiles.SavedSearch) {
		details(w, "Name", found.Name, "Title", found.Title, "Search", found.Search, "Created", moment(found.CreatedAt))
	})
	return c
}

func (p *program) savedSearchList() *cobra.Command {
	var text string
	c := &cobra.Command{
		Use: "list", Short: "List saved searches", Example: "  aptarium saved-search list --filter web", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&text, "filter", "", "those with this in the name or the title")
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListSavedSearches, routes.ListSavedSearchesInput{Text: text})
		return table(p, all, "NAME SEARCH TITLE", func(found profiles.SavedSearch) []string { return []string{found.Name, found.Search, found.Title} })
	}
	return c
}

func (p *program) savedSearchShow() *cobra.Command {
	return p.savedSearchCommand(&cobra.Command{
		Use: "show NAME", Short: "Show a saved search", Example: "  aptarium saved-search show web-servers", Args: exactly("NAME"), ValidArgsFunction: only(1, p.savedSearchNames()),
	}, func(ctx context.Context, s *session, args []string) (profiles.SavedSearch, error) {
		return client.Call(ctx, s.Client, routes.GetSavedSearch, routes.Named{Name: args[0]})
	})
}

func (p *program) savedSearchEdit() *cobra.Command {
	var title, search string
	c := &cobra.Command{
		Use: "edit NAME", Short: "Change a saved search",
		Example: "  aptarium saved-search edit web-servers --search 'tag:web'",
		Args:    exactly("NAME"), ValidArgsFunction: only(1, p.savedSearchNames()),
	}
	c.Flags().StringVar(&title, "title", "", "new title")
	c.Flags().StringVar(&search, "search", "", "new query")
	return p.savedSearchCommand(c, func(ctx context.Context, s *session, args []string) (profiles.SavedSearch, error) {
		return client.Call(ctx, s.Client, routes.EditSavedSearch, routes.SendTo(args[0], profiles.SavedSearchEdit{Title: given(c, "title", &title), Search: given(c, "search", &search)}))
	})
}

func (p *program) savedSearchDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop a saved search", Example: "  aptarium saved-search drop web-servers",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.savedSearchNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return client.Do(c.Context(), s.Client, routes.DropSavedSearch, routes.Named{Name: args[0]})
		},
	}
}

// savedSearchNames completes names of saved searches.
func (p *program) savedSearchNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListSavedSearches, routes.ListSavedSearchesInput{Text: ""})
		return words(all, func(found profiles.SavedSearch) string { return found.Name })
	})
}
