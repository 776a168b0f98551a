package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// create makes a search, or tries to.
func (w world) create(name, title, search string) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		_, err := w.CreateSearch(ctx, tx, fleet.Search{Name: name, Title: title, Search: search})
		return err
	}
}

func TestSearchesHaveNamesAndCriteria(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		w.do(w.create("first", "First Computer", "id:1"))
		w.do(w.create("", "Web Servers!", "tag:web OR tag:proxy"))
		w.refused(problem.Conflict, "name: ", w.create("first", "Another", "id:2"))
		w.refused(problem.Conflict, "name: ", w.create("", "First", "id:2"))
		for _, name := range []string{"First", "a b", "a+b", strings.Repeat("x", 101)} {
			w.refused(problem.Invalid, "name: ", w.create(name, "x", "id:2"))
		}
		w.refused(problem.Invalid, "title: ", w.create("x", "", "id:2"))
		w.refused(problem.Invalid, "title: ", w.create("", "日本", "id:2"))
		w.refused(problem.Invalid, "search: ", w.create("x", "x", "tga:web"))
		w.refused(problem.Invalid, "search: ", w.create("x", "x", " "))
		w.do(func(ctx context.Context, tx *db.Tx) error {
			found, err := w.Searches(ctx, tx, fleet.SearchFilter{}, "", 10)
			var got [][3]string
			for _, s := range found {
				got = append(got, [3]string{s.Name, s.Title, s.Search})
			}
			if diff := cmp.Diff([][3]string{{"first", "First Computer", "id:1"}, {"web-servers", "Web Servers!", "tag:web OR tag:proxy"}}, got); diff != "" {
				w.Error(diff)
			}
			return err
		})
		for want, f := range map[string]fleet.SearchFilter{"web-servers": {Text: "servers!"}, "first": {Name: "first"}, "": {Text: "nothing"}} {
			w.do(func(ctx context.Context, tx *db.Tx) error {
				found, err := w.Searches(ctx, tx, f, "", 10)
				if len(found) > 1 || len(found) == 1 && found[0].Name != want || len(found) == 0 && want != "" {
					w.Errorf("%+v finds %+v", f, found)
				}
				return err
			})
		}
	})
}

func TestASearchIsEditedAndDropped(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		w.do(w.create("first", "First", "id:1"))
		edit := func(e fleet.SearchEdit) func(context.Context, *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error {
				s, err := w.Search(ctx, tx, "first")
				if err == nil {
					_, err = w.EditSearch(ctx, tx, s, e)
				}
				return err
			}
		}
		title, search, wrong, empty := "The first", "id:2", "tga:x", ""
		w.do(edit(fleet.SearchEdit{Title: &title}))
		w.do(edit(fleet.SearchEdit{Search: &search}))
		w.refused(problem.Invalid, "search: ", edit(fleet.SearchEdit{Search: &wrong}))
		w.refused(problem.Invalid, "title: ", edit(fleet.SearchEdit{Title: &empty}))
		w.do(func(ctx context.Context, tx *db.Tx) error {
			s, err := w.Search(ctx, tx, "first")
			if s.Title != title || s.Search != search {
				w.Errorf("%+v", s)
			}
			if err == nil {
				err = w.DropSearch(ctx, tx, s)
			}
			return err
		})
		w.refused(problem.NotFound, "first", edit(fleet.SearchEdit{Title: &title}))
	})
}

func TestASearchNeverRefersToItself(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		w.refused(problem.Invalid, "refer to itself", w.create("a", "a", "tag:x OR search:a"))
		w.do(w.create("a", "a", "search:later"))
		w.do(w.create("b", "b", "search:a search:a"))
		w.refused(problem.Invalid, "refer to itself", w.create("later", "later", "NOT search:b"))
		w.do(w.create("later", "later", "tag:x"))
		w.refused(problem.Invalid, "refer to itself", func(ctx context.Context, tx *db.Tx) error {
			s, err := w.Search(ctx, tx, "later")
			if err != nil {
				return err
			}
			text := "search:b"
			_, err = w.EditSearch(ctx, tx, s, fleet.SearchEdit{Search: &text})
			return err
		})
		var all strings.Builder
		for i := range 101 {
			fmt.Fprintf(&all, "search:s%d ", i)
		}
		w.refused(problem.Invalid, "more than 100", w.create("many", "many", all.String()))
	})
}
