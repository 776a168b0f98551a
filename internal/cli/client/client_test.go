package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
)

// newClient speaks to a handler over a real connection.
func newClient(t *testing.T, handler http.Handler) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return connect(t, client.Options{URL: server.URL + "/", Token: "apt_x", UserAgent: "test"})
}

func connect(t *testing.T, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// repo asks for a repo.
func repo(ctx context.Context, c *client.Client) error {
	_, err := client.Call(ctx, c, routes.GetRepo, routes.Named{Name: "a/b"})
	return err
}

func TestARequestSaysWhoAsks(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		_, _ = io.WriteString(w, "{}")
	}))
	if err := repo(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	r := <-asked
	if got := []string{r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("User-Agent")}; !slices.Equal(got, []string{"GET", "/v1/repos/a%2Fb", "Bearer apt_x", "test"}) {
		t.Errorf("%q", got)
	}
}

func TestAnInputThatCannotBeSentIsAnError(t *testing.T) {
	t.Parallel()
	type unsent struct {
		At complex128 `query:"at"`
	}
	c := connect(t, client.Options{URL: "http://localhost:1"})
	_, err := client.Call(t.Context(), c, routes.Route[unsent, routes.None]{Method: "GET", Path: "/v1/x"}, unsent{1})
	if err == nil || !strings.Contains(err.Error(), "parameters of type complex128 cannot be sent") {
		t.Error(err)
	}
}

func TestErrorsAreTheProblemsThatTheServerTold(t *testing.T) {
	t.Parallel()
	const body = `{"status":422,"detail":"is wrong","kind":"invalid","field":"name","hint":"correct it","others":[{"field":"url","detail":"is missing"}]}`
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
		kind   problem.Kind
	}{
		"a problem":         {422, body, "name: is wrong; url: is missing (correct it)", problem.Invalid},
		"a page":            {502, "<h1>Bad Gateway</h1>", "the server answered 502 Bad Gateway, not as an Aptarium does (is this its address?)", problem.Upstream},
		"another success":   {200, "<h1>Welcome</h1>", "the server's answer is cut short or garbled", problem.Upstream},
		"JSON of another":   {404, `{"error":"no"}`, "not as an Aptarium does", problem.Upstream},
		"an answer cut off": {200, `{"name":"x"`, "cut short", problem.Upstream},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			err := repo(t.Context(), server)
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	err := repo(t.Context(), connect(t, client.Options{URL: server.URL}))
	if !problem.Is(err, problem.Unavailable) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if err := repo(ctx, connect(t, client.Options{URL: server.URL})); !errors.Is(err, stopped) {
		t.Errorf("when nobody waits any more: %v", err)
	}
	for _, url := range []string{"", "example.org", "ftp://example.org", "http://", "http://[", "localhost:8080"} {
		if _, err := client.New(client.Options{URL: url}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	pages := map[string]string{"": `{"items":[{"name":"a"},{"name":"b"}],"next":"b"}`, "b": `{"items":[{"name":"c"}],"next":"c"}`, "c": `{"items":[]}`}
	c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, pages[r.URL.Query().Get("after")])
	}))
	var got []string
	for repo, err := range client.All(t.Context(), c, routes.ListRepos, routes.Paging{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, repo.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	for _, err := range client.All(ctx, c, routes.ListRepos, routes.Paging{}) {
		if !errors.Is(err, stopped) {
			t.Error(err)
		}
	}
}

func TestAnActivityIsFollowedAcrossARestart(t *testing.T) {
	t.Parallel()
	answers := []string{`{"id":1,"status":"running","version":5}`, "", `{"id":1,"status":"done","version":7}`}
	var versions []string
	c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		versions = append(versions, r.URL.Query().Get("version"))
		answer := answers[0]
		answers = answers[1:]
		if answer == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			answer = `{"status":503,"detail":"stopping","kind":"unavailable"}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	var seen []string
	a, err := c.Follow(t.Context(), 1, func(a usecase.Activity) { seen = append(seen, a.Status) })
	if err != nil || a.Status != "done" {
		t.Errorf("%+v, %v", a, err)
	}
	if diff := cmp.Diff([][]string{{"running", "done"}, {"", "5", "5"}}, [][]string{seen, versions}); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatCannotBeReadEndsTheUpload(t *testing.T) {
	t.Parallel()
	gone := problem.New(problem.NotFound, "it is gone")
	for name, transport := range map[string]func(http.Handler) client.Options{
		"over the network": func(h http.Handler) client.Options {
			server := httptest.NewServer(h)
			t.Cleanup(server.Close)
			return client.Options{URL: server.URL}
		},
		"in this process": func(h http.Handler) client.Options {
			return client.Options{URL: "http://aptarium", Transport: client.Local(h)}
		},
	} {
		ended := make(chan error, 1)
		c := connect(t, transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
			w.WriteHeader(http.StatusBadRequest)
		})))
		files := []client.File{
			{Name: "a.deb", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(make([]byte, 1<<20))), nil }},
			{Name: "b.deb", Open: func() (io.ReadCloser, error) { return nil, gone }},
		}
		if _, err := c.AddPackages(t.Context(), routes.AddPackagesInput{Named: routes.Named{Name: "tools"}}, slices.Values(files)); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := <-ended; err == nil {
			t.Errorf("%s: the server saw a whole upload", name)
		}
	}
}
