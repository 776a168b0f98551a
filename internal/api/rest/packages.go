package rest

import (
	"context"
	"maps"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

func showFound(f collections.Found) routes.FoundPackage {
	return routes.FoundPackage{Found: f, Fields: maps.Collect(f.Fields())}
}

// at adds the time of a parameter to a reference.
func at(ref *collections.Ref, text string) (err error) {
	switch {
	case text == "":
	case ref == nil:
		err = problem.New(problem.Invalid, "only one collection has a past").In("at").WithHint("name one as in")
	case ref.Past():
		err = problem.New(problem.Invalid, "in says already of which state").In("at").WithHint("leave out one of the two")
	default:
		ref.At, err = instant(text)
	}
	return err
}

// packages adds /v1/packages.
func (s *service) packages() {
	handle(s, routes.SearchPackages, func(ctx context.Context, in *routes.SearchPackagesInput) (usecase.List[routes.FoundPackage], error) {
		var ref *collections.Ref
		if in.In != "" {
			r, err := collections.ParseRef("in", in.In)
			if err != nil {
				return usecase.List[routes.FoundPackage]{}, err
			}
			ref = &r
		}
		if err := at(ref, in.At); err != nil {
			return usecase.List[routes.FoundPackage]{}, err
		}
		found, err := s.app.Collections.SearchPage(ctx, ref, collections.Search{
			Query: in.Query, WithDependencies: in.WithDependencies, Architectures: in.Architectures, Newest: in.Newest,
			Recommends: in.Recommends, Suggests: in.Suggests, Source: in.Source, AllVariants: in.AllVariants,
		}, in.Details, in.Page())
		return usecase.List[routes.FoundPackage]{Items: usecase.Map(found.Items, showFound), Next: found.Next}, err
	})
	handle(s, routes.GetPackage, func(ctx context.Context, in *routes.GetPackageInput) (routes.FoundPackage, error) {
		f, err := s.app.Collections.FindPackage(ctx, in.Key)
		return showFound(f), err
	})
}
