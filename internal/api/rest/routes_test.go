package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// step is a request and what is expected of its answer: the status, and a text
// that is in it.
type step struct {
	request string // method and path
	body    string
	status  int
	says    string
}

// TestEveryRouteDoesWhatItSays tells one story that asks for every route, with
// what goes well and what does not.
func TestEveryRouteDoesWhatItSays(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		asked := map[string]bool{}
		for _, st := range story(h) {
			method, path, _ := strings.Cut(st.request, " ")
			var change []func(*http.Request)
			body := st.body
			if body == "POCKET" {
				body = makePocket(h)
			}
			if body == "FILES" {
				var contentType string
				body, contentType = form(h.TB, apptest.Deb(h.TB, "hello", "1.0", "amd64", ""), apptest.Deb(h.TB, "bye", "2.0", "all", ""))
				change = append(change, set("Content-Type", contentType))
			}
			got := s.ask(method, path, body, change...)
			if got.status != st.status || !strings.Contains(got.body, st.says) {
				h.TB.Errorf("%s %s: %d %s\nwant %d …%s…", st.request, st.body, got.status, got.body, st.status, st.says)
			}
			if id := got.field("id"); got.status == 202 && id != "" {
				s.finish(id)
			} else if got.status == 202 {
				s.finish(activityOf(h.TB, got.body))
			}
			if got.status < 400 {
				asked[method+" "+pattern(s.handler.Routes(), method, path)] = true
			}
		}
		for _, r := range s.handler.Routes() {
			if r.Path != "/v1/events" && !asked[r.Method+" "+r.Path] { // events have a test of their own
				h.TB.Errorf("the story does not tell how %s %s goes well", r.Method, r.Path)
			}
		}
	})
}

// makePocket makes the pocket house/stable/staging, and names it for a profile.
func makePocket(h *apptest.House) string {
	h.TB.Helper()
	apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "staging"}))(h.TB)
	apptest.Must(h.Pockets.CreateDistribution(h.Ctx, pockets.NewDistribution{Name: "house"}))(h.TB)
	apptest.Must(h.Pockets.CreateSeries(h.Ctx, pockets.NewSeries{Name: "stable", Distribution: "house"}))(h.TB)
	apptest.Must(h.Pockets.Create(h.Ctx, pockets.NewPocket{
		Path: pockets.Path{Distribution: "house", Series: "stable", Pocket: "staging"}, Mode: pockets.Uploads,
		Components: []string{"main"}, Architectures: []string{"amd64"}, Key: "staging",
	}))(h.TB)
	return `{"distribution":"house","series":"stable","pockets":["staging"]}`
}

