package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

// house is an application behind a real connection.
type house struct {
	*apptest.House
	handler *rest.Handler
	url     string
	tokens  map[string]string // by role
}

// serve lets an application answer, to bearers of tokens of every role.
func serve(h *apptest.House, o rest.Options) house {
	h.TB.Helper()
	o.Log = slog.New(slog.NewTextHandler(h.TB.Output(), nil))
	o.CodeOf = landscape.ErrorName
	s := house{h, rest.New(h.App, o), "", map[string]string{}}
	for _, role := range []string{"admin", "publisher", "reader"} {
		_, secret, err := h.People.CreateToken(h.Ctx, "the-"+role, role, 0)
		if err != nil {
			h.TB.Fatal(err)
		}
		s.tokens[role] = secret
	}
	s.url = serveHandler(h.TB, s.handler)
	return s
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// field takes a member out of a JSON object.
func (r reply) field(name string) string {
	var members map[string]json.RawMessage
	_ = json.Unmarshal([]byte(r.body), &members)
	return strings.Trim(string(members[name]), `"`)
}

// ask sends a request; change may change it before it goes.
func (s house) ask(method, path, body string, change ...func(*http.Request)) reply {
	s.TB.Helper()
	r, err := http.NewRequestWithContext(s.TB.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.TB.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+s.tokens["admin"])
	for _, f := range change {
		f(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.TB.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.TB.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// set gives a request a header; an empty value takes it away.
func set(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
	}
}

// form makes the body of an upload.
func form(t testing.TB, files ...apptest.Upload) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile("file", f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(f.Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// serveHandler gives the URL of a handler until the test ends.
func serveHandler(tb testing.TB, handler http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return server.URL
}
