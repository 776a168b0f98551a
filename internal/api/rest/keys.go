package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/problem"
)

// keyFile is a key as a file (RFC 3156, 7).
type keyFile struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte `contentType:"application/pgp-keys"`
}

// keys adds /v1/keys.
func (s *service) keys() {
	handle(s, routes.ListKeys, paged(s.app.Keys.List))
	handle(s, routes.GenerateKey, body(s.app.Keys.Generate))
	handle(s, routes.ImportKey, func(ctx context.Context, in *routes.Body[routes.KeyImport]) (keys.Key, error) {
		data := in.Body.Binary
		if (len(data) > 0) == (in.Body.Key != "") {
			return keys.Key{}, problem.New(problem.Invalid, "give the key once").In("key").WithHint("armored in key, or in base64 in binary")
		}
		if len(data) == 0 {
			data = []byte(in.Body.Key)
		}
		return s.app.Keys.Import(ctx, in.Body.Name, data, []byte(in.Body.Passphrase))
	})
	handle(s, routes.SetDefaultKey, func(ctx context.Context, in *routes.Body[routes.KeyChoice]) (keys.Key, error) {
		return s.app.Keys.SetDefault(ctx, in.Body.Ref)
	})
	handle(s, routes.GetKey, func(ctx context.Context, in *routes.KeyRef) (keys.Key, error) {
		return s.app.Keys.Get(ctx, in.Ref)
	})
	handleEmpty(s, routes.DropKey, func(ctx context.Context, in *routes.KeyRef) error {
		return s.app.Keys.Drop(ctx, in.Ref)
	})
	s.keyFiles()
	s.trust()
}

// keyFiles adds the routes that answer with a key as a file.
func (s *service) keyFiles() {
	register(s, operation(s, routes.ExportKey), func(ctx context.Context, in *routes.ExportKeyInput) (*keyFile, error) {
		data, err := s.app.Keys.Export(ctx, in.Ref, in.Format == "armored")
		return &keyFile{"application/pgp-keys", "no-cache", data}, err
	})
	register(s, operation(s, routes.ExportSecretKey), func(ctx context.Context, in *routes.KeyRef) (*keyFile, error) {
		data, err := s.app.Keys.ExportSecret(ctx, in.Ref)
		return &keyFile{"application/pgp-keys", "no-store", data}, err
	})
}

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