// story makes an upstream, and tells what is asked.
func story(h *apptest.House) []step {
	h.TB.Helper()
	dir := h.TB.TempDir()
	suite := testkit.Suite{Codename: "stable", Components: []string{"main"}, Packages: []testkit.Package{{Name: "up", Version: "1", Architecture: "all"}}}
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(h.TB.Context(), dir); err != nil {
		h.TB.Fatal(err)
	}
	config := fmt.Sprintf(`{"url":%q,"suite":"stable"}`, "file://"+filepath.ToSlash(dir))
	task := func(collection, more string) string {
		return fmt.Sprintf(`{"collection":%q,%s`, collection, strings.TrimPrefix(strings.TrimSuffix(config, "}"), "{")) + more + "}"
	}
	www, base := h.TB.TempDir(), baseOf(h)
	trust, trustedKey := trustOf(h)
	signed, signedKey := signedUpstream(h)
	return append(peopleStory(h), []step{
		{"POST /v1/mirrors", `{"name":"m","config":` + config + `}`, 201, `"name":"m"`},
		{"GET /v1/mirrors", "", 200, `"name":"m"`},
		{"POST /v1/mirrors", `{"name":"m","config":` + config + `}`, 409, `"kind":"conflict"`},
		{"POST /v1/mirrors", `{"name":"n","config":{"url":"gopher://x","suite":"s"}}`, 422, `"field":"url"`},
		{"POST /v1/mirrors/m/sync", "", 202, `"type":"mirror.sync"`},
		{"POST /v1/mirrors/m/sync", `{"force":true}`, 202, `"subject":"mirror:m"`},
		{"POST /v1/mirrors/other/sync", "", 404, `"kind":"not-found"`},
		{"GET /v1/mirrors/m", "", 200, `"packages":1`},
		{"GET /v1/mirrors/other", "", 404, `other`},
		{"GET /v1/mirrors/m/packages?name=u*&limit=1", "", 200, `"name":"up"`},
		{"GET /v1/mirrors/m/packages?at=20000101T000000Z", "", 404, `not there then`},
		{"PUT /v1/mirrors/m/retention", `{"daily":30}`, 200, `"retention":{"daily":30}`},
		{"PUT /v1/mirrors/m/retention", `{"daily":-1}`, 422, `daily`},
		{"PUT /v1/mirrors/other/retention", `{}`, 404, `other`},
		{"GET /v1/mirrors/m/packages?at=monday", "", 422, `"field":"at"`},
		{"GET /v1/mirrors/m/upstream", "", 200, `"items":[]`},
		{"GET /v1/mirrors/m/upstream?after=x", "", 422, `"field":"after"`},
		{"GET /v1/mirrors/other/upstream", "", 404, `other`},
		{"POST /v1/mirrors/m/prefetch", "", 202, `"type":"mirror.prefetch"`},
		{"POST /v1/mirrors/m/prefetch", `{"query":"nginx (>="}`, 422, `"kind":"invalid"`},
		{"POST /v1/mirrors/m/prefetch", `{"query":"x","missing":true}`, 422, `"field":"missing"`},
		{"POST /v1/mirrors/other/prefetch", "", 404, `other`},
		{"GET /v1/mirrors/m/revisions", "", 200, `"added":1`},
		{"GET /v1/mirrors/m/revisions?after=x", "", 422, `"field":"after"`},
		{"PUT /v1/mirrors/m", `{"config":` + strings.Replace(config, "}", `,"packages":["x"]}`, 1) + `}`, 200, `"packages":["x"]`},
		{"POST /v1/mirrors", `{"name":"n","config":` + strings.Replace(config, "}", `,"filter":"a ("}`, 1) + `}`, 422, `"field":"filter"`},
		{"POST /v1/mirrors/m/rename", `{"name":"renamed"}`, 200, `"name":"renamed"`},
		{"POST /v1/mirrors", `{"name":"empty"}`, 201, `"name":"empty","config":{}`},
		{"POST /v1/mirrors/renamed/rename", `{"name":"empty"}`, 409, `"kind":"conflict"`},
		{"POST /v1/mirrors/renamed/rename", `{"name":"m"}`, 200, `"packages":1`},

		{"POST /v1/mirrors/empty/sync", "", 409, `follows no upstream yet`},
		{"POST /v1/tasks/aptmirror", task("empty", ""), 202, `"summary":"mirror empty from file://`},
		{"GET /v1/mirrors/empty", "", 200, `"packages":1`},
		{"POST /v1/tasks/aptmirror?dry_run=true", `{"task_name":"aptmirror","task_data":` + task("empty", "") + `}`, 202, `"type":"mirror.task"`},
		{"POST /v1/tasks/aptmirror?at=20260101T000000Z", task("empty", ""), 422, `"field":"at"`},
		{"POST /v1/tasks/aptmirror?dry_run=true&at=monday", task("empty", ""), 422, `"field":"at"`},
		{"POST /v1/tasks/aptmirror", task("none", ""), 404, `"code":"configure-failed"`},
		{"POST /v1/tasks/aptmirror", task("empty", `,"filters":[]`), 422, `"field":"filters"`},
		{"POST /v1/tasks/aptmirror", task("empty", `,"colour":1`), 422, `"code":"setup-failed"`},

		{"POST /v1/repos", `{"name":"tools","component":"main"}`, 201, `"name":"tools"`},
		{"GET /v1/repos", "", 200, `"tools"`},
		{"GET /v1/repos/tools", "", 200, `"packages":0`},
		{"POST /v1/repos/tools/packages", "FILES", 200, `"name":"hello"`},
		{"POST /v1/repos/none/packages", "FILES", 404, `none`},
		{"POST /v1/repos/tools/packages", `{}`, 415, `multipart/form-data`},
		{"GET /v1/repos/tools/packages?type=deb&architecture=amd64&version=1.0&component=main", "", 200, `"name":"hello"`},
		{"GET /v1/repos/tools/packages?q=Name+(%25+hel*)", "", 200, `"name":"hello"`},
		{"GET /v1/repos/tools/packages?q=Name+(", "", 422, `"field":"q"`},
		{"GET /v1/repos/tools/revisions?limit=1", "", 200, `"packages":2`},
		{"PATCH /v1/repos/tools", `{"distribution":"stable"}`, 200, `"distribution":"stable"`},
		{"PATCH /v1/repos/tools", `{"name":"../x"}`, 422, `"field":"name"`},
		{"POST /v1/repos", `{"name":"copied"}`, 201, `"packages":0`},
		{"POST /v1/repos/copied/copy", `{"from":"repo:tools","q":"hello"}`, 200, `"name":"hello"`},
		{"POST /v1/repos/copied/copy", `{"from":"repo:tools","q":"nothing"}`, 404, `"field":"q"`},
		{"GET /v1/packages?q=hello&in=repo:copied&details=true", "", 200, `"Maintainer":`},
		{"GET /v1/packages?limit=1&newest=true&with_dependencies=true&architecture=amd64&architecture=arm64", "", 200, `"next":"P`},
		{"GET /v1/packages?in=nothing", "", 422, `"field":"in"`},
		{"GET /v1/packages?after=x", "", 422, `"field":"after"`},
		{"GET /v1/packages/Pamd64%20hello%201.0", "", 200, `"short_key":"Pamd64 hello 1.0"`},
		{"GET /v1/packages/Pamd64%20hello%209", "", 404, `key not found`},
		{"DELETE /v1/repos/copied", "", 204, ""},
		{"DELETE /v1/repos/tools/packages?name=bye", "", 200, `"removed":[{"type":"deb","name":"bye"`},
		{"DELETE /v1/repos/tools/packages", "", 422, `"field":"name"`},
		{"GET /v1/repos/tools/uploaders", "", 404, `no rules`},
		{"PUT /v1/repos/tools/uploaders", `{"rules":[{"condition":"(","allow":["*"]}]}`, 422, `"field":"uploaders"`},
		{"PUT /v1/repos/tools/uploaders", `{"groups":{"team":["12345678"]},"rules":[{"condition":"Source (hello)","allow":["team"]}]}`, 200, `"allow":["team"]`},
		{"GET /v1/repos/tools/uploaders", "", 200, `"team":["12345678"]`},
		{"DELETE /v1/repos/tools/uploaders", "", 204, ""},

		{"POST /v1/snapshots", `{"name":"s","from":["mirror:m"]}`, 201, `"packages":1`},
		{"POST /v1/snapshots", `{"name":"t","from":["moon:m"]}`, 422, `"field":"from"`},
		{"POST /v1/snapshots/pull", `{"name":"p","to":"snapshot:s","from":"repo:tools","packages":["hel*"]}`, 201, `"packages":2`},
		{"GET /v1/snapshots", "", 200, `"name":"p"`},
		{"GET /v1/snapshots/s", "", 200, `"sources":["mirror:m"]`},
		{"PATCH /v1/snapshots/s", `{"description":"The first"}`, 200, `"description":"The first"`},
		{"PATCH /v1/snapshots/s", `{"name":"p"}`, 409, `"kind":"conflict"`},
		{"GET /v1/snapshots/p/packages", "", 200, `"name":"hello"`},
		{"GET /v1/snapshots/p/revisions", "", 200, `"number":1`},
		{"GET /v1/diff?left=snapshot:s&right=snapshot:p", "", 200, `"after":["1.0"]`},
		{"GET /v1/diff?left=snapshot:s", "", 422, `"field":"right"`},
		{"POST /v1/keys", `{"name":"pockets"}`, 201, `"name":"pockets"`},
		{"POST /v1/keys/import", signedKey, 201, `"name":"upstream"`},
		{"POST /v1/distributions", `{"name":"ubuntu"}`, 201, `"access_group":"global"`},
		{"POST /v1/distributions", `{"name":"ubuntu"}`, 409, `"code":"DuplicateDistribution"`},
		{"GET /v1/distributions?name=u*", "", 200, `"name":"ubuntu"`},
		{"GET /v1/distributions?name=%5B", "", 422, `"field":"distribution"`},
		{"GET /v1/distributions/debian", "", 404, `"code":"UnknownDistribution"`},
		{"POST /v1/series", `{"name":"noble","distribution":"ubuntu"}`, 201, `"pockets":[]`},
		{"POST /v1/series", `{"name":"noble","distribution":"ubuntu"}`, 409, `"code":"DuplicateSeries"`},
		{"POST /v1/pockets", `{"distribution":"ubuntu","series":"noble","pocket":"staging","mode":"upload","components":["main"],"architectures":["amd64"],"key":"pockets"}`, 201, `"suite":"noble-staging"`},
		{"POST /v1/pockets", `{"distribution":"ubuntu","series":"noble","pocket":"updates","mode":"pull","pull_pocket":"staging","filter":"blocklist","components":["main"],"architectures":["amd64"],"key":"pockets"}`, 201, `"filter":"blocklist"`},
		{"POST /v1/pockets", `{"distribution":"ubuntu","series":"noble","pocket":"other","mode":"pull","components":["main"],"architectures":["amd64"],"key":"pockets"}`, 422, `"code":"MissingParameter"`},
		{"GET /v1/pockets?mode=pull", "", 200, `"name":"updates"`},
		{"GET /v1/pockets?limit=1", "", 200, `"next":"ubuntu/noble/staging"`},
		{"GET /v1/pockets?after=ubuntu/noble/staging&series=n*", "", 200, `"items":[{"id":2,"name":"updates"`},
		{"GET /v1/pockets/ubuntu/noble/staging", "", 200, `"collection":"repo:ubuntu.noble.staging"`},
		{"PATCH /v1/pockets/ubuntu/noble/staging", `{"allow_unsigned":true}`, 200, `"allow_unsigned":true`},
		{"PATCH /v1/pockets/ubuntu/noble/updates", `{"allow_unsigned":true}`, 409, `"code":"InvalidPocketMode"`},
		{"POST /v1/pockets/ubuntu/noble/updates/sync", "", 409, `"code":"InvalidPocketMode"`},
		{"POST /v1/pockets/ubuntu/noble/updates/filters", `{"packages":["bye"]}`, 200, `"filters":["bye"]`},
		{"DELETE /v1/pockets/ubuntu/noble/updates/filters?package=bye", "", 200, `"filter":"blocklist"`},
		{"POST /v1/pockets/ubuntu/noble/staging/uploaders", `{"keys":["pockets"]}`, 200, `"keys":[{`},
		{"DELETE /v1/pockets/ubuntu/noble/staging/uploaders?key=pockets", "", 200, `"keys":[]`},
		{"DELETE /v1/pockets/ubuntu/noble/staging/uploaders?key=pockets", "", 409, `"code":"GPGKeyNotAssociated"`},
		{"POST /v1/repos/ubuntu.noble.staging/packages", "FILES", 200, `"name":"hello"`},
		{"GET /v1/pockets/ubuntu/noble/updates/diff", "", 200, `"add":[{"name":"bye","version":"2.0"},{"name":"hello","version":"1.0"}]`},
		{"GET /v1/pockets/ubuntu/noble/updates/check?with=staging&architecture=amd64", "", 200, `"with":["ubuntu/noble/staging"],"broken":0`},
		{"GET /v1/pockets/ubuntu/noble/updates/check?profile=none", "", 404, `none`},
		{"GET /v1/pockets/ubuntu/noble/staging/check", "", 409, `"code":"InvalidPocketMode"`},
		{"POST /v1/pockets/ubuntu/noble/updates/pull", "", 202, `"type":"pocket.pull"`},
		{"DELETE /v1/pockets/ubuntu/noble/staging/packages?package=bye", "", 202, `"type":"pocket.remove"`},
		{"POST /v1/pockets/ubuntu/noble/updates/pull", `{"check":true,"with":["staging"]}`, 202, `"type":"pocket.pull"`},
		{"GET /v1/pockets/ubuntu/noble/updates/packages?at=1", "", 200, `"name":"bye"`},
		{"GET /v1/pockets/ubuntu/noble/updates/packages?at=x", "", 422, `"field":"at"`},
		{"GET /v1/pockets/ubuntu/noble/updates/revisions", "", 200, `"number":2`},
		{"POST /v1/pockets/ubuntu/noble/updates/revert", `{"to":"1"}`, 202, `"type":"pocket.revert"`},
		{"POST /v1/pockets/ubuntu/noble/updates/revert", `{"to":"9"}`, 404, `revision 9`},
		{"POST /v1/pockets", `{"distribution":"ubuntu","series":"noble","pocket":"up","mode":"mirror","mirror_url":"file://` + filepath.ToSlash(signed) + `","mirror_suite":"stable","mirror_key":"upstream","components":["main"],"architectures":["amd64"],"key":"pockets"}`, 201, `"mode":"mirror"`},
		{"POST /v1/pockets/ubuntu/noble/up/sync", "", 202, `"type":"pocket.sync"`},
		{"POST /v1/pockets/ubuntu/noble/up/revert", `{"to":"1"}`, 409, `next sync`},
		{"POST /v1/series/ubuntu/noble/derive", `{"name":"stable"}`, 201, `"mode":"pull"`},
		{"GET /v1/series?distribution=ubuntu&name=s*", "", 200, `"name":"stable"`},
		{"GET /v1/series?limit=1", "", 200, `"next":"ubuntu/noble"`},
		{"GET /v1/series/ubuntu/stable", "", 200, `"series":"noble"`},
		{"GET /v1/series/ubuntu/none", "", 404, `"code":"UnknownSeries"`},
		{"GET /v1/distributions/ubuntu", "", 200, `"name":"stable"`},
		{"DELETE /v1/pockets/ubuntu/noble/up", "", 204, ``},
		{"DELETE /v1/series/ubuntu/stable", "", 204, ``},
		{"DELETE /v1/distributions/ubuntu", "", 204, ``},

		{"GET /v1/breakage?before=snapshot:s&after=snapshot:p&after=repo:tools", "", 200, `"broken":0`},
		{"GET /v1/breakage?before=snapshot:s", "", 422, `"field":"after"`},
		{"GET /v1/breakage?before=x&after=snapshot:p", "", 422, `"field":"before"`},
		{"GET /v1/breakage?after=snapshot:p&architecture=all", "", 422, `"field":"architecture"`},
		{"DELETE /v1/snapshots/p", "", 204, ""},

		{"POST /v1/keys", `{"name":"k"}`, 201, `"can_sign":true`},
		{"GET /v1/keys", "", 200, `"name":"k"`},
		{"GET /v1/keys/k", "", 200, `"name":"k"`},
		{"GET /v1/keys/k/public", "", 200, "-----BEGIN PGP PUBLIC KEY BLOCK-----"},
		{"GET /v1/keys/k/public?format=binary", "", 200, "\xc6"},
		{"GET /v1/keys/k/public?format=sung", "", 422, `"field":"format"`},
		{"GET /v1/keys/k/secret", "", 200, "-----BEGIN PGP PRIVATE KEY BLOCK-----"},
		{"POST /v1/keys/import", `{"name":"q"}`, 422, `"field":"key"`},
		{"POST /v1/keys/import", `{"name":"q","key":"nonsense"}`, 422, `"field":"key"`},
		{"POST /v1/keys/import", importOf(h, "moved"), 201, `"name":"moved"`},
		{"PUT /v1/keys/default", `{"ref":"k"}`, 200, `"default":true`},
		{"DELETE /v1/keys/moved", "", 204, ""},

		{"POST /v1/publications", `{"prefix":"a/b","distribution":"stable/x","sources":["repo:tools"]}`, 202, `"prefix":"a/b"`},
		{"POST /v1/publications", `{"prefix":"../b","distribution":"stable","sources":["repo:tools"]}`, 422, `"field":"prefix"`},
		{"GET /v1/publications", "", 200, `"release":1`},
		{"GET /v1/publications/a%2Fb/stable%2Fx", "", 200, `URIs: https://deb.example.org/archive/a/b\n`},
		{"PATCH /v1/publications/a%2Fb/stable%2Fx", `{"options":{"origin":"Example"}}`, 202, `"type":"publish"`},
		{"POST /v1/publications/a%2Fb/stable%2Fx/publish", `{"rebuild":true}`, 202, `"type":"publish"`},
		{"GET /v1/publications/a%2Fb/stable%2Fx/releases", "", 200, `"number":2`},
		{"GET /v1/publications/a%2Fb/stable%2Fx?at=20000101", "", 404, `not published then`},
		{"GET /v1/publications/a%2Fb/stable%2Fx/packages?name=hello", "", 200, `"name":"hello"`},
		{"GET /v1/publications/a%2Fb/stable%2Fx/packages?at=2999-01-01T00:00:00Z", "", 404, `not known yet`},
		{"GET /v1/publications/a%2Fb/stable%2Fx/packages?at=then", "", 422, `"field":"at"`},
		{"GET /v1/log?ref=publish:a/b/stable/x", "", 200, `"sources":["repo:tools#`},
		{"GET /v1/log?ref=repo:tools&limit=1", "", 200, `"action":"repo.`},
		{"GET /v1/log?ref=tools", "", 422, `"field":"ref"`},
		{"GET /v1/diff?left=repo:tools%231&right=publish:a/b/stable/x", "", 200, `"items":[`},
		{"GET /v1/packages?q=hello&in=publish:a/b/stable/x", "", 200, `"name":"hello"`},
		{"GET /v1/packages?q=hello&at=20261120", "", 422, `"field":"at"`},
		{"GET /v1/packages?q=hello&in=repo:tools&at=20000101", "", 404, `not there then`},
		{"POST /v1/revert", `{"ref":"mirror:m#1"}`, 422, `next sync`},
		{"POST /v1/revert", `{"ref":"repo:tools"}`, 422, `"field":"ref"`},
		{"POST /v1/revert", `{"ref":"repo:tools#99"}`, 404, `no revision 99`},
		{"POST /v1/revert", `{"ref":"publish:a/b/stable/x#1"}`, 200, `"activity":{`},
		{"PATCH /v1/publications/a%2Fb/stable%2Fx", `{"follow":true}`, 202, `"type":"publish"`},
		{"PUT /v1/publications/a%2Fb/stable%2Fx/releases/1/pin", `{"pinned":true}`, 200, `"pinned":true`},
		{"PUT /v1/publications/a%2Fb/stable%2Fx/releases/99/pin", `{"pinned":true}`, 404, `release`},
		{"PUT /v1/publications/a%2Fb/stable%2Fx/releases/monday/pin", `{"pinned":true}`, 422, `"field":"release"`},
		{"PUT /v1/publications/a%2Fb/stable%2Fx/retention", `{"monthly":3}`, 200, `"retention":{"monthly":3}`},
		{"PUT /v1/publications/a%2Fb/none/retention", `{}`, 404, `none`},
		{"GET /v1/publications/a%2Fb/stable%2Fx/staged", "", 404, `staged`},
		{"PUT /v1/publications/a%2Fb/stable%2Fx/staged", `{"sources":["extra=repo:none"]}`, 404, `none`},
		{"PUT /v1/publications/a%2Fb/stable%2Fx/staged", `{"sources":["extra=repo:tools"]}`, 200, `extra=repo:tools`},
		{"GET /v1/publications/a%2Fb/stable%2Fx/staged", "", 200, `extra=repo:tools`},
		{"DELETE /v1/publications/a%2Fb/stable%2Fx/staged", "", 204, ""},
		{"PATCH /v1/publications/a%2Fb/stable%2Fx", `{"staged":true}`, 404, `"field":"staged"`},
		{"PATCH /v1/publications/a%2Fb/stable%2Fx", `{"signing":{"keys":["nobody@example.org"]},"passphrase":"secret"}`, 404, `nobody@example.org`},
		{"POST /v1/publications", `{"prefix":".","distribution":"root","sources":["repo:tools"],"options":{"multi_dist":true,"no_by_hash":true,"signed_by":"ABCD","formats":["bz2"]},"signing":{"skip":true}}`, 202, `"unsigned":true`},
		{"GET /v1/publications/:./root", "", 200, `"architectures":["amd64"]`},
		{"DELETE /v1/publications/:./root", "", 204, ""},

		{"GET /v1/keyrings/trustedkeys.gpg/keys", "", 200, `"keys":[]`},
		{"POST /v1/keyrings/trustedkeys.gpg/keys", `{}`, 422, `"field":"keys"`},
		{"POST /v1/keyrings/trustedkeys.gpg/keys", trust, 200, `imported`},
		{"GET /v1/keyrings/..%2Fother/keys", "", 422, `"field":"keyring"`},
		{"DELETE /v1/keyrings/trustedkeys.gpg/keys/0123456789ABCDEF", "", 404, `0123456789ABCDEF`},
		{"DELETE /v1/keyrings/trustedkeys.gpg/keys/" + trustedKey, "", 204, ""},
		{"DELETE /v1/repos/tools", "", 409, `a/b`},
		{"DELETE /v1/keys/k", "", 409, `a/b`},
		{"DELETE /v1/publications/a%2Fb/stable%2Fx", "", 204, ""},
		{"DELETE /v1/publications/a%2Fb/stable%2Fx", "", 404, ""},
		{"DELETE /v1/repos/tools", "", 204, ""},
		{"DELETE /v1/mirrors/m", "", 204, ""},

		{"GET /v1/activities?type=publish&status=done&limit=2", "", 200, `"status":"done"`},
		{"GET /v1/activities?status=sleeping", "", 422, `"field":"status"`},
		{"GET /v1/activities/2", "", 200, `"subject":"mirror:m"`},
		{"GET /v1/activities/2?version=1&wait=1", "", 200, `"status":"done"`},
		{"GET /v1/activities/2?wait=100", "", 422, `"field":"wait"`},
		{"GET /v1/activities/x", "", 422, `"field":"id"`},
		{"GET /v1/activities/999", "", 404, ""},
		{"GET /v1/activities/2/log", "", 200, `{"lines":[]}`},
		{"GET /v1/activities/999/log", "", 404, ""},
		{"POST /v1/activities/2/cancel", "", 409, `done`},
		{"POST /v1/activities/" + waiting(h) + "/cancel", "", 202, `"cancelled_by":"the-admin"`},

		{"POST /v1/endpoints", `{"name":"www","kind":"filesystem","directory":"srv"}`, 422, `"field":"directory"`},
		{"POST /v1/endpoints", `{"name":"www","kind":"cloud","directory":"/srv"}`, 422, `"field":"kind"`},
		{"POST /v1/endpoints", `{"name":"../www","kind":"filesystem","directory":"/srv/www"}`, 422, `"field":"name"`},
		{"POST /v1/endpoints", fmt.Sprintf(`{"name":"www","kind":"filesystem","directory":%q,"link":"copy"}`, www), 201, `"link":"copy"`},
		{"POST /v1/endpoints", fmt.Sprintf(`{"name":"www","kind":"filesystem","directory":%q}`, www), 409, `www`},
		{"PUT /v1/endpoints/www", fmt.Sprintf(`{"kind":"filesystem","directory":%q,"public_url":"ftp://x"}`, www), 422, `"field":"public_url"`},
		{"PUT /v1/endpoints/www", fmt.Sprintf(`{"kind":"filesystem","directory":%q,"public_url":"https://x.example.org/"}`, www), 200, `"public_url":"https://x.example.org/"`},
		{"GET /v1/endpoints/www", "", 200, `"name":"www"`},
		{"GET /v1/endpoints", "", 200, `"name":"www"`},
		{"POST /v1/publications", `{"endpoint":"moon","prefix":"debian","distribution":"stable","sources":["repo:own"]}`, 404, `"field":"endpoint"`},
		{"POST /v1/repos", `{"name":"own"}`, 201, ""},
		{"POST /v1/publications", `{"endpoint":"www","prefix":"debian","distribution":"stable","sources":["repo:own"]}`, 202, `"endpoint":"www"`},
		{"GET /v1/publications/www:debian/stable", "", 200, `URIs: https://x.example.org/debian\n`},
		{"GET /v1/publications/debian/stable", "", 404, `debian`},
		{"DELETE /v1/endpoints/www", "", 409, `debian`},
		{"DELETE /v1/publications/www:debian/stable", "", 204, ""},
		{"POST /v1/endpoints", fmt.Sprintf(`{"name":"spare","kind":"filesystem","directory":%q}`, www), 201, ""},
		{"DELETE /v1/endpoints/spare", "", 204, ""},
		{"DELETE /v1/endpoints/spare", "", 404, `spare`},

		{"POST /v1/profiles", `{"title":"Web servers","description":"All"}`, 201, `"name":"web-servers"`},
		{"POST /v1/profiles", `{"title":"Web servers"}`, 201, `"name":"web-servers-2"`},
		{"POST /v1/profiles", `{"title":"*"}`, 422, `"field":"title"`},
		{"POST /v1/profiles", `{"title":"x","access_group":"moon"}`, 404, `"code":"UnknownAccessGroup"`},
		{"PATCH /v1/profiles/web-servers", `{"title":"Web"}`, 200, `"title":"Web","description":"All"`},
		{"PATCH /v1/profiles/web-servers", `{}`, 422, `"code":"InvalidParameterCombination"`},
		{"POST /v1/profiles/web-servers/associate", `{"tags":["web","proxy"]}`, 200, `"tags":["proxy","web"]`},
		{"POST /v1/profiles/web-servers/associate", `{"tags":["web"],"all_computers":true}`, 422, `"code":"InvalidParameterCombination"`},
		{"POST /v1/profiles/web-servers/disassociate", `{"tags":["proxy"]}`, 200, `"tags":["web"]`},
		{"POST /v1/profiles/web-servers/disassociate", `{"tags":["proxy"]}`, 404, `"code":"UnknownTag"`},
		{"POST /v1/apt-sources", `{"name":"nginx","line":"deb  http://nginx.org/debian  bookworm nginx","key":"k"}`, 201, `"line":"deb http://nginx.org/debian bookworm nginx","key":"k"`},
		{"POST /v1/apt-sources", `{"name":"nginx","line":"deb http://x/y a b"}`, 409, `"code":"DuplicateAPTSource"`},
		{"POST /v1/apt-sources", `{"name":"x","line":"deb http://x/y"}`, 422, `"code":"InvalidAPTLine"`},
		{"POST /v1/apt-sources", `{"name":"x","line":"deb http://x/y a b","key":"moon"}`, 404, `"code":"UnknownGPGKey"`},
		{"DELETE /v1/keys/k", "", 409, `nginx`},
		{"PATCH /v1/apt-sources/nginx", `{"key":""}`, 200, `bookworm nginx","access_group"`},
		{"POST /v1/profiles/web-servers/apt-sources", `{"apt_sources":["nginx"]}`, 200, `"apt_sources":[{"id":`},
		{"POST /v1/profiles/web-servers/apt-sources", `{"apt_sources":["moon"]}`, 404, `"code":"UnknownAPTSource"`},
		{"POST /v1/profiles/web-servers/pockets", "POCKET", 200, `"suite":"stable-staging"`},
		{"POST /v1/profiles/web-servers/pockets", `{"distribution":"house","series":"stable","pockets":["moon"]}`, 404, `"code":"UnknownPocket"`},
		{"GET /v1/profiles?pocket=house/stable/staging", "", 200, `"name":"web-servers"`},
		{"GET /v1/profiles?pocket=house", "", 404, `"code":"UnknownSeries"`},
		{"GET /v1/profiles/web-servers/sources", "", 200, `URIs: https://deb.example.org/repository/standalone/house\nSuites: stable-staging\n`},
		{"GET /v1/profiles/moon/sources", "", 404, `"code":"UnknownRepositoryProfile"`},
		{"DELETE /v1/profiles/web-servers/pockets/house/stable/staging", "", 200, `"pockets":[]`},
		{"GET /v1/profiles?tag=web&apt_source=nginx&access_group=global&q=WEB", "", 200, `"name":"web-servers"`},
		{"GET /v1/profiles?tag=other", "", 200, `"items":[]`},
		{"GET /v1/profiles/web-servers", "", 200, `"name":"nginx"`},
		{"GET /v1/profiles/moon", "", 404, `"code":"UnknownRepositoryProfile"`},
		{"GET /v1/apt-sources?profile=web-servers&access_group=global&q=NGINX", "", 200, `"profiles":["web-servers"]`},
		{"GET /v1/apt-sources/nginx", "", 200, `"name":"nginx"`},
		{"DELETE /v1/apt-sources/nginx", "", 409, `"code":"APTSourceInUse"`},
		{"DELETE /v1/profiles/web-servers/apt-sources/nginx", "", 200, `"apt_sources":[]`},
		{"DELETE /v1/apt-sources/nginx", "", 204, ""},
		{"DELETE /v1/profiles/web-servers", "", 204, ""},
		{"DELETE /v1/profiles/web-servers", "", 404, `web-servers`},
		{"POST /v1/saved-searches", `{"title":"Web servers","search":"tag:web OR tag:proxy"}`, 201, `"name":"web-servers"`},
		{"POST /v1/saved-searches", `{"title":"Web servers","search":"tag:x"}`, 409, `"code":"DuplicateSavedSearch"`},
		{"POST /v1/saved-searches", `{"title":"x","search":"tga:x"}`, 422, `"field":"search","hint":"did you mean tag:`},
		{"PATCH /v1/saved-searches/web-servers", `{"search":"tag:web"}`, 200, `"search":"tag:web"`},
		{"PATCH /v1/saved-searches/web-servers", `{}`, 422, `"code":"MissingParameter"`},
		{"GET /v1/saved-searches?q=web", "", 200, `"name":"web-servers"`},
		{"GET /v1/saved-searches/web-servers", "", 200, `"title":"Web servers"`},
		{"DELETE /v1/saved-searches/web-servers", "", 204, ""},
		{"DELETE /v1/saved-searches/web-servers", "", 404, `"code":"UnknownSavedSearch"`},

		{"POST /v1/tokens", `{"name":"ci","role":"publisher","valid_for":3600000000000}`, 201, `"secret":"apt_`},
		{"POST /v1/tokens", `{"name":"ci","role":"king"}`, 422, `"field":"role"`},
		{"GET /v1/tokens", "", 200, `"name":"ci"`},
		{"DELETE /v1/tokens/ci", "", 204, ""},
		{"DELETE /v1/tokens/ci", "", 404, `ci`},
		{"GET /v1/audit?action=token.revoke&who=the-admin&since=2001-01-01T00:00:00Z&until=2999-01-01T00:00:00Z", "", 200, `"subject":"token:ci"`},
		{"GET /v1/audit?since=monday", "", 422, `"field":"since"`},
		{"POST /v1/gc", `{"dry_run":true}`, 202, `"type":"gc"`},
		{"POST /v1/gc", `{"dry_run":1}`, 422, `dry_run`},
		{"POST /v1/scrub", "", 200, `"corrupt":[],"missing":[]`},
		{"POST /v1/imports/plan", `{"from":"reprepro","root":"` + base + `"}`, 200, `"kind":"repo","name":"elsewhere","status":"new"`},
		{"POST /v1/imports/plan", `{"from":"aptly","root":"` + base + `"}`, 404, `"kind":"not-found"`},
		{"POST /v1/imports", `{"from":"reprepro","root":"` + base + `"}`, 202, `"type":"import"`},
		{"POST /v1/imports", `{"from":"reprepro","root":"here"}`, 422, `"field":"root"`},

		{"POST /v1/apply/plan", `{"declaration":{"repos":{"declared":{"description":"x"}}}}`, 200, `"changes":[{"action":"create","kind":"repo","name":"declared"}]`},
		{"POST /v1/apply/plan", `{"declaration":{"repos":{"declared":{"from":"x"}}}}`, 422, `"field":"declaration.repos.declared.from"`},
		{"POST /v1/apply/plan", `{"declaration":{"mirrors":{"x":{"url":"ftp://x","suite":"s"}}}}`, 200, `"faults":[{"path":["mirrors","x","url"],"kind":"invalid"`},
		{"POST /v1/apply", `{"declaration":{"repos":{"declared":{}}},"expect":"x"}`, 409, `"field":"expect"`},
		{"POST /v1/apply", `{"declaration":{"mirrors":{"x":{"url":"ftp://x","suite":"a b"}}}}`, 422, `"others":[{"field":"mirrors.x.url"`},
		{"POST /v1/apply", `{"declaration":{"repos":{"declared":{"description":"x"}}}}`, 202, `"type":"apply"`},
		{"GET /v1/export", "", 200, `"repos":{`},
	}...)
}

