package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

func showFound(f collections.Found) routes.FoundPackage {
	shown := routes.FoundPackage{Found: f}
	for name, value := range f.Fields() {
		if shown.Fields == nil {
			shown.Fields = map[string]string{}
		}
		shown.Fields[name] = value
	}
	return shown
}

// at gives a reference the time of a parameter.
func at(ref *collections.Ref, text string) (err error) {
	switch {
	case text == "":
	case ref == nil:
		err = problem.New(problem.Invalid, "only one collection has a past").In("at").WithHint("name one as in")
	case ref.Past():
		err = problem.New(problem.Invalid, "in says already of which state").In("at").WithHint("leave out one of the two")
	default:
		ref.At, err = usecase.ParseInstant("at", text)
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
		list := usecase.List[routes.FoundPackage]{Items: make([]routes.FoundPackage, len(found.Items)), Next: found.Next}
		for i, f := range found.Items {
			list.Items[i] = showFound(f)
		}
		return list, err
	})
	handle(s, routes.GetPackage, func(ctx context.Context, in *routes.GetPackageInput) (routes.FoundPackage, error) {
		f, err := s.app.Collections.FindPackage(ctx, in.Key)
		return showFound(f), err
	})
}
