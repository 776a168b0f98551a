package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// gc adds /v1/gc and what is kept by hand.
func (s *service) gc() {
	handle(s, routes.CollectGarbage, func(ctx context.Context, in *routes.Body[*garbage.GC]) (usecase.Activity, error) {
		return s.app.Garbage.Collect(ctx, orZero(in.Body))
	})
	handle(s, routes.PinRelease, func(ctx context.Context, in *routes.PinReleaseInput) (publications.Release, error) {
		return s.app.Publications.Pin(ctx, in.Prefix, in.Distribution, in.Release, in.Body.Pinned)
	})
}

// scrubEvery is how often a scrub tells how far it is.
const scrubEvery = time.Second

// streamed is an answer that is written bit by bit.
type streamed struct{ Body func(huma.Context) }

// scrub adds /v1/scrub. It is no activity: it changes nothing, and ends with the
// request.
func (s *service) scrub() {
	op := operation(s, routes.Scrub)
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[routes.ScrubLine](), true, "")
	op.Responses["200"] = &huma.Response{
		Description: "Lines of JSON, the last with the report",
		Content:     map[string]*huma.MediaType{"application/x-ndjson": {Schema: schema}},
	}
	register(s, op, func(context.Context, *routes.None) (*streamed, error) {
		return &streamed{s.streamScrub}, nil
	})
}

func (s *service) streamScrub(hc huma.Context) {
	r, w := humago.Unwrap(hc)
	ctx := r.Context()
	lines, begun, told := json.NewEncoder(w), false, time.Now()
	tell := func(line routes.ScrubLine) {
		if !begun {
			w.Header().Set("Content-Type", "application/x-ndjson")
			w.WriteHeader(http.StatusOK)
			begun = true
		}
		_ = lines.Encode(line) // who went away has ended ctx too
		_ = http.NewResponseController(w).Flush()
	}
	last := routes.ScrubLine{}
	report, err := s.app.Garbage.Scrub(ctx, func(blobs int, bytes int64) {
		last = routes.ScrubLine{Blobs: blobs, Bytes: bytes}
		if time.Since(told) >= scrubEvery {
			told = time.Now()
			tell(last)
		}
	})
	switch {
	case err != nil && !begun:
		s.writeError(w, r, err)
	case err != nil:
		last.Problem = s.problem(ctx, err)
		tell(last)
	default:
		tell(routes.ScrubLine{Blobs: report.Blobs, Bytes: report.Bytes, Report: &report})
	}
}
