package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Keys lists keys by name.
func (c *Client) Keys(ctx context.Context, p usecase.Page) (usecase.List[keys.Key], error) {
	return list[keys.Key](ctx, c, p, nil, "keys")
}

// GenerateKey makes a signing key.
func (c *Client) GenerateKey(ctx context.Context, in keys.NewKey) (keys.Key, error) {
	return call[keys.Key](ctx, c, request{method: http.MethodPost, path: path("keys"), body: in})
}

// ImportKey stores a key, armored or binary.
func (c *Client) ImportKey(ctx context.Context, name string, data []byte, passphrase string) (keys.Key, error) {
	in := routes.KeyImport{Name: name, Binary: data, Passphrase: passphrase}
	return call[keys.Key](ctx, c, request{method: http.MethodPost, path: path("keys", "import"), body: in})
}

// Key gives a key by name, fingerprint or long key id.
func (c *Client) Key(ctx context.Context, ref string) (keys.Key, error) {
	return call[keys.Key](ctx, c, request{method: http.MethodGet, path: path("keys", ref)})
}

// ExportKey gives a public key, armored or binary.
func (c *Client) ExportKey(ctx context.Context, ref string, binary bool) ([]byte, error) {
	format := "armored"
	if binary {
		format = "binary"
	}
	return c.bytes(ctx, request{method: http.MethodGet, path: path("keys", ref, "public"), query: url.Values{"format": {format}}})
}

// ExportSecretKey gives a key with its secret, armored and not encrypted.
func (c *Client) ExportSecretKey(ctx context.Context, ref string) ([]byte, error) {
	return c.bytes(ctx, request{method: http.MethodGet, path: path("keys", ref, "secret")})
}

func (c *Client) bytes(ctx context.Context, r request) ([]byte, error) {
	answer, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
}

// SetDefaultKey chooses the key that signs where none is named.
func (c *Client) SetDefaultKey(ctx context.Context, ref string) (keys.Key, error) {
	return call[keys.Key](ctx, c, request{method: http.MethodPut, path: path("keys", "default"), body: routes.KeyChoice{Ref: ref}})
}

// DropKey forgets a key for good.
func (c *Client) DropKey(ctx context.Context, ref string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("keys", ref)})
}

// TrustedKeys lists the keys of a GnuPG keyring of the server.
func (c *Client) TrustedKeys(ctx context.Context, keyring string) (routes.TrustedKeys, error) {
	return call[routes.TrustedKeys](ctx, c, request{method: http.MethodGet, path: path("keyrings", keyring, "keys")})
}

// AddTrustedKeys adds keys to a GnuPG keyring of the server.
func (c *Client) AddTrustedKeys(ctx context.Context, keyring string, in routes.NewTrust) (routes.Told, error) {
	return call[routes.Told](ctx, c, request{method: http.MethodPost, path: path("keyrings", keyring, "keys"), body: in})
}

// DropTrustedKey removes a key from a GnuPG keyring of the server.
func (c *Client) DropTrustedKey(ctx context.Context, keyring, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("keyrings", keyring, "keys", id)})
}
