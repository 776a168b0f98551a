package landscape_test

import (
	"fmt"
	"net/http"
	"testing"
)

func TestSavedSearchesAreCreatedEditedListedAndRemoved(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("GetSavedSearches").is(`[]`)
		h.do("CreateSavedSearch", "name", "first", "title", "First Computer", "search", "id:1").golden()
		h.do("CreateSavedSearch", "title", "Web Servers", "search", "search:first tag:web OR tag:proxy").goldenAs("CreateSavedSearch-unnamed")
		h.do("EditSavedSearch", "name", "first", "title", "The first").ok()
		h.do("EditSavedSearch", "name", "first", "search", "id:2").golden()
		h.do("GetSavedSearches").golden()
		h.do("RemoveSavedSearch", "name", "first").golden()
		h.do("RemoveSavedSearch", "name", "first").fails(http.StatusBadRequest, "UnknownSavedSearch", "first")
	})
}

func TestAPartOfTheSavedSearchesIsListed(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for i := range 5 {
			h.do("CreateSavedSearch", "title", fmt.Sprintf("s%d", i), "search", "tag:x").ok()
		}
		for _, c := range []struct{ limit, offset, want string }{
			{"2", "0", "[s0 s1]"}, {"2", "1", "[s1 s2]"}, {"2", "4", "[s4]"}, {"2", "5", "[]"}, {"1000", "3", "[s3 s4]"},
		} {
			var found []struct{ Name string }
			h.do("GetSavedSearches", "limit", c.limit, "offset", c.offset).into(&found)
			names := []string{}
			for _, s := range found {
				names = append(names, s.Name)
			}
			if got := fmt.Sprint(names); got != c.want {
				h.TB.Errorf("%s from %s are %s, not %s", c.limit, c.offset, got, c.want)
			}
		}
		h.do("GetSavedSearches", "limit", "0").fails(http.StatusBadRequest, "InvalidParameterValue", "limit")
		h.do("GetSavedSearches", "offset", "-1").fails(http.StatusBadRequest, "InvalidParameterValue", "offset")
	})
}

func TestSavedSearchesThatCannotBe(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("CreateSavedSearch", "title", "first", "search", "id:1").ok()
		create := func(name, title, search string) reply {
			return h.do("CreateSavedSearch", "name", name, "title", title, "search", search)
		}
		create("first", "x", "id:1").fails(http.StatusBadRequest, "DuplicateSavedSearch", "first")
		create("", "First", "id:1").fails(http.StatusBadRequest, "DuplicateSavedSearch", "first")
		create("A b", "x", "id:1").fails(http.StatusBadRequest, "InvalidSavedSearchName", "name")
		create("", "*", "id:1").fails(http.StatusBadRequest, "InvalidParameterValue", "title")
		create("x", "x", "colour:red").fails(http.StatusBadRequest, "InvalidSavedSearchCriteria", "colour")
		create("x", "x", "search:x").fails(http.StatusBadRequest, "InvalidSavedSearchCriteria", "itself")
		h.do("EditSavedSearch", "name", "first").fails(http.StatusBadRequest, "MissingParameter")
		h.do("EditSavedSearch", "name", "first", "search", "tag:").fails(http.StatusBadRequest, "InvalidSavedSearchCriteria", "tag")
		h.do("EditSavedSearch", "name", "second", "title", "x").fails(http.StatusBadRequest, "UnknownSavedSearch", "second")
	})
}
