package rest_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

// FuzzRequest sends whatever to routes that take much: no input is a fault of
// our own, and all faults have the shape of faults.
func FuzzRequest(f *testing.F) {
	paths := []string{
		"/v1/repos", "/v1/repos/tools/packages", "/v1/mirrors", "/v1/snapshots", "/v1/snapshots/pull", "/v1/publications",
		"/v1/publications/debian/stable", "/v1/keys/import", "/v1/tokens", "/v1/activities/1", "/v1/diff", "/v1/audit", "/v1/",
	}
	methods := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	multi, multiType := form(f, apptest.Deb(f, "hello", "1.0", "amd64", ""))
	for _, seed := range []struct {
		method, path      byte
		rest, query       string
		contentType, body string
	}{
		{1, 0, "", "", "application/json", `{"name":"x","component":"main"}`},
		{1, 1, "", "replace=true&component=main", multiType, multi},
		{0, 1, "", "name=hel*&version=1.0&architecture=amd64&type=deb&at=20261120T120000Z&limit=7&after=x", "", ""},
		{4, 1, "", "name=%5B", "", ""},
		{1, 2, "", "", "application/json", `{"name":"m","config":{"url":"file:///x","suite":"./","packages":["["],"keyring":"x"}}`},
		{1, 3, "", "", "application/json", `{"name":"s","from":["repo:tools@2026-11-20T12:00:00Z","snapshot:x"],"latest":true}`},
		{1, 4, "", "", "application/json", `{"name":"p","to":"repo:tools","from":"repo:tools","packages":["*"],"keep_old":true}`},
		{1, 5, "", "", "application/json", `{"prefix":"a","distribution":"b","sources":["main=repo:tools"],"options":{"valid_for":-1,"formats":["gz"],"sums":{"md5":true},"unsigned":true}}`},
		{3, 6, "", "", "application/json", `{"sources":null,"options":{"keys":["x"]}}`},
		{1, 7, "", "", "application/json", `{"name":"k","binary":"eA==","passphrase":"x"}`},
		{1, 8, "", "", "application/json", `{"name":"t","role":"reader","valid_for":9223372036854775807}`},
		{0, 9, "", "version=9&wait=0", "", ""},
		{0, 10, "", "left=repo:tools@x&right=repo:tools", "", ""},
		{0, 11, "", "since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z&after=-1", "", ""},
		{0, 12, "../%2e%2e/%00", "%zz", "text/html;;", "\x00"},
	} {
		f.Add(seed.method, seed.path, seed.rest, seed.query, seed.contentType, seed.body)
	}
	h := apptest.New(f)
	h.MakeRepo("tools", apptest.Deb(f, "first", "1.0", "amd64", ""))
	var faults strings.Builder
	handler := rest.New(h.App, rest.Options{Local: true, Log: slog.New(slog.NewTextHandler(&faults, nil))})
	f.Fuzz(func(t *testing.T, method, path byte, more, query, contentType, body string) {
		u, err := url.Parse("http://localhost" + paths[int(path)%len(paths)] + more)
		if err != nil || strings.Contains(u.Path, "sync") || strings.Contains(u.Path, "events") {
			return // what asks others, and what does not end
		}
		u.RawQuery = query
		r := httptest.NewRequestWithContext(t.Context(), methods[int(method)%len(methods)], "http://localhost/", strings.NewReader(body))
		r.URL = u
		r.Header = http.Header{"Content-Type": {contentType}}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError || w.Code < 200 {
			t.Errorf("%s %s %q: %d %s\n%s", r.Method, u, body, w.Code, w.Body, faults.String())
		}
		if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d as %s", r.Method, u, w.Code, w.Header())
		}
	})
}
