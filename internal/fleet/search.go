package fleet

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/aptarium/aptarium/internal/computerquery"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Search is a named query for machines. Other queries can refer to it: search:NAME.
type Search struct {
	ID        int64
	Name      string
	Title     string
	Search    string // as it was written
	CreatedAt int64  // microseconds since 1970
}

// maxSearches is the largest number of searches that a search can refer to, directly or not.
const maxSearches = 100

var searchName = regexp.MustCompile(`^[a-z0-9-]+$`)

// CreateSearch stores a search. The default name is the title in lower case, with dashes for spaces.
// An existing name is problem.Conflict, an invalid one problem.Invalid in the field "name"; an
// invalid query is problem.Invalid in the field "search".
func (s Store) CreateSearch(ctx context.Context, tx *db.Tx, in Search) (Search, error) {
	if err := checkTitle(in.Title); err != nil {
		return Search{}, err
	}
	if in.Name == "" {
		name, err := slugOf(in.Title)
		if err != nil {
			return Search{}, err
		}
		in.Name = name
	}
	if len(in.Name) > maxName || !searchName.MatchString(in.Name) {
		return Search{}, problem.New(problem.Invalid, "%.100q is not the name of a search", in.Name).In("name").
			WithHint("use at most %d lower-case letters, digits and dashes", maxName)
	}
	if err := s.checkSearch(ctx, tx, in.Name, in.Search); err != nil {
		return Search{}, err
	}
	taken := problem.New(problem.Conflict, "there is a saved search %s already", in.Name).In("name").WithHint("choose another name, or edit that one")
	if err := free(ctx, tx, "saved_search", in.Name, taken); err != nil {
		return Search{}, err
	}
	id, now, err := tx.NewRow(ctx, "saved_search")
	if err != nil {
		return Search{}, err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO saved_search (id, name, title, search, created_at) VALUES ($1, $2, $3, $4, $5)",
		id, in.Name, in.Title, in.Search, now); err != nil {
		return Search{}, fmt.Errorf("storing the search %s: %w", in.Name, err)
	}
	return s.Search(ctx, tx, in.Name)
}

// checkSearch refuses invalid queries and queries that would refer to themselves. References to
// missing searches are allowed.
func (s Store) checkSearch(ctx context.Context, tx *db.Tx, name, text string) error {
	q, err := computerquery.Parse(text)
	if err != nil {
		if p, ok := errors.AsType[*problem.Problem](err); ok {
			return p.In("search")
		}
		return err
	}
	if len(q.Clauses) == 0 {
		return problem.New(problem.Invalid, "the search is empty").In("search").WithHint("write a query, such as tag:server")
	}
	todo, seen := q.Searches(), map[string]bool{}
	for ; len(todo) > 0; todo = todo[1:] {
		switch at := todo[0]; {
		case at == name:
			return problem.New(problem.Invalid, "the search %s would refer to itself", name).In("search").WithHint("remove search:%s, here and in the named searches", name)
		case seen[at]:
		case len(seen) == maxSearches:
			return problem.New(problem.Invalid, "the search refers to more than %d others", maxSearches).In("search")
		default:
			seen[at] = true
			more, err := s.searchesOf(ctx, tx, at)
			if err != nil {
				return err
			}
			todo = slices.Concat(todo, more)
		}
	}
	return nil
}

// searchesOf returns the searches that a search refers to, or none for a missing one.
func (s Store) searchesOf(ctx context.Context, tx *db.Tx, name string) ([]string, error) {
	found, err := s.Searches(ctx, tx, SearchFilter{Name: name}, "", 1)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	q, err := computerquery.Parse(found[0].Search)
	return q.Searches(), err
}

// Search returns a search, or problem.NotFound.
func (s Store) Search(ctx context.Context, tx *db.Tx, name string) (Search, error) {
	found, err := s.Searches(ctx, tx, SearchFilter{Name: name}, "", 1)
	return db.First(found, err, problem.New(problem.NotFound, "there is no saved search %.100q", name).In("name").
		WithHint("`aptarium saved-search list` lists the saved searches"))
}

// SearchFilter selects searches. Empty fields select all.
type SearchFilter struct {
	Name string
	Text string // in the name or the title, in any case
}

// Searches returns up to limit searches after a name, sorted by name.
func (Store) Searches(ctx context.Context, tx *db.Tx, f SearchFilter, after string, limit int) ([]Search, error) {
	var w where
	w.add(after != "", "name > ?", after)
	w.add(f.Name != "", "name = ?", f.Name)
	w.text("title", f.Text)
	found, err := db.All(ctx, tx, func(row db.Scanner) (f Search, err error) {
		err = row.Scan(&f.ID, &f.Name, &f.Title, &f.Search, &f.CreatedAt)
		return f, err
	}, "SELECT id, name, title, search, created_at FROM saved_search"+w.String()+fmt.Sprintf(" ORDER BY name LIMIT $%d", len(w.args)+1), append(w.args, int64(limit))...)
	return found, problem.While(err, "reading saved searches")
}

// SearchEdit is a change of the fields that are not nil.
type SearchEdit struct{ Title, Search *string }

// EditSearch changes a search, but not its name. Its errors are those of [Store.CreateSearch].
func (s Store) EditSearch(ctx context.Context, tx *db.Tx, was Search, edit SearchEdit) (Search, error) {
	set(&was.Title, edit.Title)
	set(&was.Search, edit.Search)
	if err := checkTitle(was.Title); err != nil {
		return Search{}, err
	}
	if err := s.checkSearch(ctx, tx, was.Name, was.Search); err != nil {
		return Search{}, err
	}
	_, err := tx.Exec(ctx, "UPDATE saved_search SET title = $1, search = $2 WHERE id = $3", was.Title, was.Search, was.ID)
	return was, problem.While(err, "editing the search %s", was.Name)
}

// DropSearch deletes a search. References to it then select nothing.
func (Store) DropSearch(ctx context.Context, tx *db.Tx, search Search) error {
	_, err := tx.Exec(ctx, "DELETE FROM saved_search WHERE id = $1", search.ID)
	return problem.While(err, "dropping the search %s", search.Name)
}
