package landscapeapi_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/cli/landscapeapi"
)

// actions are a table with a parameter of every kind.
func actions() []landscape.Action {
	name := wire.Parameter{Name: "name", Type: wire.Name, Doc: "What to call it."}
	query := wire.Parameter{Name: "query", Type: wire.Text, Doc: "Which ones."}
	list := func(name string, of wire.Type) wire.Parameter {
		return wire.Parameter{Name: name, Type: wire.List, Of: of, Doc: "Several."}
	}
	optional := func(p wire.Parameter) wire.Parameter { p.Optional = true; return p }
	return []landscape.Action{
		{Name: "CreatePocket", Doc: "Create a pocket.", Returns: "The pocket.", Parameters: []wire.Parameter{
			name, list("components", wire.Text),
			{Name: "gpg_key", Type: wire.Text, Doc: "The key."},
			optional(wire.Parameter{Name: "mirror_uri", Type: wire.Text, Doc: "Where it comes from."}),
			optional(wire.Parameter{Name: "include_udeb", Type: wire.Boolean, Default: "false", Doc: "Take udebs too."}),
			optional(wire.Parameter{Name: "verify", Type: wire.Boolean, Default: "true", Doc: "Trust nobody."}),
			optional(wire.Parameter{Name: "upload_allow_unsigned", Type: wire.Boolean, Nullable: true, Doc: "Take anything."}),
			optional(wire.Parameter{Name: "limit", Type: wire.Integer, Default: "1000", Doc: "How many."}),
		}},
		{Name: "AddTagsToComputers", Parameters: []wire.Parameter{query, list("tags", wire.Text)}},
		{Name: "GetActivities", Parameters: []wire.Parameter{optional(query)}},
		{Name: "RemoveComputers", Parameters: []wire.Parameter{list("computer_ids", wire.Integer)}},
		{Name: "RenameComputers", Parameters: []wire.Parameter{{Name: "computer_titles", Type: wire.Mapping, Of: wire.Text, Doc: "Names."}}},
		{Name: "CreateScriptAttachment", Parameters: []wire.Parameter{{Name: "file", Type: wire.File, Doc: "A file."}}},
		{Name: "CreateScript", Parameters: []wire.Parameter{{Name: "code", Type: wire.Data, Doc: "The script."}}},
		{Name: "ImportGPGKey", Parameters: []wire.Parameter{name, {Name: "material", Type: wire.Text, FromFile: true, Doc: "The key."}}},
		{Name: "GetScriptCode", Parameters: []wire.Parameter{{Name: "script_id", Type: wire.Integer, Doc: "Which one."}}},
	}
}

// terminal is a terminal, with a server that answers the same each time.
type terminal struct {
	status int
	answer string
	header http.Header
	env    map[string]string

	out, err strings.Builder
	sent     map[string]string // with action and version; nil: nothing
	at       landscapeapi.Place
}

// run runs a command line and returns its exit code.
func (term *terminal) run(t *testing.T, args ...string) int {
	t.Helper()
	if term.status == 0 {
		term.status, term.answer = http.StatusOK, "null"
	}
	return landscapeapi.Command{
		Name: "landscape-api", Actions: actions(), Out: &term.out, Err: &term.err, Getenv: func(name string) string { return term.env[name] },
		Connect: func(_ context.Context, at landscapeapi.Place) (landscapeapi.Post, error) {
			term.at = at
			return func(_ context.Context, parameters map[string]string) (*http.Response, error) {
				term.sent = maps.Clone(parameters)
				return &http.Response{StatusCode: term.status, Header: term.header, Body: io.NopCloser(strings.NewReader(term.answer))}, nil
			}, nil
		},
	}.Run(t.Context(), args)
}
