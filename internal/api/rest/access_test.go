package rest_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app/apptest"
)

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestBearersOfTokensMayDoWhatTheirRoleAllows(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		if err := h.People.RevokeToken(h.Ctx, "the-reader"); err != nil {
			h.TB.Fatal(err)
		}
		_, reader, err := h.People.CreateToken(h.Ctx, "another-reader", "reader", 0)
		if err != nil {
			h.TB.Fatal(err)
		}
		const make = `{"name":"x"}`
		for _, c := range []struct {
			name, authorization, method, path, body string
			status                                  int
			kind                                    string
		}{
			{"nobody", "", "GET", "/v1/repos", "", 401, "unauthenticated"},
			{"nobody at a path that is not there", "", "GET", "/v1/nothing", "", 401, "unauthenticated"},
			{"an unknown token", "Bearer apt_" + strings.Repeat("x", 43), "GET", "/v1/repos", "", 401, "unauthenticated"},
			{"a word that is no token", "Bearer secret", "GET", "/v1/repos", "", 401, "unauthenticated"},
			{"a revoked token", "Bearer " + s.tokens["reader"], "GET", "/v1/repos", "", 401, "unauthenticated"},
			{"another scheme", "Digest " + s.tokens["admin"], "GET", "/v1/repos", "", 401, "unauthenticated"},
			{"a token as a user name", basic(s.tokens["admin"], ""), "GET", "/v1/repos", "", 401, "unauthenticated"},
			{"a reader", "Bearer " + reader, "GET", "/v1/repos", "", 200, ""},
			{"a scheme in small letters", "bearer " + reader, "GET", "/v1/repos", "", 200, ""},
			{"a token as a password", basic("any", reader), "GET", "/v1/repos", "", 200, ""},
			{"a reader who writes", "Bearer " + reader, "POST", "/v1/repos", make, 403, "denied"},
			{"a publisher who writes", "Bearer " + s.tokens["publisher"], "POST", "/v1/repos", make, 201, ""},
			{"a publisher who makes tokens", "Bearer " + s.tokens["publisher"], "POST", "/v1/tokens", `{"name":"y","role":"admin"}`, 403, "denied"},
			{"a publisher who exports secrets", "Bearer " + s.tokens["publisher"], "GET", "/v1/keys/x/secret", "", 403, "denied"},
			{"a reader who scrubs", "Bearer " + reader, "POST", "/v1/scrub", "", 403, "denied"},
		} {
			got := s.ask(c.method, c.path, c.body, set("Authorization", c.authorization))
			if got.status != c.status || got.field("kind") != c.kind {
				h.TB.Errorf("%s: %d %s, want %d %s", c.name, got.status, got.body, c.status, c.kind)
			}
			challenges := strings.Join(got.header.Values("WWW-Authenticate"), " ")
			if challenged := strings.Contains(challenges, "Bearer") && strings.Contains(challenges, "Basic"); challenged != (c.status == 401) {
				h.TB.Errorf("%s: challenges %q", c.name, challenges)
			}
		}
	})
}

func TestLoopbackIsTrustedOnlyWhenSaidAndForItself(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		wary := serveHandler(h.TB, rest.New(h.App, rest.Options{}))
		trusting := serveHandler(h.TB, rest.New(h.App, rest.Options{TrustLoopback: true}))
		s := house{House: h}
		for _, c := range []struct {
			name, url string
			change    func(*http.Request)
			status    int
		}{
			{"not said", wary, set("Authorization", ""), 401},
			{"said", trusting, set("Authorization", ""), 200},
			{"a wrong token all the same", trusting, set("Authorization", "Bearer no"), 401},
			{"for somebody behind a proxy", trusting, set("X-Forwarded-For", "192.0.2.1"), 401},
			{"for somebody behind a proxy of the new way", trusting, set("Forwarded", "for=192.0.2.1"), 401},
			{"by a name that others can point here", trusting, func(r *http.Request) { r.Host = "rebound.example.org" }, 401},
			{"by its usual name", trusting, func(r *http.Request) { r.Host = "localhost:8080" }, 200},
			{"by its IPv6 address", trusting, func(r *http.Request) { r.Host = "[::1]:8080" }, 200},
			{"for a page of another site", trusting, set("Sec-Fetch-Site", "cross-site"), 200}, // it only reads
		} {
			s.url = c.url
			if got := s.ask("GET", "/v1/repos", "", set("Authorization", ""), c.change); got.status != c.status {
				h.TB.Errorf("%s: %d %s, want %d", c.name, got.status, got.body, c.status)
			}
		}
		s.url = trusting
		got := s.ask("POST", "/v1/repos", `{"name":"x"}`, set("Authorization", ""), set("Sec-Fetch-Site", "cross-site"))
		if got.status != 403 {
			h.TB.Errorf("a page of another site wrote: %d %s", got.status, got.body)
		}
	})
}

func TestTheOwnProcessNeedsNoToken(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := house{House: h, url: serveHandler(h.TB, rest.New(h.App, rest.Options{Local: true}))}
		if got := s.ask("POST", "/v1/repos", `{"name":"x"}`, set("Authorization", "")); got.status != 201 {
			h.TB.Errorf("%d %s", got.status, got.body)
		}
	})
}
