package landscapeapi_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/cli/landscapeapi"
)

const secret = "s3cr3t/Key+40chars"

// verifying answers requests that are signed with the secret, and refuses others.
func verifying(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		parameters := map[string]string{}
		for name := range r.PostForm {
			parameters[name] = r.PostForm.Get(name)
		}
		at, err := time.Parse(time.RFC3339, parameters["timestamp"])
		if err != nil || time.Since(at).Abs() > time.Minute {
			t.Errorf("the time is %q", parameters["timestamp"])
		}
		want := wire.Sign(secret, wire.StringToSign(r.Method, r.Host, r.URL.EscapedPath(), parameters))
		if parameters["access_key_id"] != "KEY" || parameters["signature"] != want || r.URL.RawQuery != "" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"SignatureDoesNotMatch","message":"no"}`))
			return
		}
		_, _ = w.Write([]byte(`"` + parameters["action"] + " " + parameters["version"] + " " + r.URL.Path + `"`))
	})
}

func TestRequestsAreSigned(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(verifying(t))
	t.Cleanup(server.Close)
	uri := server.URL + "/api/"
	for name, c := range map[string]struct {
		env  map[string]string
		line string
		code int
		want string
	}{
		"variables":           {map[string]string{"KEY": "KEY", "SECRET": secret, "URI": uri}, "get-activities --query a&b=é", 0, "'GetActivities 2011-08-01 /api/'\n"},
		"another version":     {map[string]string{"KEY": "KEY", "SECRET": secret, "URI": uri, "VERSION": "2013-11-04"}, "get-activities", 0, "'GetActivities 2013-11-04 /api/'\n"},
		"without the slash":   {map[string]string{"KEY": "KEY", "SECRET": secret, "URI": server.URL + "/api"}, "get-activities", 0, "'GetActivities 2011-08-01 /api'\n"},
		"no path":             {map[string]string{"KEY": "KEY", "SECRET": secret, "URI": server.URL}, "get-activities", 0, "'GetActivities 2011-08-01 /'\n"},
		"options before them": {map[string]string{"KEY": "other", "SECRET": "x", "URI": "http://127.0.0.1:1/"}, "--key KEY --secret " + secret + " get-activities --uri " + uri, 0, "'GetActivities 2011-08-01 /api/'\n"},
		"a wrong secret":      {map[string]string{"KEY": "KEY", "SECRET": "x", "URI": uri}, "get-activities", 2, "SignatureDoesNotMatch"},
		"no key":              {map[string]string{"SECRET": secret, "URI": uri}, "get-activities", 1, "Access key not specified."},
		"no secret":           {map[string]string{"KEY": "KEY", "URI": uri}, "get-activities", 1, "Secret key not specified."},
		"no address":          {map[string]string{"KEY": "KEY", "SECRET": secret}, "get-activities", 1, "URI not specified."},
		"no address at all":   {map[string]string{"KEY": "KEY", "SECRET": secret, "URI": "landscape.example.com"}, "get-activities", 1, "is no URI of an API"},
		"nobody there":        {map[string]string{"KEY": "KEY", "SECRET": secret, "URI": "http://127.0.0.1:1/api/"}, "get-activities", 1, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := terminal{env: map[string]string{}}
			for name, value := range c.env {
				term.env["LANDSCAPE_API_"+name] = value
			}
			code := term.run(t, strings.Fields(c.line)...)
			if said := term.out.String() + term.err.String(); code != c.code || !strings.Contains(said, c.want) {
				t.Errorf("ends with %d, saying %q", code, said)
			}
			if term.sent != nil {
				t.Error("the server of Aptarium's commands was asked")
			}
		})
	}
}

func TestTheServersCertificateMustBeTrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(verifying(t))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it logs clients that do not trust it
	server.StartTLS()
	defer server.Close()
	dir := t.TempDir()
	trusted, empty := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "empty.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(trusted, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		trusted: "'GetActivities 2011-08-01 /api/'\n", "": "certificate signed by unknown authority", empty: "has none", "/nowhere": "no such file",
	} {
		term := terminal{env: map[string]string{
			"LANDSCAPE_API_KEY": "KEY", "LANDSCAPE_API_SECRET": secret, "LANDSCAPE_API_URI": server.URL + "/api/", "LANDSCAPE_API_SSL_CA_FILE": file,
		}}
		term.run(t, "get-activities")
		if said := term.out.String() + term.err.String(); !strings.Contains(said, want) {
			t.Errorf("trusting %q: %q", file, said)
		}
	}
}

func TestWithoutAKeyPairAptariumsServerIsAsked(t *testing.T) {
	t.Parallel()
	all := map[string]string{"LANDSCAPE_API_KEY": "KEY", "LANDSCAPE_API_SECRET": secret, "LANDSCAPE_API_URI": "http://127.0.0.1:1/"}
	for line, c := range map[string]struct {
		env  map[string]string
		want landscapeapi.Place
	}{
		"get-activities":                       {},
		"get-activities --server http://x":     {all, landscapeapi.Place{Server: "http://x"}},
		"--data /d --config /c get-activities": {all, landscapeapi.Place{Data: "/d", Config: "/c"}},
	} {
		term := terminal{env: c.env}
		if code := term.run(t, strings.Fields(line)...); code != 0 || term.sent == nil || term.at != c.want {
			t.Errorf("%s: ends with %d, having asked %+v for %v: %s", line, code, term.at, term.sent, term.err.String())
		}
	}
}
