package landscape_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
)

const formType = "application/x-www-form-urlencoded"

// TestActionsAreAskedForByGetAndPost also has the path without its slash, and a request
// whose parameters are in its address and in its body.
func TestActionsAreAskedForByGetAndPost(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		const query = "action=GetGPGKeys&version=2011-08-01"
		for _, path := range []string{"/api", "/api/"} {
			h.send("GetGPGKeys", http.MethodGet, path+"?"+query, "", "").is(`[]`)
			h.send("GetGPGKeys", http.MethodPost, path, formType, query).is(`[]`)
			h.send("GetGPGKeys", http.MethodPost, path, formType+"; charset=utf-8", query).is(`[]`)
			h.send("GetGPGKeys", http.MethodPost, path+"?"+query, "", "").is(`[]`)
			h.send("GetGPGKeys", http.MethodPost, path+"?action=GetGPGKeys", formType, "version=2013-11-04").is(`[]`)
		}
		r := h.send("GetGPGKeys", http.MethodGet, "/api/?"+query, "", "")
		if kind := r.header.Get("Content-Type"); kind != "application/json" {
			h.TB.Errorf("an answer is %s", kind)
		}
	})
}

// hostile are requests that cannot be meant, and what they are told.
func hostile() map[string]struct {
	method, path, kind, body string
	status                   int
	code                     string
} {
	type c = struct {
		method, path, kind, body string
		status                   int
		code                     string
	}
	const ok = "version=2011-08-01&"
	return map[string]c{
		"nothing":                   {"GET", "/api/", "", "", 400, "MissingParameter"},
		"no version":                {"GET", "/api/?action=GetGPGKeys", "", "", 400, "MissingParameter"},
		"another version":           {"GET", "/api/?action=GetGPGKeys&version=1", "", "", 400, "InvalidVersion"},
		"no such action":            {"GET", "/api/?action=Nothing&" + ok, "", "", 400, "InvalidAction"},
		"an action in lower case":   {"GET", "/api/?action=getgpgkeys&" + ok, "", "", 400, "InvalidAction"},
		"an unknown parameter":      {"GET", "/api/?action=GetGPGKeys&name=x&" + ok, "", "", 400, "UnknownParameter"},
		"a parameter twice":         {"GET", "/api/?action=RemoveGPGKey&name=a&name=b&" + ok, "", "", 400, "InvalidParameterValue"},
		"in the address and a form": {"POST", "/api/?action=GetGPGKeys", formType, ok + "action=GetGPGKeys", 400, "InvalidParameterValue"},
		"an action twice":           {"GET", "/api/?action=GetGPGKeys&action=RemoveGPGKey&" + ok, "", "", 400, "InvalidParameterValue"},
		"no UTF-8":                  {"GET", "/api/?action=RemoveGPGKey&name=%ff%fe&" + ok, "", "", 400, "InvalidParameterValue"},
		"a NUL":                     {"GET", "/api/?action=RemoveGPGKey&name=a%00b&" + ok, "", "", 400, "InvalidParameterValue"},
		"a broken escape":           {"POST", "/api/", formType, "action=RemoveGPGKey&name=%g1&" + ok, 400, "InvalidParameterValue"},
		"much wrong":                {"GET", "/api/?action=GetActivities&limit=x&offset=y&z=1&" + ok, "", "", 400, "MultiError"},
		"JSON":                      {"POST", "/api/", "application/json", `{"action":"GetGPGKeys"}`, 400, "InvalidParameterValue"},
		"a form of files":           {"POST", "/api/", "multipart/form-data; boundary=x", "--x--", 400, "InvalidParameterValue"},
		"no content type":           {"POST", "/api/", "", "action=GetGPGKeys&" + ok, 400, "InvalidParameterValue"},
		"a body that is too long":   {"POST", "/api/", formType, "material=" + strings.Repeat("x", 8<<20), 413, "RequestTooLarge"},
		"an address that is long":   {"GET", "/api/?name=" + strings.Repeat("x", 64<<10), "", "", 413, "RequestTooLarge"},
		"too many parameters":       {"POST", "/api/", formType, strings.Repeat("a=b&", 20_001), 413, "RequestTooLarge"},
		"another method":            {"PUT", "/api/", formType, "action=GetGPGKeys&" + ok, 405, "MethodNotAllowed"},
		"HEAD's other":              {"DELETE", "/api/?action=GetGPGKeys&" + ok, "", "", 405, "MethodNotAllowed"},
	}
}

func TestRequestsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for name, c := range hostile() {
			h.TB.Log(name)
			h.send("", c.method, c.path, c.kind, c.body).fails(c.status, c.code)
		}
	})
}

// TestSeveralErrorsAreToldTogether has the form of a MultiError.
func TestSeveralErrorsAreToldTogether(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		r := h.do("ImportGPGKey", "unknown", "<b>")
		want := `{"error":"MultiError","message":"name: the parameter is required; material: the parameter is required; unknown: the action has no such parameter (it has name, material)","errors":[` +
			`{"error":"MissingParameter","message":"name: the parameter is required"},{"error":"MissingParameter","message":"material: the parameter is required"},` +
			`{"error":"UnknownParameter","message":"unknown: the action has no such parameter (it has name, material)"}]}`
		if strings.TrimSpace(r.body) != want || r.status != http.StatusBadRequest {
			h.TB.Errorf("%d %s", r.status, r.body)
		}
	})
}

// TestNobodyIsLetInWithoutProof asks a server that trusts no client for its address.
func TestNobodyIsLetInWithoutProof(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		handler := landscape.New(h.App, landscape.Options{})
		_, secret, err := h.People.CreateToken(h.Ctx, "t", "admin", 0)
		if err != nil {
			h.TB.Fatal(err)
		}
		ask := func(set func(*http.Request)) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "/api/?"+url.Values{"action": {"GetGPGKeys"}, "version": {"2011-08-01"}}.Encode(), nil)
			set(r)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w
		}
		for name, set := range map[string]func(*http.Request){
			"nothing":             func(*http.Request) {},
			"a wrong token":       func(r *http.Request) { r.Header.Set("Authorization", "Bearer apt_x") },
			"no token":            func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
			"another scheme":      func(r *http.Request) { r.Header.Set("Authorization", "Digest x") },
			"a token as password": func(r *http.Request) { r.SetBasicAuth("x", secret) },
		} {
			w := ask(set)
			if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"error":"AuthFailure"`) || w.Header().Get("WWW-Authenticate") == "" {
				h.TB.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
		}
		if w := ask(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }); w.Code != http.StatusOK {
			h.TB.Errorf("a token is answered %d %s", w.Code, w.Body)
		}
	})
}

// TestPagesOfOtherSitesChangeNothing has a browser on this machine load an address, as
// for an image, by which something would change.
func TestPagesOfOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.importKey("k")
		r, err := http.NewRequestWithContext(h.Ctx, http.MethodGet, h.url+"/api/?action=RemoveGPGKey&version=2011-08-01&name=k", nil)
		if err != nil {
			h.TB.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		h.exchange("RemoveGPGKey", r).fails(http.StatusForbidden, "Unauthorised")
		h.do("RemoveGPGKey", "name", "k").ok()
	})
}
