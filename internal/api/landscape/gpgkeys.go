package landscape

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func gpgKeyActions() []Action {
	const group = "GPG keys"
	return []Action{
		action(Action{
			Name: "ImportGPGKey", Group: group,
			Doc: "Import a GPG key: one with its secret, which must have no passphrase, to sign pockets with; or a public one, " +
				"to verify what a mirror pocket fetches, or who may upload.",
			Errors: []string{
				codeDuplicateGPGKey, codeGPGKeyImportError, codeMultipleGPGKey, codeInvalidParameterValue, codeUnauthorised,
			},
			Returns: "The key.",
		}, importGPGKey),
		action(Action{
			Name: "GetGPGKeys", Group: group,
			Doc:     "List GPG keys by name: all, or those that are named. A name that is not known is passed over.",
			Errors:  []string{codeUnauthorised},
			Returns: "A list of keys.",
		}, getGPGKeys),
		action(Action{
			Name: "RemoveGPGKey", Group: group,
			Doc:    "Remove a GPG key that nothing uses.",
			Errors: []string{codeUnknownGPGKey, codeGPGKeyInUse, codeUnauthorised},
		}, removeGPGKey),
	}
}

// gpgKey is a key as clients see it.
type gpgKey struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	KeyID       string `json:"key_id"`      // the last 16 digits of the fingerprint
	Fingerprint string `json:"fingerprint"` // in fours, with colons between
	HasSecret   bool   `json:"has_secret"`
}

func showGPGKey(k keys.Key) gpgKey {
	groups := slices.Collect(slices.Chunk([]byte(strings.ToLower(k.Fingerprint)), 4))
	return gpgKey{
		ID: k.ID, Name: k.Name, KeyID: strings.ToUpper(k.Fingerprint[max(0, len(k.Fingerprint)-16):]), Fingerprint: string(bytes.Join(groups, []byte(":"))),
		HasSecret: k.CanSign,
	}
}

func importGPGKey(ctx context.Context, c *call, in struct {
	Name     string `param:"name,name" doc:"What to call the key."`
	Material string `param:"material,file" doc:"The key in ASCII armor, as gpg --export-secret-keys -a writes it."`
}) (any, error) {
	key, err := c.app.Keys.ImportNew(ctx, in.Name, []byte(in.Material))
	return showGPGKey(key), err
}

func getGPGKeys(ctx context.Context, c *call, in struct {
	Names []string `param:"names,optional" doc:"The names of the keys; all if there are none."`
}) (any, error) {
	list, err := usecase.Every(ctx, c.app.Keys.List)
	if len(in.Names) > 0 {
		list = slices.DeleteFunc(list, func(k keys.Key) bool { return !slices.Contains(in.Names, k.Name) })
	}
	return usecase.Map(list, showGPGKey), err
}

func removeGPGKey(ctx context.Context, c *call, in struct {
	Name string `param:"name" doc:"The name of the key."`
}) (any, error) {
	return nil, c.app.Keys.Drop(ctx, in.Name)
}
