package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// aptSources adds /v1/apt-sources.
func (s *service) aptSources() {
	handle(s, routes.ListAPTSources, func(ctx context.Context, in *routes.ListAPTSourcesInput) (usecase.List[profiles.APTSource], error) {
		return s.app.Profiles.APTSources(ctx, profiles.APTSourceFilter{Profile: in.Profile, AccessGroup: in.AccessGroup, Text: in.Text}, in.Page())
	})
	handle(s, routes.CreateAPTSource, func(ctx context.Context, in *routes.Body[profiles.NewAPTSource]) (profiles.APTSource, error) {
		return s.app.Profiles.CreateAPTSource(ctx, in.Body)
	})
	handle(s, routes.GetAPTSource, func(ctx context.Context, in *routes.Named) (profiles.APTSource, error) {
		return s.app.Profiles.APTSource(ctx, in.Name)
	})
	handle(s, routes.EditAPTSource, func(ctx context.Context, in *routes.NamedBody[profiles.APTSourceEdit]) (profiles.APTSource, error) {
		return s.app.Profiles.EditAPTSource(ctx, in.Name, in.Body)
	})
	handleEmpty(s, routes.DropAPTSource, func(ctx context.Context, in *routes.Named) error {
		return s.app.Profiles.DropAPTSources(ctx, in.Name)
	})
}
