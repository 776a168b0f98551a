package collections_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

func TestPagesOfASearchAreTheWholeSearch(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		want := apptest.Search(h, "", collections.Search{}, false)
		for limit := 1; limit <= len(want)+1; limit++ {
			var got []collections.Found
			for page := (usecase.Page{Limit: limit}); ; {
				list := apptest.Must(h.Collections.SearchPage(h.Ctx, nil, collections.Search{}, false, page))(h.TB)
				got = append(got, list.Items...)
				if page.After = list.Next; page.After == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				h.TB.Errorf("in pages of %d (-whole +pages):\n%s", limit, diff)
			}
		}
		first := apptest.Must(h.Collections.SearchPage(h.Ctx, nil, collections.Search{}, false, usecase.Page{Limit: 3}))(h.TB)
		apptest.Must(h.Repos.UnlistPackages(h.Ctx, "old", []string{first.Next}))(h.TB)
		apptest.Must(h.Repos.UnlistPackages(h.Ctx, "new", []string{first.Next}))(h.TB)
		next := apptest.Must(h.Collections.SearchPage(h.Ctx, nil, collections.Search{}, false, usecase.Page{Limit: 3, After: first.Next}))(h.TB)
		if diff := cmp.Diff(want[3:6], next.Items); diff != "" {
			h.TB.Errorf("after the last of a page went (-want +got):\n%s", diff)
		}
	})
}

func TestASearchEndsWithItsReader(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		gone := errors.New("the reader is gone")
		given := 0
		err := h.Collections.Search(h.Ctx, nil, collections.Search{}, true, func(collections.Found) error { given++; return gone })
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
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "extra", Component: "extra"}))(h.TB)
		apptest.Must(h.Add("extra", hello))(h.TB)
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "both", From: []string{"repo:tools", "repo:extra"}, KeepAll: true}))(h.TB)
		if got := h.Names("snapshot:both"); len(got) != 2 {
			h.TB.Errorf("both listings are to stay: %q", got)
		}
		for _, ref := range []string{"", "snapshot:both"} {
			if got := apptest.Search(h, ref, collections.Search{Query: "hello"}, false); len(got) != 1 {
				h.TB.Errorf("in %q: %+v", ref, got)
			}
		}
		change := apptest.Must(h.Repos.ListPackages(h.Ctx, "extra", []string{apptest.Search(h, "repo:tools", collections.Search{}, false)[0].Key}))(h.TB)
		if len(change.Added) != 0 || change.Packages != 1 {
			h.TB.Errorf("what a repo lists already is listed again: %+v", change)
		}
	})
}

func TestSourcesOfAPublicationAreCounted(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		h.Publish("main=repo:old", "extra=repo:new")
		p := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB)
		got := apptest.Must(h.Publications.SourceCounts(h.Ctx, p.Publication))(h.TB)
		want := []publications.SourceCount{{Component: "extra", Name: "new", Packages: 6}, {Component: "main", Name: "old", Packages: 7}}
		slices.SortFunc(got, func(a, b publications.SourceCount) int { return len(b.Component) - len(a.Component) })
		if diff := cmp.Diff(want, got); diff != "" {
			h.TB.Error(diff)
		}
		p.Sources = []string{"main=repo:none"}
		if got := apptest.Must(h.Publications.SourceCounts(h.Ctx, p.Publication))(h.TB); len(got) != 0 {
			h.TB.Errorf("a source that is gone: %+v", got)
		}
	})
}

func TestWhoMayNotReadFindsNothing(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.TwoRepos(h)
		err := h.Collections.Search(t.Context(), nil, collections.Search{}, false, func(collections.Found) error { return nil })
		if !problem.Is(err, problem.Unauthenticated) {
			h.TB.Errorf("a search by nobody: %v", err)
		}
		if _, err := h.Collections.FindPackage(t.Context(), "Pall a 1"); !problem.Is(err, problem.Unauthenticated) {
			h.TB.Errorf("a look by nobody: %v", err)
		}
		if _, err := h.Repos.CopyPackages(t.Context(), repos.CopyPackages{Repo: "old", From: apptest.RepoRef("new")}); !problem.Is(err, problem.Unauthenticated) {
			h.TB.Errorf("a copy by nobody: %v", err)
		}
	})
}
