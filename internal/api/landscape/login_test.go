package landscape_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/people"
)

const jsonType = "application/json"

// login posts JSON to one of the paths of log-ins.
func (h *house) login(path, body string) reply {
	h.TB.Helper()
	return h.send("", http.MethodPost, path, jsonType, body)
}

func TestAPersonLogsInAndAsks(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.person()
		for path, body := range map[string]string{
			"/api/login":    `{"email":"ann@example.org","password":"correct horse"}`,
			"/api/v2/login": `{"identity":"ann@example.org","password":"correct horse","account":"standalone","expiry_minutes":5,"more":1}`,
		} {
			h.asks(h.login(path, body))
		}
	})
}

// asks wants a log-in to be told as clients know it, and its token to be good for asking.
func (h *house) asks(r reply) {
	h.TB.Helper()
	var told struct{ Token string }
	r.into(&told)
	r.body = strings.Replace(r.body, told.Token, "TOKEN", 1)
	r.is(`{"token":"TOKEN","email":"ann@example.org","name":"Ann","accounts":[{"name":"standalone","title":"standalone","default":true}],"current_account":"standalone"}`)
	if parts := strings.Split(told.Token, "."); len(parts) != 3 {
		h.TB.Errorf("%s is no JWT", told.Token)
	}
	asking := *h
	asking.client = &http.Client{Transport: bearer(told.Token)}
	asking.do("GetGPGKeys").is(`[]`)
}

func TestAPersonLogsInWithAKeyPair(t *testing.T) {
	withSigner(t, landscape.Options{}, func(s *signer) {
		s.asks(s.login("/api/v2/login/access-key", `{"access_key":"`+s.key+`","secret_key":"`+s.secret+`","expiry_minutes":1440}`))
		s.login("/api/v2/login/access-key", `{"access_key":"`+s.key+`","secret_key":"other"}`).fails(http.StatusUnauthorized, "InvalidCredentials")
		s.login("/api/v2/login/access-key", `{"access_key":"`+s.key+`"}`).fails(http.StatusBadRequest, "MissingParameter", "secret_key")
	})
}

func TestNobodyElseIsLetIn(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.person()
		const good = `{"email":"ann@example.org","password":"correct horse"}`
		for body, c := range map[string]struct {
			status int
			code   string
		}{
			`{"email":"ann@example.org","password":"wrong"}`:         {401, "InvalidCredentials"},
			`{"email":"bob@example.org","password":"correct horse"}`: {401, "InvalidCredentials"},
			`{"email":"ann@example.org"}`:                            {400, "MissingParameter"},
			`{}`:                                                     {400, "MultiError"},
			`{"email":"ann@example.org","password":"correct horse","account":"x"}`:                        {400, "InvalidParameterValue"},
			`{"email":"ann@example.org","password":"correct horse","expiry_minutes":0}`:                   {400, "InvalidParameterValue"},
			`{"email":"ann@example.org","password":"correct horse","expiry_minutes":9223372036854775807}`: {400, "InvalidParameterValue"},
			`{"email":1,"password":2}`: {400, "InvalidParameterValue"},
			good + `{}`:                {400, "InvalidParameterValue"},
			`[]`:                       {400, "InvalidParameterValue"},
			``:                         {400, "InvalidParameterValue"},
			`{"password":"` + strings.Repeat("x", 64<<10): {413, "RequestTooLarge"},
		} {
			h.login("/api/login", body).fails(c.status, c.code)
		}
		h.send("", http.MethodPost, "/api/login", formType, "email=ann@example.org").fails(http.StatusBadRequest, "InvalidParameterValue", "Content-Type")
		h.send("", http.MethodGet, "/api/login", "", "").fails(http.StatusMethodNotAllowed, "MethodNotAllowed")
		h.send("", http.MethodGet, "/api/v2/other", "", "").fails(http.StatusNotFound, "NotFound")
		if err := h.People.Disable(h.Ctx, ann); err != nil {
			h.TB.Fatal(err)
		}
		h.login("/api/login", good).fails(http.StatusForbidden, "AuthFailure", "disabled")
	})
}

// TestAPersonWithoutARoleSeesNothing has one who may log in, and no more.
func TestAPersonWithoutARoleSeesNothing(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: "bob@example.org", Password: "correct horse"}))(h.TB)
		session := apptest.Must(h.People.Login(h.Ctx, "bob@example.org", "correct horse", 0))(h.TB)
		bob := *h
		bob.client = &http.Client{Transport: bearer(session.Token)}
		for _, action := range []string{"GetActivities", "CancelActivities", "ApproveActivities", "GetGPGKeys", "GetDistributions"} {
			query := []string{"query", "status:failed"}
			if strings.HasPrefix(action, "Get") {
				query = nil
			}
			bob.do(action, query...).fails(http.StatusForbidden, "Unauthorised")
		}
	})
}
