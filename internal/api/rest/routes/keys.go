package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of signing keys and GnuPG keyrings.
var (
	ListKeys        = get[Paging, usecase.List[keys.Key]]("list-keys", "/v1/keys", "List keys by name")
	GenerateKey     = post[Body[keys.NewKey], keys.Key]("generate-key", "/v1/keys", "Create a signing key", http.StatusCreated)
	ImportKey       = post[Body[KeyImport], keys.Key]("import-key", "/v1/keys/import", "Store a key that you have", http.StatusCreated)
	SetDefaultKey   = put[Body[KeyChoice], keys.Key]("set-default-key", "/v1/keys/default", "Choose the key that signs where none is named")
	GetKey          = get[KeyRef, keys.Key]("get-key", "/v1/keys/{ref}", "Get a key")
	DropKey         = drop[KeyRef]("drop-key", "/v1/keys/{ref}", "Forget a key that signs no publication, for good")
	ListTrustedKeys = get[Keyring, TrustedKeys]("list-trusted-keys", "/v1/keyrings/{keyring}/keys", "List the public keys of a GnuPG keyring of the server")
	AddTrustedKeys  = post[AddTrustedKeysInput, Told]("add-trusted-keys", "/v1/keyrings/{keyring}/keys", "Add public keys to a GnuPG keyring of the server", http.StatusOK)
	DropTrustedKey  = drop[DropTrustedKeyInput]("drop-trusted-key", "/v1/keyrings/{keyring}/keys/{id}", "Remove a key from a GnuPG keyring of the server")
	ExportKey       = get[ExportKeyInput, []byte]("export-key", "/v1/keys/{ref}/public", "Get a public key, as apt reads it")
	ExportSecretKey = get[KeyRef, []byte]("export-secret-key", "/v1/keys/{ref}/secret", "Get a key with its secret, armored and not encrypted")
)

// ExportKeyInput is the input of [ExportKey].
type ExportKeyInput struct {
	KeyRef
	Format string `query:"format" enum:"armored,binary" default:"armored" doc:"For a .asc or a .gpg file"`
}

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

// Keyring is a path that names a GnuPG keyring of the server.
type Keyring struct {
	Keyring string `path:"keyring" maxLength:"1000" doc:"The name of a file in the server's GnuPG home, such as trustedkeys.gpg, or an absolute path"`
}

// TrustedKeys are the keys of a keyring.
type TrustedKeys struct {
	Keys []keys.TrustedKey `json:"keys"`
}

// NewTrust are public keys to add to a keyring.
type NewTrust struct {
	Armored   string   `json:"armored,omitempty" doc:"Public keys, armored"`
	Keyserver string   `json:"keyserver,omitempty" doc:"Where those of ids are: hkps://keys.openpgp.org"`
	IDs       []string `json:"ids,omitempty" doc:"Fingerprints or key ids"`
}

// Told is the output of gpg.
type Told struct {
	Told string `json:"told"`
}

// AddTrustedKeysInput is the input of [AddTrustedKeys].
type AddTrustedKeysInput struct {
	Keyring
	Body NewTrust
}

// DropTrustedKeyInput is the input of [DropTrustedKey].
type DropTrustedKeyInput struct {
	Keyring
	ID string `path:"id" maxLength:"100" doc:"A fingerprint or key id"`
}
