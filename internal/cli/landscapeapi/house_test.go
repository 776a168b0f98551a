package landscapeapi_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/cli/landscapeapi"
)

// actions are a table with a parameter of every kind.
func actions() []landscape.Action {
	name := landscape.Parameter{Name: "name", Type: landscape.Name, Doc: "What to call it."}
	query := landscape.Parameter{Name: "query", Type: landscape.Text, Doc: "Which ones."}
	list := func(name string, of landscape.Type) landscape.Parameter {
		return landscape.Parameter{Name: name, Type: landscape.List, Of: of, Doc: "Several."}
	}
	optional := func(p landscape.Parameter) landscape.Parameter { p.Optional = true; return p }
	return []landscape.Action{
		{Name: "CreatePocket", Doc: "Create a pocket.", Returns: "The pocket.", Parameters: []landscape.Parameter{
			name, list("components", landscape.Text),
			{Name: "gpg_key", Type: landscape.Text, Doc: "The key."},
			optional(landscape.Parameter{Name: "mirror_uri", Type: landscape.Text, Doc: "Where it comes from."}),
			optional(landscape.Parameter{Name: "include_udeb", Type: landscape.Boolean, Default: "false", Doc: "Take udebs too."}),
			optional(landscape.Parameter{Name: "verify", Type: landscape.Boolean, Default: "true", Doc: "Trust nobody."}),
			optional(landscape.Parameter{Name: "upload_allow_unsigned", Type: landscape.Boolean, Nullable: true, Doc: "Take anything."}),
			optional(landscape.Parameter{Name: "limit", Type: landscape.Integer, Default: "1000", Doc: "How many."}),
		}},
		{Name: "AddTagsToComputers", Parameters: []landscape.Parameter{query, list("tags", landscape.Text)}},
		{Name: "GetActivities", Parameters: []landscape.Parameter{optional(query)}},
		{Name: "RemoveComputers", Parameters: []landscape.Parameter{list("computer_ids", landscape.Integer)}},
		{Name: "RenameComputers", Parameters: []landscape.Parameter{{Name: "computer_titles", Type: landscape.Mapping, Of: landscape.Text, Doc: "Names."}}},
		{Name: "CreateScriptAttachment", Parameters: []landscape.Parameter{{Name: "file", Type: landscape.File, Doc: "A file."}}},
		{Name: "CreateScript", Parameters: []landscape.Parameter{{Name: "code", Type: landscape.Data, Doc: "The script."}}},
		{Name: "ImportGPGKey", Parameters: []landscape.Parameter{name, {Name: "material", Type: landscape.Text, Doc: "The key."}}},
		{Name: "GetScriptCode", Parameters: []landscape.Parameter{{Name: "script_id", Type: landscape.Integer, Doc: "Which one."}}},
	}
}

// terminal is somebody at a terminal, and a server that answers the same each time.
type terminal struct {
	status int
	answer string
	header http.Header
	env    map[string]string

	out, err strings.Builder
	sent     map[string]string // with action and version; nil: nothing
	at       landscapeapi.Place
}

// run runs a command line and gives its exit code.
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
