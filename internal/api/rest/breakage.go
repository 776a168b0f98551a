package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
)

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
	list := make([]collections.Ref, len(texts))
	for i, text := range texts {
		var err error
		if list[i], err = collections.ParseRef(field, text); err != nil {
			return nil, err
		}
	}
	return list, nil
}
