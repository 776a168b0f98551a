package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of garbage collection and the pool.
var (
	CollectGarbage = post[Body[*garbage.GC], usecase.Activity]("collect-garbage", "/v1/gc", "Drop the past states that no retention keeps, and all that nothing needs then", http.StatusAccepted)
	PinRelease     = put[PinReleaseInput, publications.Release]("pin-release", "/v1/publications/{prefix}/{distribution}/releases/{release}/pin", "Keep a release whatever the retention says, or end that")
	Scrub          = post[None, ScrubLine]("scrub", "/v1/scrub", "Read the whole pool and check it; the answer is lines of JSON", http.StatusOK)
)

// Pin states whether a release is kept whatever the retention says.
type Pin struct {
	Pinned bool `json:"pinned"`
}

// ScrubLine is a line of the answer of a scrub: its progress; in the last line, its report or
// the problem that ended it.
type ScrubLine struct {
	Blobs   int                  `json:"blobs" doc:"Read so far"`
	Bytes   int64                `json:"bytes"`
	Report  *garbage.ScrubReport `json:"report,omitempty"`
	Problem *Problem             `json:"problem,omitempty"`
}

// PinReleaseInput is the input of [PinRelease].
type PinReleaseInput struct {
	Place
	Release string `path:"release" maxLength:"40" doc:"Its number, or a time at which it was the newest: 20261120T120000Z"`
	Body    Pin
}
