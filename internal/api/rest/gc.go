package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app"
)

// Pin keeps a release, or ends that.
type Pin struct {
	Pinned bool `json:"pinned"`
}

// gc adds /v1/gc and what is kept by hand.
func (s *service) gc() {
	handle(s, post("collect-garbage", "/v1/gc", "Drop the past states that no retention keeps, and all that nothing needs then", http.StatusAccepted),
		func(ctx context.Context, in *struct{ Body *app.GC }) (app.Activity, error) {
			var how app.GC
			if in.Body != nil {
				how = *in.Body
			}
			return s.app.CollectGarbage(ctx, how)
		})
	handle(s, put("pin-release", "/v1/publications/{prefix}/{distribution}/releases/{release}/pin", "Keep a release whatever the retention says, or end that"),
		func(ctx context.Context, in *struct {
			Place
			Release string `path:"release" maxLength:"40" doc:"Its number, or a time at which it was the newest: 20261120T120000Z"`
			Body    Pin
		}) (app.Release, error) {
			return s.app.PinRelease(ctx, in.Prefix, in.Distribution, in.Release, in.Body.Pinned)
		})
}
