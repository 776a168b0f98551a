package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/collections"
)

// breakage adds /v1/breakage.
func (s *service) breakage() {
	handle(s, get("breakage", "/v1/breakage", "Tell which packages could not be installed any more, or are new and cannot be"), func(ctx context.Context, in *struct {
		Before       []string `query:"before,explode" maxItems:"100" doc:"What machines install from: mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state; several times for several"`
		After        []string `query:"after,explode" required:"true" maxItems:"100" doc:"What they would install from, of what stays too"`
		Architecture []string `query:"architecture,explode" maxItems:"20" doc:"Of the machines; none: all that there are"`
	}) (collections.Breakage, error) {
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
