package rest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/repos"
)

// uploaders adds the rules of whose .changes files a repo takes.
func (s *service) uploaders() {
	handle(s, routes.GetUploaders, func(ctx context.Context, in *routes.Named) (repos.Uploaders, error) {
		return s.app.Repos.Uploaders(ctx, in.Name)
	})
	handle(s, routes.SetUploaders, func(ctx context.Context, in *routes.NamedBody[repos.Uploaders]) (repos.Uploaders, error) {
		rules, err := json.Marshal(in.Body)
		if err != nil {
			return repos.Uploaders{}, fmt.Errorf("encoding rules: %w", err)
		}
		if err := s.app.Repos.SetUploaders(ctx, in.Name, string(rules)); err != nil {
			return repos.Uploaders{}, err
		}
		return s.app.Repos.Uploaders(ctx, in.Name)
	})
	handleEmpty(s, routes.DropUploaders, func(ctx context.Context, in *routes.Named) error {
		return s.app.Repos.SetUploaders(ctx, in.Name, "")
	})
}
