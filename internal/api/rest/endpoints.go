package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// endpoints adds /v1/endpoints.
func (s *service) endpoints() {
	handle(s, routes.ListEndpoints, func(ctx context.Context, in *routes.Paging) (usecase.List[publications.Endpoint], error) {
		return s.app.Publications.Endpoints(ctx, in.Page())
	})
	handle(s, routes.CreateEndpoint, func(ctx context.Context, in *routes.Body[routes.NewEndpoint]) (publications.Endpoint, error) {
		return s.app.Publications.CreateEndpoint(ctx, in.Body.Name, in.Body.EndpointSettings)
	})
	handle(s, routes.GetEndpoint, func(ctx context.Context, in *routes.Named) (publications.Endpoint, error) {
		return s.app.Publications.Endpoint(ctx, in.Name)
	})
	handle(s, routes.EditEndpoint, func(ctx context.Context, in *routes.NamedBody[publications.EndpointSettings]) (publications.Endpoint, error) {
		return s.app.Publications.EditEndpoint(ctx, in.Name, in.Body)
	})
	handleEmpty(s, routes.DropEndpoint, func(ctx context.Context, in *routes.Named) error {
		return s.app.Publications.DropEndpoint(ctx, in.Name)
	})
}
