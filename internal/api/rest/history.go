package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Revert says to which state a repo or publication is to go back.
type Revert struct {
	Ref string `json:"ref" doc:"repo:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER behind it"`
}

// history adds /v1/log and /v1/revert.
func (s *service) history() {
	handle(s, get("log", "/v1/log", "List what became of a collection or publication, newest first"), func(ctx context.Context, in *struct {
		Ref string `query:"ref" required:"true" doc:"mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION; with @TIME or #NUMBER from then on back"`
		Paging
	}) (usecase.List[collections.Revision], error) {
		ref, err := collections.ParseRef("ref", in.Ref)
		if err != nil {
			return usecase.List[collections.Revision]{}, err
		}
		return s.app.Collections.History(ctx, ref, in.page())
	})
	handle(s, post("revert", "/v1/revert", "Make a repo or a publication as a past state of it was", http.StatusOK), func(ctx context.Context, in *struct{ Body Revert }) (publications.Reverted, error) {
		ref, err := collections.ParseRef("ref", in.Body.Ref)
		if err != nil {
			return publications.Reverted{}, err
		}
		return s.app.Publications.Revert(ctx, ref)
	})
}
