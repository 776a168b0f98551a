package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// termsOf returns terms in the words of the door.
func termsOf(t routes.Terms) collections.Terms {
	return collections.Terms{Name: t.Package, Version: t.Version, Architecture: t.Architecture, Type: t.Type, Component: t.Component, Query: t.Query}
}

// contents adds the routes that collections of every kind have.
func (s *service) contents(kind string) {
	handle(s, routes.ListPackages(kind), func(ctx context.Context, in *routes.ListPackagesInput) (usecase.List[collections.Package], error) {
		ref, err := refOf(kind, in.Name, in.At)
		if err != nil {
			return usecase.List[collections.Package]{}, err
		}
		return s.app.Collections.Packages(ctx, ref, termsOf(in.Terms), in.Page())
	})
	handle(s, routes.ListRevisions(kind), func(ctx context.Context, in *routes.NamedPaging) (usecase.List[collections.Revision], error) {
		ref, err := refOf(kind, in.Name, "")
		if err != nil {
			return usecase.List[collections.Revision]{}, err
		}
		return s.app.Collections.History(ctx, ref, in.Page())
	})
}

// refOf names a collection, now or at a time.
func refOf(kind, name, at string) (collections.Ref, error) {
	ref, err := collections.ParseRef("name", kind+":"+name)
	if err == nil && at != "" {
		ref.At, err = usecase.ParseInstant("at", at)
	}
	return ref, err
}

// snapshots adds /v1/snapshots and /v1/diff.
func (s *service) snapshots() {
	handle(s, routes.ListSnapshots, paged(s.app.Collections.Snapshots))
	handle(s, routes.CreateSnapshot, body(s.app.Collections.CreateSnapshot))
	handle(s, routes.PullSnapshot, body(s.app.Collections.Pull))
	handle(s, routes.GetSnapshot, named(s.app.Collections.Snapshot))
	handle(s, routes.EditSnapshot, namedBody(s.app.Collections.EditSnapshot))
	handleEmpty(s, routes.DropSnapshot, func(ctx context.Context, in *routes.Named) error {
		return s.app.Collections.Drop(ctx, collections.Snapshot, in.Name)
	})
	s.contents("snapshot")
	handle(s, routes.Diff, func(ctx context.Context, in *routes.DiffInput) (usecase.List[collections.Change], error) {
		left, err := collections.ParseRef("left", in.Left)
		if err != nil {
			return usecase.List[collections.Change]{}, err
		}
		right, err := collections.ParseRef("right", in.Right)
		if err != nil {
			return usecase.List[collections.Change]{}, err
		}
		changes, err := s.app.Collections.Diff(ctx, left, right)
		return usecase.List[collections.Change]{Items: changes}, err
	})
}

// history adds /v1/log and /v1/revert.
func (s *service) history() {
	handle(s, routes.ListHistory, func(ctx context.Context, in *routes.ListHistoryInput) (usecase.List[collections.Revision], error) {
		ref, err := collections.ParseRef("ref", in.Ref)
		if err != nil {
			return usecase.List[collections.Revision]{}, err
		}
		return s.app.Collections.History(ctx, ref, in.Page())
	})
	handle(s, routes.RevertTo, func(ctx context.Context, in *routes.Body[routes.Revert]) (publications.Reverted, error) {
		ref, err := collections.ParseRef("ref", in.Body.Ref)
		if err != nil {
			return publications.Reverted{}, err
		}
		return s.app.Publications.Revert(ctx, ref)
	})
}

// breakage adds /v1/breakage.
func (s *service) breakage() {
	handle(s, routes.CheckBreakage, func(ctx context.Context, in *routes.CheckBreakageInput) (collections.Breakage, error) {
		before, err := refsOf("before", in.Before)
		if err != nil {
			return collections.Breakage{}, err
		}
		after, err := refsOf("after", in.After)
		if err != nil {
			return collections.Breakage{}, err
		}
		return s.app.Collections.CheckViews(ctx, before, after, in.Architecture)
	})
}

// refsOf reads references.
func refsOf(field string, texts []string) ([]collections.Ref, error) {
	return usecase.TryMap(texts, func(text string) (collections.Ref, error) { return collections.ParseRef(field, text) })
}
