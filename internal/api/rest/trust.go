package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
)

// trust adds /v1/keyrings.
func (s *service) trust() {
	handle(s, routes.ListTrustedKeys, func(ctx context.Context, in *routes.Keyring) (routes.TrustedKeys, error) {
		keys, err := s.app.Keys.Trusted(ctx, in.Keyring)
		return routes.TrustedKeys{Keys: keys}, err
	})
	handle(s, routes.AddTrustedKeys, func(ctx context.Context, in *routes.AddTrustedKeysInput) (routes.Told, error) {
		told, err := s.app.Keys.AddTrusted(ctx, in.Keyring.Keyring, in.Body.Armored, in.Body.Keyserver, in.Body.IDs)
		return routes.Told{Told: told}, err
	})
	handleEmpty(s, routes.DropTrustedKey, func(ctx context.Context, in *routes.DropTrustedKeyInput) error {
		_, err := s.app.Keys.DropTrusted(ctx, in.Keyring.Keyring, in.ID)
		return err
	})
}
