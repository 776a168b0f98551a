package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of publications and endpoints.
var (
	GetStagedSources        = get[Place, StagedSources]("get-staged-sources", "/v1/publications/{prefix}/{distribution}/staged", "Get the sources that are staged for a publication")
	StageSources            = put[PlaceBody[StagedSources], StagedSources]("stage-sources", "/v1/publications/{prefix}/{distribution}/staged", "Stage sources, which an edit with staged publishes")
	DropStagedSources       = drop[Place]("drop-staged-sources", "/v1/publications/{prefix}/{distribution}/staged", "Forget the staged sources")
	ListPublications        = get[Paging, usecase.List[publications.Publication]]("list-publications", "/v1/publications", "List publications by prefix and distribution")
	CreatePublication       = post[Body[NewPublication], Published]("create-publication", "/v1/publications", "Create a publication and start its first release", http.StatusAccepted)
	GetPublication          = get[GetPublicationInput, publications.PublicationDetail]("get-publication", "/v1/publications/{prefix}/{distribution}", "Get a publication, with the file that clients need")
	ListPublicationPackages = get[ListPublicationPackagesInput, usecase.List[collections.Package]]("list-publication-packages", "/v1/publications/{prefix}/{distribution}/packages", "List the packages of a publication")
	DropPublication         = drop[Place]("drop-publication", "/v1/publications/{prefix}/{distribution}", "Drop a publication; past times stay available")
	Publish                 = post[PlaceBody[*PublishRequest], usecase.Activity]("publish", "/v1/publications/{prefix}/{distribution}/publish", "Start the next release, with what the sources have now", http.StatusAccepted)
	ListReleases            = get[ListReleasesInput, usecase.List[publications.Release]]("list-releases", "/v1/publications/{prefix}/{distribution}/releases", "List the releases of a publication, newest first")
	RetainPublication       = put[PlaceBody[collections.Retention], publications.Publication]("retain-publication", "/v1/publications/{prefix}/{distribution}/retention", "Set which past releases of a publication are kept")
	EditPublication         = accepted(patch[PlaceBody[PublicationEdit], usecase.Activity]("edit-publication", "/v1/publications/{prefix}/{distribution}", "Give a publication other sources or options and start its next release"))
	ListEndpoints           = get[Paging, usecase.List[publications.Endpoint]]("list-endpoints", "/v1/endpoints", "List the places in which publications appear for other servers to serve")
	CreateEndpoint          = post[Body[NewEndpoint], publications.Endpoint]("create-endpoint", "/v1/endpoints", "Create an endpoint", http.StatusCreated)
	GetEndpoint             = get[Named, publications.Endpoint]("get-endpoint", "/v1/endpoints/{name}", "Get an endpoint")
	DropEndpoint            = drop[Named]("drop-endpoint", "/v1/endpoints/{name}", "Forget an endpoint that nothing is published at")
	EditEndpoint            = put[NamedBody[publications.EndpointSettings], publications.Endpoint]("edit-endpoint", "/v1/endpoints/{name}", "Give an endpoint other settings")
)

// Place is the path of a publication. Slashes in both parts are sent as %2F.
type Place struct {
	Prefix       string `path:"prefix" maxLength:"300" doc:"PREFIX, or ENDPOINT:PREFIX where another server serves it; :. for the root"`
	Distribution string `path:"distribution" maxLength:"200"`
}

// PlaceBody is the path of a publication and a body.
type PlaceBody[T any] struct {
	Place
	Body T
}

// Published is a new publication and the activity of its first release.
type Published struct {
	Publication publications.Publication `json:"publication"`
	Activity    usecase.Activity         `json:"activity"`
}

// PublishRequest adjusts a publish.
type PublishRequest struct {
	Rebuild bool `json:"rebuild,omitempty" doc:"Use nothing of the release before"`
}

// NewPublication is the request for a publication.
type NewPublication struct {
	publications.NewPublication
	Secret
}

// PublicationEdit changes a publication.
type PublicationEdit struct {
	publications.PublicationEdit
	Secret
}

// Secret unlocks keys for one call.
type Secret struct {
	Passphrase string `json:"passphrase,omitempty" maxLength:"1000" doc:"Unlocks GnuPG's keys for this call; it is not kept"`
}

// StagedSources are sources that the next update publishes.
type StagedSources struct {
	Sources []string `json:"sources" doc:"[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; fixed at a state with @TIME or #NUMBER behind it"`
}

// NewEndpoint is the request for an endpoint.
type NewEndpoint struct {
	Name string `json:"name" maxLength:"100"`
	publications.EndpointSettings
}

// GetPublicationInput is the input of [GetPublication].
type GetPublicationInput struct {
	Place
	At string `query:"at" doc:"A time, for the publication of then: 20261120T120000Z or 2026-11-20T12:00:00Z"`
}

// ListPublicationPackagesInput is the input of [ListPublicationPackages].
type ListPublicationPackagesInput struct {
	Place
	Terms
	Paging
	At string `query:"at" doc:"A time, for the packages of then"`
}

// ListReleasesInput is the input of [ListReleases].
type ListReleasesInput struct {
	Place
	Paging
}

// SendToPlace returns the input of a route that takes the path of a publication and a body.
func SendToPlace[T any](prefix, distribution string, body T) PlaceBody[T] {
	return PlaceBody[T]{Place{prefix, distribution}, body}
}
