package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
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
		return s.app.Collections.Log(ctx, ref, in.Page())
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
