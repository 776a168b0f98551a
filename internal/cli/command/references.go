package command

import (
	"iter"
	"slices"
	"strconv"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// names returns the names of a kind of collections, each after a prefix.
func names(r *Run, kind, prefix string) iter.Seq2[string, error] {
	if kind == "mirror" {
		return NamesOf(All(r, routes.ListMirrors, routes.Paging{}), func(m mirrors.Mirror) string { return prefix + m.Name })
	}
	list := routes.ListRepos
	if kind == "snapshot" {
		list = routes.ListSnapshots
	}
	return NamesOf(All(r, list, routes.Paging{}), func(c collections.Collection) string { return prefix + c.Name })
}

// Collections completes names of a kind: mirror, repo or snapshot.
func Collections(kind string) Words {
	return func(r *Run) iter.Seq2[string, error] { return names(r, kind, "") }
}

// References completes references to collections, such as mirror:NAME.
func References(r *Run) iter.Seq2[string, error] {
	return join(names(r, "mirror", "mirror:"), names(r, "repo", "repo:"), names(r, "snapshot", "snapshot:"))
}

// States completes references to collections and publications, which have a history.
func States(r *Run) iter.Seq2[string, error] {
	return join(References(r), NamesOf(All(r, routes.ListPublications, routes.Paging{}), func(at publications.Publication) string {
		return "publish:" + at.Place() + "/" + at.Distribution
	}))
}

// join returns the words of several lists.
func join(lists ...iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, list := range lists {
			for word, err := range list {
				if !yield(word, err) || err != nil {
					return
				}
			}
		}
	}
}

// Publications completes PREFIX and DISTRIBUTION of a publication, the first two arguments.
func Publications() []Words {
	place := func(r *Run) iter.Seq2[string, error] {
		return NamesOf(All(r, routes.ListPublications, routes.Paging{}), func(at publications.Publication) string {
			switch {
			case len(r.Args) == 0:
				return at.Place()
			case r.Args[0] == at.Place():
				return at.Distribution
			}
			return ""
		})
	}
	return []Words{place, place}
}

// PublicationPlace returns the place that the first two arguments name.
func PublicationPlace(r *Run) routes.Place {
	return routes.Place{Prefix: r.Args[0], Distribution: r.Args[1]}
}

// Endpoints completes names of endpoints.
func Endpoints(r *Run) iter.Seq2[string, error] {
	return NamesOf(All(r, routes.ListEndpoints, routes.Paging{}), func(e publications.Endpoint) string { return e.Name })
}

// Keys completes names of keys.
func Keys(r *Run) iter.Seq2[string, error] {
	return NamesOf(All(r, routes.ListKeys, routes.Paging{}), func(k keys.Key) string { return k.Name })
}

// AccessGroups completes names of access groups.
func AccessGroups(r *Run) iter.Seq2[string, error] {
	return NamesOf(All(r, routes.ListAccessGroups, routes.ByNames{}), func(g people.AccessGroup) string { return g.Name })
}

// PocketArgument is the argument that names a pocket.
const PocketArgument = "DISTRIBUTION/SERIES/POCKET"

// Pockets completes paths of pockets.
func Pockets(r *Run) iter.Seq2[string, error] {
	return NamesOf(All(r, routes.ListPockets, routes.ListPocketsInput{}), func(k pockets.Pocket) string { return k.Path().String() })
}

// Activities completes ids of activities, newest first; with statuses, only of activities in one
// of these.
func Activities(statuses ...string) Words {
	return func(r *Run) iter.Seq2[string, error] {
		return NamesOf(First(All(r, routes.ListActivities, routes.ListActivitiesInput{}), 100), func(a usecase.Activity) string {
			if len(statuses) > 0 && !slices.Contains(statuses, a.Status) {
				return ""
			}
			return strconv.FormatInt(a.ID, 10)
		})
	}
}
