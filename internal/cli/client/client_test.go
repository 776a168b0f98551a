package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
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

// TestEveryRouteHasItsMethod calls every method, with names that need escaping,
// and looks which routes were meant.
func TestEveryRouteHasItsMethod(t *testing.T) {
	t.Parallel()
	routes := rest.New(apptest.New(t).App, rest.Options{}).Routes()
	asked := map[string]bool{}
	var mu sync.Mutex
	mux := http.NewServeMux()
	for _, r := range routes {
		pattern := r.Method + " " + r.Path
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked[pattern] = true
			mu.Unlock()
			for _, name := range []string{"name", "ref", "prefix"} {
				if got := r.PathValue(name); got != "" && got != "a/b" {
					t.Errorf("%s: %s is %q", pattern, name, got)
				}
			}
			if r.Header.Get("Authorization") != "Bearer apt_x" || r.Header.Get("User-Agent") != "test" {
				t.Errorf("%s: %v", pattern, r.Header)
			}
			fmt.Fprint(w, `{"items":[],"status":"done","report":{}}`)
		})
	}
	callAll(t, newClient(t, mux))
	for _, r := range routes {
		if pattern := r.Method + " " + r.Path; !asked[pattern] && r.Path != "/v1/events" { // for browsers
			t.Errorf("no method asks for %s", pattern)
		}
	}
}

