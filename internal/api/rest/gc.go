package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// gc adds /v1/gc and what is kept by hand.
func (s *service) gc() {
	handle(s, routes.CollectGarbage, func(ctx context.Context, in *routes.Body[*garbage.GC]) (usecase.Activity, error) {
		var how garbage.GC
		if in.Body != nil {
			how = *in.Body
		}
		return s.app.Garbage.Collect(ctx, how)
	})
	handle(s, routes.PinRelease, func(ctx context.Context, in *routes.PinReleaseInput) (publications.Release, error) {
		return s.app.Publications.Pin(ctx, in.Prefix, in.Distribution, in.Release, in.Body.Pinned)
	})
}
