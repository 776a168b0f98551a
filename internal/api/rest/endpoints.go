package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// NewEndpoint is an endpoint to be made.
type NewEndpoint struct {
	Name string `json:"name" maxLength:"100"`
	publications.EndpointSettings
}

// endpoints adds /v1/endpoints.
func (s *service) endpoints() {
	const one = "/v1/endpoints/{name}"
	handle(s, get("list-endpoints", "/v1/endpoints", "List the places in which publications appear for other servers to serve"),
		func(ctx context.Context, in *Paging) (usecase.List[publications.Endpoint], error) {
			return s.app.Publications.Endpoints(ctx, in.page())
		})
	handle(s, post("create-endpoint", "/v1/endpoints", "Make a place known", http.StatusCreated), func(ctx context.Context, in *struct{ Body NewEndpoint }) (publications.Endpoint, error) {
		return s.app.Publications.CreateEndpoint(ctx, in.Body.Name, in.Body.EndpointSettings)
	})
	handle(s, get("get-endpoint", one, "Get an endpoint"), func(ctx context.Context, in *Named) (publications.Endpoint, error) {
		return s.app.Publications.Endpoint(ctx, in.Name)
	})
	handle(s, huma.Operation{OperationID: "edit-endpoint", Method: http.MethodPut, Path: one, Summary: "Give an endpoint other settings"}, func(ctx context.Context, in *struct {
		Named
		Body publications.EndpointSettings
	}) (publications.Endpoint, error) {
		return s.app.Publications.EditEndpoint(ctx, in.Name, in.Body)
	})
	handleEmpty(s, remove("drop-endpoint", one, "Forget an endpoint that nothing is published at"), func(ctx context.Context, in *Named) error {
		return s.app.Publications.DropEndpoint(ctx, in.Name)
	})
}