func callAll(t *testing.T, c *client.Client) {
	t.Helper()
	ctx, name, page := t.Context(), "a/b", usecase.Page{After: "x", Limit: 1}
	check := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	none := struct{}{}
	check(c.Mirrors(ctx, page))
	check(c.CreateMirror(ctx, mirrors.NewMirror{}))
	check(c.Mirror(ctx, name))
	check(c.EditMirror(ctx, name, mirrors.MirrorConfig{}))
	check(c.RetainMirror(ctx, name, collections.Retention{Daily: 1}))
	check(none, c.DropMirror(ctx, name))
	check(c.RenameMirror(ctx, name, "b"))
	check(c.SyncMirror(ctx, name, mirrors.SyncOptions{Force: true}))
	check(c.PrefetchMirror(ctx, name, mirrors.Prefetch{Query: "x"}))
	check(c.UpstreamFiles(ctx, name, page))
	check(c.RunMirrorTask(ctx, json.RawMessage(`{}`), true, false, "20261120T120000Z"))
	check(c.Log(ctx, "repo:a", page))
	check(c.Revert(ctx, "repo:a#1"))
	check(c.PublicationThen(ctx, name, name, "20261120"))
	check(c.PublicationPackages(ctx, name, name, "", collections.Terms{Name: "x"}, page))
	check(c.Repos(ctx, page))
	check(c.CreateRepo(ctx, repos.NewRepo{}))
	check(c.Repo(ctx, name))
	check(c.EditRepo(ctx, name, repos.RepoEdit{}))
	check(c.CopyPackages(ctx, name, routes.Copy{}))
	check(none, c.DropRepo(ctx, name))
	check(c.AddPackages(ctx, name, slices.Values([]client.File{}), repos.AddOptions{Component: "main", Replace: true}))
	check(c.RemovePackages(ctx, name, collections.Terms{Name: "x"}))
	check(c.Uploaders(ctx, name))
	check(c.SetUploaders(ctx, name, repos.Uploaders{}))
	check(none, c.DropUploaders(ctx, name))
	check(c.Snapshots(ctx, page))
	check(c.CreateSnapshot(ctx, collections.NewSnapshot{}))
	check(c.Pull(ctx, collections.PullSnapshot{}))
	check(c.Snapshot(ctx, name))
	check(c.EditSnapshot(ctx, name, collections.SnapshotEdit{}))
	check(none, c.DropSnapshot(ctx, name))
	check(c.SearchPackages(ctx, "repo:a", collections.Search{Query: "x", Newest: true, Architectures: []string{"all"}}, true, page))
	check(c.Package(ctx, name))
	for _, kind := range []string{"mirror", "repo", "snapshot"} {
		check(c.Packages(ctx, kind, name, "", collections.Terms{}, page))
		check(c.Revisions(ctx, kind, name, page))
	}
	check(c.Diff(ctx, "repo:a", "repo:b"))
	at := pockets.Path{Distribution: name, Series: name, Pocket: name}
	check(c.Distributions(ctx, "u*", page))
	check(c.CreateDistribution(ctx, pockets.NewDistribution{}))
	check(c.Distribution(ctx, name))
	check(none, c.DropDistribution(ctx, name))
	check(c.AllSeries(ctx, pockets.Filter{Series: "n*"}, page))
	check(c.CreateSeries(ctx, pockets.NewSeries{}))
	check(c.Series(ctx, name, name))
	check(c.DeriveSeries(ctx, name, name, "b"))
	check(none, c.DropSeries(ctx, name, name))
	check(c.Pockets(ctx, pockets.Filter{Mode: "pull"}, page))
	check(c.CreatePocket(ctx, pockets.NewPocket{}))
	check(c.Pocket(ctx, at))
	check(c.EditPocket(ctx, at, pockets.PocketEdit{}))
	check(none, c.DropPocket(ctx, at))
	check(c.PocketPackages(ctx, at, "3", collections.Terms{Name: "x"}, page))
	check(c.PocketRevisions(ctx, at, page))
	check(c.AddPocketFilters(ctx, at, []string{"a"}))
	check(c.RemovePocketFilters(ctx, at, []string{"a"}))
	check(c.AddPocketUploaders(ctx, at, []string{"k"}))
	check(c.RemovePocketUploaders(ctx, at, []string{"k"}))
	check(c.SyncPocket(ctx, at))
	check(c.PocketDiff(ctx, at))
	check(c.CheckPull(ctx, at, pockets.Joined{With: []string{"release"}, Profile: "p"}))
	check(c.PullPocket(ctx, at, routes.PullRequest{Check: true}))
	check(c.RevertPocket(ctx, at, "3"))
	check(c.RemoveFromPocket(ctx, at, []string{"a"}))
	check(c.Breakage(ctx, []string{"repo:a"}, []string{"repo:b"}, []string{"amd64"}))
	check(c.Publications(ctx, page))
	check(c.CreatePublication(ctx, routes.NewPublication{}))
	check(c.Publication(ctx, name, "stable/updates"))
	check(c.EditPublication(ctx, name, "stable", routes.PublicationEdit{}))
	check(c.RetainPublication(ctx, name, "stable", collections.Retention{Daily: 1}))
	check(none, c.DropPublication(ctx, name, "stable"))
	check(c.Publish(ctx, name, "stable", true))
	check(c.Releases(ctx, name, "stable", page))
	check(c.PinRelease(ctx, name, "stable", "3", true))
	check(c.CollectGarbage(ctx, garbage.GC{}))
	check(c.StagedSources(ctx, name, "stable"))
	check(c.StageSources(ctx, name, "stable", nil))
	check(none, c.DropStagedSources(ctx, name, "stable"))
	check(c.TrustedKeys(ctx, name))
	check(c.AddTrustedKeys(ctx, name, routes.NewTrust{}))
	check(none, c.DropTrustedKey(ctx, name, "ABCD"))
	check(c.Keys(ctx, page))
	check(c.GenerateKey(ctx, keys.NewKey{}))
	check(c.ImportKey(ctx, "k", []byte("x"), ""))
	check(c.Key(ctx, name))
	check(c.ExportKey(ctx, name, true))
	check(c.ExportSecretKey(ctx, name))
	check(c.SetDefaultKey(ctx, name))
	check(none, c.DropKey(ctx, name))
	check(c.Activities(ctx, activities.Filter{Status: "done"}, page))
	check(c.Activity(ctx, 1))
	check(c.WatchActivity(ctx, 1, 2, time.Second))
	check(c.ActivityLog(ctx, 1))
	check(c.CancelActivity(ctx, 1))
	check(c.Tokens(ctx, page))
	check(c.Endpoints(ctx, usecase.Page{}))
	check(c.CreateEndpoint(ctx, routes.NewEndpoint{}))
	check(c.Endpoint(ctx, name))
	check(c.EditEndpoint(ctx, name, publications.EndpointSettings{}))
	check(none, c.DropEndpoint(ctx, name))
	check(c.Profiles(ctx, profiles.Filter{Tag: "x"}, page))
	check(c.CreateProfile(ctx, profiles.NewProfile{}))
	check(c.Profile(ctx, name))
	check(c.EditProfile(ctx, name, profiles.ProfileEdit{}))
	check(none, c.DropProfile(ctx, name))
	check(c.AssociateProfile(ctx, name, profiles.Association{}))
	check(c.DisassociateProfile(ctx, name, profiles.Association{}))
	check(c.AddPocketsToProfile(ctx, name, profiles.SeriesPockets{}))
	check(c.RemovePocketFromProfile(ctx, name, pockets.Path{Distribution: "d", Series: "s", Pocket: "p"}))
	check(c.ProfileSources(ctx, name))
	check(c.AddSourcesToProfile(ctx, name, []string{"s"}))
	check(c.RemoveSourceFromProfile(ctx, name, name))
	check(c.APTSources(ctx, profiles.APTSourceFilter{Profile: "x"}, page))
	check(c.CreateAPTSource(ctx, profiles.NewAPTSource{}))
	check(c.APTSource(ctx, name))
	check(c.EditAPTSource(ctx, name, profiles.APTSourceEdit{}))
	check(none, c.DropAPTSource(ctx, name))
	check(c.SavedSearches(ctx, "x", page))
	check(c.CreateSavedSearch(ctx, profiles.NewSavedSearch{}))
	check(c.SavedSearch(ctx, name))
	check(c.EditSavedSearch(ctx, name, profiles.SavedSearchEdit{}))
	check(none, c.DropSavedSearch(ctx, name))
	check(c.PlanImport(ctx, imports.ImportPlan{}))
	check(c.Import(ctx, imports.ImportPlan{}))
	check(c.PlanApply(ctx, apply.ApplyRequest{}))
	check(c.Apply(ctx, apply.ApplyRequest{}))
	check(c.ExportDeclaration(ctx))
	check(c.CreateToken(ctx, routes.NewToken{}))
	check(none, c.RevokeToken(ctx, name))
	check(c.Persons(ctx, people.PersonFilter{Role: "x", State: "enabled"}, page))
	check(c.CreatePerson(ctx, people.NewPerson{}))
	check(c.Person(ctx, name))
	check(c.EditPerson(ctx, name, people.PersonEdit{}))
	check(c.Invitations(ctx, page))
	check(c.InvitePerson(ctx, people.NewInvitation{}))
	check(c.AcceptInvitation(ctx, routes.Acceptance{}))
	check(none, c.WithdrawInvitation(ctx, name))
	check(c.Login(ctx, routes.Login{}))
	check(c.KeyPairs(ctx, name, page))
	check(c.CreateKeyPair(ctx, routes.NewKeyPair{}))
	check(none, c.RevokeKeyPair(ctx, name))
	check(c.Permissions(ctx))
	check(c.Roles(ctx, []string{"x", "y"}, page))
	check(c.CreateRole(ctx, people.NewRole{}))
	check(c.Role(ctx, name))
	check(c.EditRole(ctx, name, people.RoleEdit{}))
	check(c.CopyRole(ctx, name, routes.RoleCopy{}))
	check(none, c.DropRole(ctx, name))
	check(c.AccessGroups(ctx, []string{"x"}, page))
	check(c.CreateAccessGroup(ctx, people.NewAccessGroup{}))
	check(c.DropAccessGroup(ctx, name))
	check(c.AuditLog(ctx, audit.Filter{Since: time.Unix(1, 0)}, page))
	check(c.Scrub(ctx, func(int, int64) {}))
}

