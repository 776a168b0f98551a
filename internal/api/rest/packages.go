package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// Search says what is looked for; see [app.Search].
type Search struct {
	Query            string   `query:"q" doc:"A package query; empty: all" maxLength:"65536"`
	In               string   `query:"in" doc:"mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state; empty: all that any collection lists now"`
	At               string   `query:"at" doc:"A time, for the state of then of the collection in"`
	WithDependencies bool     `query:"with_dependencies" doc:"And what they depend on, as far as it is there"`
	Architectures    []string `query:"architecture,explode" doc:"For which dependencies are looked for; empty: those that there are"`
	Recommends       bool     `query:"recommends" doc:"Recommended packages count as dependencies"`
	Suggests         bool     `query:"suggests" doc:"Suggested packages count as dependencies"`
	Source           bool     `query:"source" doc:"The source packages count as dependencies"`
	AllVariants      bool     `query:"all_variants" doc:"Find whatever satisfies a dependency, not one of those"`
	Newest           bool     `query:"newest" doc:"The highest version of each name and architecture alone"`
	Details          bool     `query:"details" doc:"With their files and control fields"`
}

// FoundPackage is a package that was found, whole if that was asked for.
type FoundPackage struct {
	collections.Found
	Fields map[string]string `json:"fields,omitempty" doc:"Its control fields"`
}

func showFound(f collections.Found) FoundPackage {
	shown := FoundPackage{Found: f}
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
	handle(s, get("search-packages", "/v1/packages", "Search packages, in one collection or in all"), func(ctx context.Context, in *struct {
		Search
		Paging
	}) (usecase.List[FoundPackage], error) {
		var ref *collections.Ref
		if in.In != "" {
			r, err := collections.ParseRef("in", in.In)
			if err != nil {
				return usecase.List[FoundPackage]{}, err
			}
			ref = &r
		}
		if err := at(ref, in.At); err != nil {
			return usecase.List[FoundPackage]{}, err
		}
		found, err := s.app.Collections.SearchPage(ctx, ref, collections.Search{
			Query: in.Query, WithDependencies: in.WithDependencies, Architectures: in.Architectures, Newest: in.Newest,
			Recommends: in.Recommends, Suggests: in.Suggests, Source: in.Source, AllVariants: in.AllVariants,
		}, in.Details, in.page())
		list := usecase.List[FoundPackage]{Items: make([]FoundPackage, len(found.Items)), Next: found.Next}
		for i, f := range found.Items {
			list.Items[i] = showFound(f)
		}
		return list, err
	})
	handle(s, get("get-package", "/v1/packages/{key}", "Get a package by its key"), func(ctx context.Context, in *struct {
		Key string `path:"key" maxLength:"1000" doc:"As a search shows it; without its hash, the newest of those with the name, version and architecture"`
	}) (FoundPackage, error) {
		f, err := s.app.Collections.FindPackage(ctx, in.Key)
		return showFound(f), err
	})
}