// baseOf makes an empty base of a reprepro.
func baseOf(h *apptest.House) (dir string) {
	h.TB.Helper()
	dir = h.TB.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "conf"), 0o700); err != nil {
		h.TB.Fatal(err)
	}
	text := "Codename: elsewhere\nArchitectures: amd64\nComponents: main\n"
	if err := os.WriteFile(filepath.Join(dir, "conf", "distributions"), []byte(text), 0o600); err != nil {
		h.TB.Fatal(err)
	}
	return dir
}

// importOf is the body that stores a key anew under another name.
func importOf(h *apptest.House, name string) string {
	h.TB.Helper()
	key, err := testkit.NewKey("Somebody")
	if err != nil {
		h.TB.Fatal(err)
	}
	armored, err := key.Armored()
	if err != nil {
		h.TB.Fatal(err)
	}
	text, err := json.Marshal(routes.KeyImport{Name: name, Key: string(armored)})
	if err != nil {
		h.TB.Fatal(err)
	}
	return string(text)
}

// trustOf is the body that adds a public key to a keyring, and its fingerprint.
func trustOf(h *apptest.House) (body, fingerprint string) {
	h.TB.Helper()
	key := apptest.Must(testkit.NewKey("Upstream"))(h.TB)
	armored := apptest.Must(key.Public().Armored())(h.TB)
	return string(apptest.Must(json.Marshal(routes.NewTrust{Armored: string(armored)}))(h.TB)), key.Fingerprint()
}

