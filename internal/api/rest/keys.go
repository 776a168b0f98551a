package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// KeyImport is a key that the caller has.
type KeyImport struct {
	Name       string `json:"name" doc:"How to call it here"`
	Key        string `json:"key,omitempty" doc:"The key, armored"`
	Binary     []byte `json:"binary,omitempty" doc:"The key as gpg --export writes it, in base64, instead"`
	Passphrase string `json:"passphrase,omitempty" doc:"Unlocks its secret; it is not kept"`
}

// KeyChoice names a key.
type KeyChoice struct {
	Ref string `json:"ref" doc:"A name, a fingerprint or a long key id"`
}

// KeyRef is a path that names a key.
type KeyRef struct {
	Ref string `path:"ref" doc:"A name, a fingerprint or a long key id" maxLength:"200"`
}

// keyFile is a key as a file (RFC 3156, 7).
type keyFile struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte `contentType:"application/pgp-keys"`
}

// keys adds /v1/keys.
func (s *service) keys() {
	handle(s, get("list-keys", "/v1/keys", "List keys by name"), func(ctx context.Context, in *Paging) (usecase.List[keys.Key], error) {
		return s.app.Keys.List(ctx, in.page())
	})
	handle(s, post("generate-key", "/v1/keys", "Make a signing key", http.StatusCreated), func(ctx context.Context, in *struct{ Body keys.NewKey }) (keys.Key, error) {
		return s.app.Keys.Generate(ctx, in.Body)
	})
	handle(s, post("import-key", "/v1/keys/import", "Store a key that you have", http.StatusCreated), func(ctx context.Context, in *struct{ Body KeyImport }) (keys.Key, error) {
		data := in.Body.Binary
		if (len(data) > 0) == (in.Body.Key != "") {
			return keys.Key{}, problem.New(problem.Invalid, "give the key once").In("key").WithHint("armored in key, or in base64 in binary")
		}
		if len(data) == 0 {
			data = []byte(in.Body.Key)
		}
		return s.app.Keys.Import(ctx, in.Body.Name, data, []byte(in.Body.Passphrase))
	})
	handle(s, put("set-default-key", "/v1/keys/default", "Choose the key that signs where none is named"), func(ctx context.Context, in *struct{ Body KeyChoice }) (keys.Key, error) {
		return s.app.Keys.SetDefault(ctx, in.Body.Ref)
	})
	handle(s, get("get-key", "/v1/keys/{ref}", "Get a key"), func(ctx context.Context, in *KeyRef) (keys.Key, error) {
		return s.app.Keys.Get(ctx, in.Ref)
	})
	handleEmpty(s, remove("drop-key", "/v1/keys/{ref}", "Forget a key that signs no publication, for good"), func(ctx context.Context, in *KeyRef) error {
		return s.app.Keys.Drop(ctx, in.Ref)
	})
	s.keyFiles()
	s.trust()
}

// keyFiles adds the routes that give keys as files.
func (s *service) keyFiles() {
	public := s.described(get("export-key", "/v1/keys/{ref}/public", "Get a public key, as apt reads it"))
	huma.Register(s.api, public, func(ctx context.Context, in *struct {
		KeyRef
		Format string `query:"format" enum:"armored,binary" default:"armored" doc:"For a .asc or a .gpg file"`
	}) (*keyFile, error) {
		data, err := s.app.Keys.Export(ctx, in.Ref, in.Format == "armored")
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &keyFile{"application/pgp-keys", "no-cache", data}, nil
	})
	secret := s.described(get("export-secret-key", "/v1/keys/{ref}/secret", "Get a key with its secret, armored and not encrypted"))
	huma.Register(s.api, secret, func(ctx context.Context, in *KeyRef) (*keyFile, error) {
		data, err := s.app.Keys.ExportSecret(ctx, in.Ref)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &keyFile{"application/pgp-keys", "no-store", data}, nil
	})
}
