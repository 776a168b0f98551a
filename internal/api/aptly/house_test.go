package aptly_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/api/aptly"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/site"
)

// house is a server that speaks aptly, with a client on this machine.
type house struct {
	*apptest.House
	url    string
	public string // the folder of the endpoint www
}

// run gives each test a house of its own, on every database.
func run(t *testing.T, test func(*house)) {
	t.Helper()
	runWith(t, aptly.Defaults(), test)
}

func runWith(t *testing.T, c aptly.Config, test func(*house)) {
	t.Helper()
	apptest.Run(t, func(inner *apptest.House) {
		h := &house{House: inner, public: filepath.Join(inner.TB.TempDir(), "www")}
		if err := os.Mkdir(h.public, 0o755); err != nil {
			h.TB.Fatal(err)
		}
		apptest.Must(h.Publications.CreateEndpoint(h.Ctx, "www", publications.EndpointSettings{Kind: "filesystem", Directory: h.public, Plain: true}))(h.TB)
		if c.Root == "" {
			c.Root = h.public
		}
		c.Directories = map[string]string{"www": h.public}
		server := httptest.NewServer(aptly.New(h.App, aptly.Options{
			TrustLoopback: true, Version: "test", Config: c,
			Site: func(below string) http.Handler { return site.New(h.App.Publications, below, nil) },
		}))
		h.TB.Cleanup(server.Close)
		h.url = server.URL
		test(h)
	})
}

// reply is what the server answered.
type reply struct {
	h      *house
	asked  string
	status int
	header http.Header
	body   string
}

// send asks with a body of a content type.
func (h *house) send(method, path, contentType, body string) reply {
	h.TB.Helper()
	r, err := http.NewRequestWithContext(h.Ctx, method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.TB.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		h.TB.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.TB.Fatal(err)
	}
	note(method, path, response.StatusCode)
	return reply{h, method + " " + path, response.StatusCode, response.Header, string(text)}
}

func (h *house) get(path string) reply { h.TB.Helper(); return h.send("GET", path, "", "") }

func (h *house) post(path, body string) reply {
	h.TB.Helper()
	return h.send("POST", path, "application/json", body)
}

func (h *house) put(path, body string) reply {
	h.TB.Helper()
	return h.send("PUT", path, "application/json", body)
}

func (h *house) delete(path string) reply { h.TB.Helper(); return h.send("DELETE", path, "", "") }

// upload sends files as a form.
func (h *house) upload(dir string, files ...apptest.Upload) reply {
	h.TB.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range files {
		part, err := form.CreateFormFile("file", f.Name)
		if err != nil {
			h.TB.Fatal(err)
		}
		_, _ = part.Write(f.Data)
	}
	if err := form.Close(); err != nil {
		h.TB.Fatal(err)
	}
	return h.send("POST", "/api/files/"+dir, form.FormDataContentType(), body.String())
}

// is wants a status and a body: JSON is compared as such, and texts as they are.
func (r reply) is(status int, body string) reply {
	r.h.TB.Helper()
	var got, want any
	if json.Unmarshal([]byte(r.body), &got) == nil && json.Unmarshal([]byte(body), &want) == nil {
		if diff := cmp.Diff(want, got); r.status != status || diff != "" {
			r.h.TB.Errorf("%s answers %d instead of %d, and otherwise (-want +got):\n%s", r.asked, r.status, status, diff)
		}
		return r
	}
	if r.status != status || r.body != body {
		r.h.TB.Errorf("%s answers %d %q, not %d %q", r.asked, r.status, r.body, status, body)
	}
	return r
}

// ok wants one of the statuses of success.
func (r reply) ok() reply {
	r.h.TB.Helper()
	if r.status/100 != 2 {
		r.h.TB.Fatalf("%s answers %d %s", r.asked, r.status, r.body)
	}
	return r
}

// fails wants a status, and an error whose text has a part.
func (r reply) fails(status int, part string) {
	r.h.TB.Helper()
	var told struct{ Error string }
	err := json.Unmarshal([]byte(r.body), &told)
	if r.status != status || err != nil || !strings.Contains(told.Error, part) {
		r.h.TB.Errorf("%s answers %d %s, not %d with an error that says %q", r.asked, r.status, r.body, status, part)
	}
}

// into reads the body.
func (r reply) into(v any) {
	r.h.TB.Helper()
	if err := json.Unmarshal([]byte(r.ok().body), v); err != nil {
		r.h.TB.Fatalf("%s answers %s: %v", r.asked, r.body, err)
	}
}

// has wants members of an object to have values, given as JSON.
func (r reply) has(status int, members string) {
	r.h.TB.Helper()
	var got, want map[string]any
	if err := json.Unmarshal([]byte(members), &want); err != nil {
		r.h.TB.Fatal(err)
	}
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != status {
		r.h.TB.Errorf("%s answers %d %s, not %d", r.asked, r.status, r.body, status)
		return
	}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			r.h.TB.Errorf("%s: %s is otherwise (-want +got):\n%s", r.asked, name, diff)
		}
	}
}