func TestErrorsAreTheProblemsThatTheServerTold(t *testing.T) {
	t.Parallel()
	const body = `{"status":422,"detail":"is wrong","kind":"invalid","field":"name","hint":"mend it","others":[{"field":"url","detail":"is missing"}]}`
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
		kind   problem.Kind
	}{
		"a problem":         {422, body, "name: is wrong; url: is missing (mend it)", problem.Invalid},
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
			_, err := server.Repo(t.Context(), "x")
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
	_, err := connect(t, client.Options{URL: server.URL}).Repo(t.Context(), "x")
	if !problem.Is(err, problem.Unavailable) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := connect(t, client.Options{URL: server.URL}).Repo(ctx, "x"); !errors.Is(err, stopped) {
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
	pages := map[string]usecase.List[int]{"": {Items: []int{1, 2}, Next: "b"}, "b": {Items: []int{3}, Next: "c"}, "c": {}}
	var got []int
	for n, err := range client.Each(func(p usecase.Page) (usecase.List[int], error) { return pages[p.After], nil }) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, got); diff != "" {
		t.Error(diff)
	}
	broken := errors.New("broken")
	for _, err := range client.Each(func(usecase.Page) (usecase.List[int], error) { return usecase.List[int]{}, broken }) {
		if !errors.Is(err, broken) {
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
	if diff := cmp.Diff([][]string{{"running", "done"}, {"0", "5", "5"}}, [][]string{seen, versions}); diff != "" {
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
		if _, err := c.AddPackages(t.Context(), "tools", slices.Values(files), repos.AddOptions{}); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := <-ended; err == nil {
			t.Errorf("%s: the server saw a whole upload", name)
		}
	}
}
