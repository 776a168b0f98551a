package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

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