// waiting starts a job that ends only when it is cancelled, and returns its id.
func waiting(h *apptest.House) string {
	h.TB.Helper()
	h.TB.Cleanup(func() { _ = h.EndJobs(context.Background()) })
	a := apptest.Must(h.Activities.Begin(h.Ctx, usecase.Job{Type: "test"}, func(ctx context.Context, _ usecase.JobRun) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}))(h.TB)
	return fmt.Sprint(a.ID)
}

// finish waits for an activity.
func (s house) finish(id string) {
	s.TB.Helper()
	for range 20 {
		got := s.ask("GET", "/v1/activities/"+id+"?wait=1&version=9000000000000000000", "")
		switch got.field("status") {
		case "done", "cancelled":
			return
		case "failed":
			s.TB.Fatalf("activity %s: %s", id, got.body)
		}
	}
	s.TB.Fatalf("activity %s does not end", id)
}

// activityOf finds the activity in the answer that made a publication.
func activityOf(tb testing.TB, body string) string {
	tb.Helper()
	var made routes.Published
	if err := json.Unmarshal([]byte(body), &made); err != nil {
		tb.Fatal(err)
	}
	return fmt.Sprint(made.Activity.ID)
}

// pattern finds the route of a path; one with fewer parameters goes first.
func pattern(routes []rest.Route, method, path string) (found string) {
	path, _, _ = strings.Cut(path, "?")
	parameter := regexp.MustCompile(`\{[a-z]+\}`)
	for _, r := range routes {
		if r.Method == method && regexp.MustCompile("^"+parameter.ReplaceAllString(r.Path, `[^/]+`)+"$").MatchString(path) &&
			(found == "" || strings.Count(r.Path, "{") < strings.Count(found, "{")) {
			found = r.Path
		}
	}
	return found
}

// signedUpstream writes an archive, and gives its folder and the request that imports
// its key.
func signedUpstream(h *apptest.House) (dir, request string) {
	h.TB.Helper()
	key, err := testkit.NewKey("Upstream")
	if err != nil {
		h.TB.Fatal(err)
	}
	dir = h.TB.TempDir()
	suite := testkit.Suite{Codename: "stable", Packages: []testkit.Package{{Name: "up", Version: "1", Architecture: "all"}}, Keys: []*openpgp.SecretKey{key}}
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(h.TB.Context(), dir); err != nil {
		h.TB.Fatal(err)
	}
	public, err := key.Public().Armored()
	if err != nil {
		h.TB.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"name": "upstream", "key": string(public)})
	if err != nil {
		h.TB.Fatal(err)
	}
	return dir, string(body)
}
