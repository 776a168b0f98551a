package landscape_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

var update = flag.Bool("update", false, "write the answers to the golden files")

// house is a server that speaks Landscape, with a client on this machine.
type house struct {
	*apptest.House
	url    string
	client *http.Client
}

// run gives each test a house of its own, on every database.
func run(t *testing.T, test func(*house)) {
	t.Helper()
	apptest.Run(t, func(inner *apptest.House) { test(open(inner)) })
}

func open(inner *apptest.House) *house {
	server := httptest.NewServer(landscape.New(inner.App, landscape.Options{TrustLoopback: true}))
	inner.TB.Cleanup(server.Close)
	return &house{House: inner, url: server.URL, client: server.Client()}
}

// reply is what the server answered.
type reply struct {
	h      *house
	action string
	status int
	header http.Header
	body   string
}

// as gives the same server asked by the bearer of a new token with a role.
func (h *house) as(role string) *house {
	h.TB.Helper()
	_, secret, err := h.People.CreateToken(h.Ctx, "t-"+role, role, 0)
	if err != nil {
		h.TB.Fatal(err)
	}
	other := *h
	other.client = &http.Client{Transport: bearer(secret)}
	return &other
}

// bearer sends a token with every request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// do asks for an action by POST, with parameters as names and values in turn.
func (h *house) do(action string, pairs ...string) reply {
	h.TB.Helper()
	form := url.Values{"action": {action}, "version": {"2011-08-01"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return h.send(action, http.MethodPost, "/api/", "application/x-www-form-urlencoded", form.Encode())
}

// send asks with a body of a content type.
func (h *house) send(action, method, path, contentType, body string) reply {
	h.TB.Helper()
	r, err := http.NewRequestWithContext(h.Ctx, method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.TB.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return h.exchange(action, r)
}

func (h *house) exchange(action string, r *http.Request) reply {
	h.TB.Helper()
	response, err := h.client.Do(r)
	if err != nil {
		h.TB.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.TB.Fatal(err)
	}
	note(action, response.StatusCode, string(text))
	return reply{h, action, response.StatusCode, response.Header, string(text)}
}

// ok wants success.
func (r reply) ok() reply {
	r.h.TB.Helper()
	if r.status != http.StatusOK {
		r.h.TB.Fatalf("%s answers %d %s", r.action, r.status, r.body)
	}
	return r
}

// is wants success with JSON as given.
func (r reply) is(body string) reply {
	r.h.TB.Helper()
	if diff := cmp.Diff(parsed(r.h.TB, body), parsed(r.h.TB, r.ok().body)); diff != "" {
		r.h.TB.Errorf("%s answers otherwise (-want +got):\n%s", r.action, diff)
	}
	return r
}

// into reads the answer.
func (r reply) into(v any) {
	r.h.TB.Helper()
	if err := json.Unmarshal([]byte(r.ok().body), v); err != nil {
		r.h.TB.Fatalf("%s answers %s: %v", r.action, r.body, err)
	}
}

// fails wants a status and an error with a code, whose message says something.
func (r reply) fails(status int, code string, says ...string) reply {
	r.h.TB.Helper()
	var told struct{ Error, Message string }
	err := json.Unmarshal([]byte(r.body), &told)
	if r.status != status || err != nil || told.Error != code || told.Message == "" {
		r.h.TB.Errorf("%s answers %d %s, not %d %s", r.action, r.status, r.body, status, code)
	}
	for _, part := range says {
		if !strings.Contains(told.Message, part) {
			r.h.TB.Errorf("%s: %q does not say %q", r.action, told.Message, part)
		}
	}
	return r
}

// golden wants the answer to be as testdata/ACTION.json has it, numbers of things and
// times apart, and notes that the action has such a file.
func (r reply) golden() reply {
	r.h.TB.Helper()
	return r.goldenAs(r.action)
}

// goldenAs is golden with another name of the file, where one action has several.
func (r reply) goldenAs(name string) reply {
	r.h.TB.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r.normal("", parsed(r.h.TB, r.ok().body))); err != nil {
		r.h.TB.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			r.h.TB.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.h.TB.Fatalf("%v: write it with go test -update", err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		r.h.TB.Errorf("%s answers otherwise than %s (-want +got):\n%s", r.action, path, diff)
	}
	noteGolden(r.action)
	return r
}

// loopback is the beginning of an address of a server that a test started.
var loopback = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// changing are the texts that are other ones in every run, by what stands for them.
func changing() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"TIME":        regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
		"FINGERPRINT": regexp.MustCompile(`^([0-9a-f]{4}:){9}[0-9a-f]{4}$`),
		"CODE":        regexp.MustCompile(`^[0-9A-Za-z]{40}$`),
		"KEYID":       regexp.MustCompile(`^[0-9A-F]{16}$`),
	}
}

// normal replaces what is another thing in every run.
func (r reply) normal(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, each := range v {
			v[name] = r.normal(name, each)
		}
	case []any:
		for i, each := range v {
			v[i] = r.normal(key, each)
		}
	case float64:
		if key == "id" || strings.HasSuffix(key, "_id") {
			return "ID"
		}
	case string:
		for stands, pattern := range changing() {
			if pattern.MatchString(v) {
				return stands
			}
		}
		return loopback.ReplaceAllString(v, "http://HOST")
	}
	return v
}

func parsed(tb testing.TB, text string) (v any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		tb.Fatalf("%q is not JSON: %v", text, err)
	}
	return v
}

// listed gives a list as the parameters that send it: name.1, A, name.2, B.
func listed(name string, items ...string) (pairs []string) {
	for i, item := range items {
		pairs = append(pairs, name+"."+string('1'+rune(i)), item)
	}
	return pairs
}
