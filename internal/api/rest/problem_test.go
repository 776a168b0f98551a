package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/db"
)

func TestBadInputIsToldByItsField(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		as := func(contentType string) func(*http.Request) { return set("Content-Type", contentType) }
		garbled := func(r *http.Request) { r.ContentLength = -1 }
		for _, c := range []struct {
			name, request, body  string
			change               func(*http.Request)
			status               int
			kind, field, message string
		}{
			{"a member that is missing", "POST /v1/repos", `{}`, nil, 422, "invalid", "name", "is missing"},
			{"a member within a member that is missing", "POST /v1/mirrors", `{"name":"m","config":{"url":"http://x"}}`, nil, 422, "invalid", "suite", "is missing"},
			{"a task with a member that nobody knows", "POST /v1/tasks/aptmirror", `{"collection":"m","url":"http://x","suite":"s","filters":[{"name":"x"}]}`, nil, 422, "invalid", "filters[0].name", "no such member"},
			{"a task without a body", "POST /v1/tasks/aptmirror", "", nil, 400, "invalid", "", "request body is required"},
			{"a task that is no JSON", "POST /v1/tasks/aptmirror", `{"collection":`, nil, 422, "invalid", "", "unexpected end of JSON input"},
			{"a task in another language", "POST /v1/tasks/aptmirror", `collection: m`, as("application/x-yaml"), 422, "invalid", "", "application/x-yaml"},
			{"a member that nobody knows", "POST /v1/repos", `{"name":"x","colour":"red"}`, nil, 422, "invalid", "colour", "unexpected property"},
			{"a member of another type", "POST /v1/repos", `{"name":7}`, nil, 422, "invalid", "name", "expected string"},
			{"a list with other things in it", "POST /v1/snapshots", `{"name":"s","from":[7]}`, nil, 422, "invalid", "from[0]", "expected string"},
			{"a parameter that nobody knows", "GET /v1/repos?colour=red", "", nil, 422, "invalid", "colour", "unknown query parameter"},
			{"a parameter that is no number", "GET /v1/repos?limit=many", "", nil, 422, "invalid", "limit", "invalid integer"},
			{"a parameter out of range", "GET /v1/repos?limit=-1", "", nil, 422, "invalid", "limit", "expected number >= 0"},
			{"no JSON", "POST /v1/repos", `{"name":`, nil, 400, "invalid", "", "unexpected end of JSON input"},
			{"no body", "POST /v1/repos", "", nil, 400, "invalid", "", "request body is required"},
			{"another language", "POST /v1/repos", `name=x`, as("application/x-www-form-urlencoded"), 415, "invalid", "Content-Type", ""},
			{"a body that is too long", "POST /v1/repos", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "too-large", "", "longer than"},
			{"a long body in pieces", "POST /v1/repos", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, garbled, 413, "too-large", "", "longer than"},
			{"a key that is too long", "POST /v1/keys/import", `{"name":"` + strings.Repeat("x", 4<<20) + `"}`, nil, 413, "too-large", "", "longer than"},
			{"an address that is too long", "GET /v1/repos?after=" + strings.Repeat("x", 20<<10), "", nil, 414, "too-large", "", "too long"},
			{"a path that is not there", "GET /v1/cats", "", nil, 404, "not-found", "", "/v1/cats"},
			{"a method that is not there", "PUT /v1/repos", "{}", nil, 405, "invalid", "", "GET, POST"},
			{"a name of steps", "GET /v1/repos/%2E%2E", "", nil, 404, "not-found", "", `".."`},
			{"a name with a slash", "GET /v1/repos/a%2Fb", "", nil, 404, "not-found", "", `"a/b"`},
			{"a name that is too long", "GET /v1/repos/" + strings.Repeat("x", 300), "", nil, 422, "invalid", "name", "200"},
			{"an event that is no number", "GET /v1/events", "", set("Last-Event-ID", "x"), 422, "invalid", "Last-Event-ID", ""},
		} {
			method, path, _ := strings.Cut(c.request, " ")
			change := []func(*http.Request){}
			if c.change != nil {
				change = append(change, c.change)
			}
			got := s.ask(method, path, c.body, change...)
			var p routes.Problem
			if err := json.Unmarshal([]byte(got.body), &p); err != nil {
				h.TB.Errorf("%s: %d %.200s: %v", c.name, got.status, got.body, err)
				continue
			}
			if kind := got.header.Get("Content-Type"); kind != "application/problem+json" {
				h.TB.Errorf("%s: the answer is %s", c.name, kind)
			}
			if got.status != c.status || p.Status != c.status || string(p.Kind) != c.kind || p.Field != c.field || !strings.Contains(p.Detail, c.message) {
				h.TB.Errorf("%s: %d %.300s\nwant %d %s %s %s", c.name, got.status, got.body, c.status, c.kind, c.field, c.message)
			}
			if p.Title == "" || p.Detail == "" {
				h.TB.Errorf("%s: %.300s", c.name, got.body)
			}
		}
	})
}

func TestAllFaultsOfAnInputAreTold(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		got := serve(h, rest.Options{}).ask("POST", "/v1/snapshots/pull", `{"name":"p","to":7}`)
		var p routes.Problem
		if err := json.Unmarshal([]byte(got.body), &p); err != nil {
			h.TB.Fatal(err)
		}
		faults := map[string]string{p.Field: p.Detail}
		for _, other := range p.Others {
			faults[other.Field] = other.Detail
		}
		if diff := cmp.Diff(map[string]string{"to": "expected string", "from": "is missing"}, faults); diff != "" {
			h.TB.Error(diff)
		}
	})
}

func TestFaultsOfOurOwnAreKeptFromCallers(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		err := h.DB.Tx(h.Ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(h.Ctx, "ALTER TABLE audit RENAME TO hidden")
			return err
		})
		if err != nil {
			h.TB.Fatal(err)
		}
		got := s.ask("GET", "/v1/audit", "")
		if got.status != 500 || got.field("kind") != "internal" || strings.Contains(got.body, "audit") {
			h.TB.Errorf("%d %s", got.status, got.body)
		}
	})
}
