package app_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestPagesOfASearchAreTheWholeSearch(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		want := search(h, "", app.Search{}, false)
		for limit := 1; limit <= len(want)+1; limit++ {
			var got []app.Found
			for page := (app.Page{Limit: limit}); ; {
				list := apptest.Must(h.SearchPage(h.Ctx, nil, app.Search{}, false, page))(h.TB)
				got = append(got, list.Items...)
				if page.After = list.Next; page.After == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				h.TB.Errorf("in pages of %d (-whole +pages):\n%s", limit, diff)
			}
		}
		first := apptest.Must(h.SearchPage(h.Ctx, nil, app.Search{}, false, app.Page{Limit: 3}))(h.TB)
		apptest.Must(h.UnlistPackages(h.Ctx, "old", []string{first.Next}))(h.TB)
		apptest.Must(h.UnlistPackages(h.Ctx, "new", []string{first.Next}))(h.TB)
		next := apptest.Must(h.SearchPage(h.Ctx, nil, app.Search{}, false, app.Page{Limit: 3, After: first.Next}))(h.TB)
		if diff := cmp.Diff(want[3:6], next.Items); diff != "" {
			h.TB.Errorf("after the last of a page went (-want +got):\n%s", diff)
		}
	})
}

func TestASearchEndsWithItsReader(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		gone := errors.New("the reader is gone")
		given := 0
		err := h.Search(h.Ctx, nil, app.Search{}, true, func(app.Found) error { given++; return gone })
		if !errors.Is(err, gone) || given != 1 {
			h.TB.Errorf("%d packages, %v", given, err)
		}
	})
}

func TestPackagesListedTwiceAreFoundOnce(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		hello := apptest.Deb(h.TB, "hello", "1", "all", "")
		h.MakeRepo("tools", hello)
		apptest.Must(h.CreateRepo(h.Ctx, app.NewRepo{Name: "extra", Component: "extra"}))(h.TB)
		apptest.Must(h.Add("extra", hello))(h.TB)
		apptest.Must(h.CreateSnapshot(h.Ctx, app.NewSnapshot{Name: "both", From: []string{"repo:tools", "repo:extra"}, KeepAll: true}))(h.TB)
		if got := h.Names("snapshot:both"); len(got) != 2 {
			h.TB.Errorf("both listings are to stay: %q", got)
		}
		for _, ref := range []string{"", "snapshot:both"} {
			if got := search(h, ref, app.Search{Query: "hello"}, false); len(got) != 1 {
				h.TB.Errorf("in %q: %+v", ref, got)
			}
		}
		change := apptest.Must(h.ListPackages(h.Ctx, "extra", []string{search(h, "repo:tools", app.Search{}, false)[0].Key}))(h.TB)
		if len(change.Added) != 0 || change.Packages != 1 {
			h.TB.Errorf("what a repo lists already is listed again: %+v", change)
		}
	})
}

func TestSourcesOfAPublicationAreCounted(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		h.Publish("main=repo:old", "extra=repo:new")
		p := apptest.Must(h.Publication(h.Ctx, "debian", "stable"))(h.TB)
		got := apptest.Must(h.SourceCounts(h.Ctx, p.Publication))(h.TB)
		want := []app.SourceCount{{Component: "extra", Name: "new", Packages: 6}, {Component: "main", Name: "old", Packages: 7}}
		slices.SortFunc(got, func(a, b app.SourceCount) int { return len(b.Component) - len(a.Component) })
		if diff := cmp.Diff(want, got); diff != "" {
			h.TB.Error(diff)
		}
		p.Sources = []string{"main=repo:none"}
		if got := apptest.Must(h.SourceCounts(h.Ctx, p.Publication))(h.TB); len(got) != 0 {
			h.TB.Errorf("a source that is gone: %+v", got)
		}
	})
}

func TestWhoMayNotReadFindsNothing(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		twoRepos(h)
		err := h.Search(t.Context(), nil, app.Search{}, false, func(app.Found) error { return nil })
		if !problem.Is(err, problem.Unauthenticated) {
			h.TB.Errorf("a search by nobody: %v", err)
		}
		if _, err := h.FindPackage(t.Context(), "Pall a 1"); !problem.Is(err, problem.Unauthenticated) {
			h.TB.Errorf("a look by nobody: %v", err)
		}
		if _, err := h.CopyPackages(t.Context(), app.CopyPackages{Repo: "old", From: repoRef("new")}); !problem.Is(err, problem.Unauthenticated) {
			h.TB.Errorf("a copy by nobody: %v", err)
		}
	})
}
