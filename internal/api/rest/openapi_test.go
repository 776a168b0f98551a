package rest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

var update = flag.Bool("update", false, "write the description to the golden file")

// TestTheDescriptionIsTheOneThatClientsKnow compares the whole document with the golden
// one, so that no change of a path, a parameter or a schema goes unnoticed.
func TestTheDescriptionIsTheOneThatClientsKnow(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{Version: "v1"})
		var got bytes.Buffer
		if err := json.Indent(&got, []byte(s.ask("GET", "/openapi.json", "").body), "", "  "); err != nil {
			h.TB.Fatal(err)
		}
		const golden = "testdata/openapi.json"
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				h.TB.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			h.TB.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			h.TB.Errorf("the description differs (go test ./internal/api/rest -update writes it):\n%s", diff)
		}
	})
}

// description is what is looked at of an OpenAPI document.
type description struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string `json:"summary"`
		Responses   map[string]struct {
			Content map[string]struct {
				Schema map[string]any `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]any `json:"schemas"`
	} `json:"components"`
}

func TestTheDescriptionIsPublicAndWhole(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{Version: "v1"})
		got := s.ask("GET", "/openapi.json", "", set("Authorization", ""))
		var d description
		if err := json.Unmarshal([]byte(got.body), &d); err != nil || got.status != 200 {
			h.TB.Fatalf("%d %v", got.status, err)
		}
		if !strings.HasPrefix(d.OpenAPI, "3.1.") {
			h.TB.Errorf("it is of OpenAPI %s", d.OpenAPI)
		}
		ids, operations := map[string]bool{}, 0
		for path, item := range d.Paths {
			for method, op := range item {
				operations++
				if ids[op.OperationID] || op.OperationID == "" || op.Summary == "" {
					h.TB.Errorf("%s %s: id %q, summary %q", method, path, op.OperationID, op.Summary)
				}
				ids[op.OperationID] = true
				fault := op.Responses["default"].Content["application/problem+json"].Schema["$ref"]
				if fault != "#/components/schemas/Problem" {
					h.TB.Errorf("%s %s: faults are %v", method, path, fault)
				}
			}
		}
		if want := len(s.handler.Routes()); operations != want {
			h.TB.Errorf("it has %d operations, not %d", operations, want)
		}
		for name := range referred(got.body) {
			if d.Components.Schemas[name] == nil {
				h.TB.Errorf("there is no schema %s", name)
			}
		}
		for _, name := range []string{"ListMirror", "MirrorConfig", "PublishOptions", "Problem"} {
			if d.Components.Schemas[name] == nil {
				h.TB.Errorf("there is no schema %s", name)
			}
		}
	})
}

// referred finds the schemas that a document refers to.
func referred(text string) map[string]bool {
	names := map[string]bool{}
	for _, part := range strings.Split(text, `"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		names[name] = true
	}
	return names
}
