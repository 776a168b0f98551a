package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Pin keeps a release, or ends that.
type Pin struct {
	Pinned bool `json:"pinned"`
}

// gc adds /v1/gc and what is kept by hand.
func (s *service) gc() {
	handle(s, post("collect-garbage", "/v1/gc", "Drop the past states that no retention keeps, and all that nothing needs then", http.StatusAccepted),
		func(ctx context.Context, in *struct{ Body *garbage.GC }) (usecase.Activity, error) {
			var how garbage.GC
			if in.Body != nil {
				how = *in.Body
			}
			return s.app.Garbage.Collect(ctx, how)
		})
	handle(s, put("pin-release", "/v1/publications/{prefix}/{distribution}/releases/{release}/pin", "Keep a release whatever the retention says, or end that"),
		func(ctx context.Context, in *struct {
			Place
			Release string `path:"release" maxLength:"40" doc:"Its number, or a time at which it was the newest: 20261120T120000Z"`
			Body    Pin
		}) (publications.Release, error) {
			return s.app.Publications.Pin(ctx, in.Prefix, in.Distribution, in.Release, in.Body.Pinned)
		})
}
