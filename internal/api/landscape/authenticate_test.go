package landscape_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/people"
)

// signer is a person's program, which signs what it asks a server that trusts nobody for
// their address.
type signer struct {
	*house
	handler     http.Handler
	key, secret string
}

const ann = "ann@example.org"

// person makes ann, who may do everything, with a password.
func (h *house) person() {
	h.TB.Helper()
	apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: ann, Name: "Ann", Roles: []string{"GlobalAdmin"}, Password: "correct horse"}))(h.TB)
}

func withSigner(t *testing.T, o landscape.Options, test func(*signer)) {
	t.Helper()
	t.Parallel()
	run(t, func(h *house) {
		h.person()
		pair, secret, err := h.People.CreateKeyPair(h.Ctx, ann)
		if err != nil {
			h.TB.Fatal(err)
		}
		test(&signer{h, landscape.New(h.App, o), pair.AccessKey, secret})
	})
}

// signedRequest is a request before it is sent, which tests spoil.
type signedRequest struct {
	method, host, path string
	parameters         map[string]string
	headers            map[string]string
}

// ask makes a request for an action, with what is signed but without the signature.
func (s *signer) ask(method, action string, pairs ...string) signedRequest {
	r := signedRequest{method, "Landscape.Example.Com:8443", "/api/", map[string]string{
		"action": action, "version": "2011-08-01", "access_key_id": s.key, "signature_method": "HmacSHA256", "signature_version": "2",
		"timestamp": time.Now().UTC().Format("2006-01-02T15:04:05Z"),
	}, map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.parameters[pairs[i]] = pairs[i+1]
	}
	return r
}

// sign adds the signature.
func (s *signer) sign(r signedRequest) signedRequest {
	r.parameters["signature"] = wire.Sign(s.secret, wire.StringToSign(r.method, r.host, r.path, r.parameters))
	return r
}

// deliver sends it as the stock client does: sorted, all of it in the body of a POST.
func (s *signer) deliver(r signedRequest) reply {
	s.TB.Helper()
	var form []string
	for _, name := range slices.Sorted(maps.Keys(r.parameters)) {
		form = append(form, name+"="+strings.ReplaceAll(url.QueryEscape(r.parameters[name]), "%2F", "/"))
	}
	encoded := strings.Join(form, "&")
	request := httptest.NewRequest(r.method, r.path, strings.NewReader(encoded))
	request.Header.Set("Content-Type", formType)
	if r.method == http.MethodGet {
		request = httptest.NewRequest(r.method, r.path+"?"+encoded, nil)
	}
	request.Host = r.host
	for name, value := range r.headers {
		request.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, request)
	note(r.parameters["action"], w.Code, w.Body.String())
	return reply{s.house, r.parameters["action"], w.Code, w.Result().Header, w.Body.String()}
}

func TestSignedRequestsAreAnswered(t *testing.T) {
	withSigner(t, landscape.Options{}, func(s *signer) {
		s.deliver(s.sign(s.ask("POST", "CreateDistribution", "name", "ubuntu"))).golden()
		s.deliver(s.sign(s.ask("GET", "GetDistributions", "names.1", "ubuntu", "names.2", "a b/c&d=é+~*"))).ok()
		r := s.ask("POST", "GetDistributions")
		r.path = "/api"
		s.deliver(s.sign(r)).ok()
	})
}

// TestRequestsThatAreNotSignedSo has a request spoiled in each of its parts after it was
// signed, or before.
func TestRequestsThatAreNotSignedSo(t *testing.T) {
	withSigner(t, landscape.Options{}, func(s *signer) {
		const forged, denied, bad = "SignatureDoesNotMatch", "AuthFailure", "InvalidParameterValue"
		ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }
		for name, c := range map[string]struct {
			before, after func(*signedRequest)
			status        int
			code          string
		}{
			"another host":          {nil, func(r *signedRequest) { r.host = "other.example.com:8443" }, 401, forged},
			"another port":          {nil, func(r *signedRequest) { r.host = "landscape.example.com" }, 401, forged},
			"a proxy's host":        {nil, func(r *signedRequest) { r.headers["X-Forwarded-Host"], r.host = r.host, "inner:80" }, 401, forged},
			"another path":          {nil, func(r *signedRequest) { r.path = "/api" }, 401, forged},
			"another method":        {nil, func(r *signedRequest) { r.method = "GET" }, 401, forged},
			"another action":        {nil, func(r *signedRequest) { r.parameters["action"] = "RemoveDistribution" }, 401, forged},
			"another value":         {nil, func(r *signedRequest) { r.parameters["name"] = "debian" }, 401, forged},
			"a parameter more":      {nil, func(r *signedRequest) { r.parameters["access_group"] = "global" }, 401, forged},
			"another time":          {nil, func(r *signedRequest) { r.parameters["timestamp"] = ago(time.Minute) }, 401, forged},
			"another's key":         {func(r *signedRequest) { r.parameters["access_key_id"] = "NOBODYNOBODYNOBODYNO" }, nil, 401, forged},
			"half a signature":      {nil, func(r *signedRequest) { r.parameters["signature"] = "AAAA" }, 401, forged},
			"no base64":             {nil, func(r *signedRequest) { r.parameters["signature"] = "!" }, 400, bad},
			"a clock that is late":  {func(r *signedRequest) { r.parameters["timestamp"] = ago(16 * time.Minute) }, nil, 401, denied},
			"a clock that is ahead": {func(r *signedRequest) { r.parameters["timestamp"] = ago(-16 * time.Minute) }, nil, 401, denied},
			"no time":               {func(r *signedRequest) { r.parameters["timestamp"] = "now" }, nil, 400, bad},
			"another kind of sum":   {func(r *signedRequest) { r.parameters["signature_method"] = "HmacSHA1" }, nil, 400, bad},
			"another way to sign":   {func(r *signedRequest) { r.parameters["signature_version"] = "4" }, nil, 400, bad},
			"without a key":         {func(r *signedRequest) { delete(r.parameters, "access_key_id") }, nil, 400, "MissingParameter"},
			"without a kind of sum": {func(r *signedRequest) { delete(r.parameters, "signature_method") }, nil, 400, "MissingParameter"},
			"without a way":         {func(r *signedRequest) { delete(r.parameters, "signature_version") }, nil, 400, "MissingParameter"},
			"without a time":        {func(r *signedRequest) { delete(r.parameters, "timestamp") }, nil, 400, "MissingParameter"},
			"without a signature":   {nil, func(r *signedRequest) { delete(r.parameters, "signature") }, 400, "MissingParameter"},
			"with a key and no more": {nil, func(r *signedRequest) {
				maps.DeleteFunc(r.parameters, func(k, _ string) bool { return strings.HasPrefix(k, "signature") || k == "timestamp" })
			}, 400, "MultiError"},
			"a token beside it": {nil, func(r *signedRequest) { r.headers["Authorization"] = "Bearer x"; r.parameters["name"] = "debian" }, 401, forged},
		} {
			s.TB.Log(name)
			r := s.ask("POST", "CreateDistribution", "name", "ubuntu")
			if c.before != nil {
				c.before(&r)
			}
			r = s.sign(r)
			if c.after != nil {
				c.after(&r)
			}
			s.deliver(r).fails(c.status, c.code)
		}
		s.do("GetDistributions").is(`[]`)
	})
}

// TestASignedChangeIsDoneOnce sends a request again, and a restarted server the same.
func TestASignedChangeIsDoneOnce(t *testing.T) {
	withSigner(t, landscape.Options{}, func(s *signer) {
		made := s.sign(s.ask("POST", "CreateDistribution", "name", "ubuntu"))
		s.deliver(made).ok()
		s.do("RemoveDistribution", "name", "ubuntu").ok()
		s.deliver(made).fails(http.StatusUnauthorized, "AuthFailure")
		s.handler = landscape.New(s.App, landscape.Options{})
		s.deliver(made).fails(http.StatusUnauthorized, "AuthFailure")
		read := s.sign(s.ask("POST", "GetDistributions"))
		s.deliver(read).is(`[]`)
		s.deliver(read).is(`[]`)
	})
}

// TestARefusedChangeMayComeAgain has a program try again at once, within the second that
// it stamps: what was refused has not been carried out.
func TestARefusedChangeMayComeAgain(t *testing.T) {
	withSigner(t, landscape.Options{}, func(s *signer) {
		removed := s.sign(s.ask("POST", "RemoveDistribution", "name", "ubuntu"))
		s.deliver(removed).fails(http.StatusBadRequest, "UnknownDistribution")
		s.deliver(removed).fails(http.StatusBadRequest, "UnknownDistribution")
		s.do("CreateDistribution", "name", "ubuntu").ok()
		s.deliver(removed).ok()
		s.deliver(removed).fails(http.StatusUnauthorized, "AuthFailure")
	})
}

func TestAKeyPairEnds(t *testing.T) {
	withSigner(t, landscape.Options{}, func(s *signer) {
		if err := s.People.RevokeKeyPair(s.Ctx, s.key); err != nil {
			s.TB.Fatal(err)
		}
		s.deliver(s.sign(s.ask("GET", "GetDistributions"))).fails(http.StatusUnauthorized, "SignatureDoesNotMatch")
	})
}

func TestTheHostThatAProxyNamesCountsWhereItIsTrusted(t *testing.T) {
	withSigner(t, landscape.Options{TrustForwardedHost: true}, func(s *signer) {
		r := s.sign(s.ask("POST", "GetDistributions"))
		s.deliver(r).ok()
		r.headers["X-Forwarded-Host"], r.host = r.host+", inner.example.com", "127.0.0.1:8080"
		s.deliver(r).ok()
		r.headers["X-Forwarded-Host"] = "other.example.com"
		s.deliver(r).fails(http.StatusUnauthorized, "SignatureDoesNotMatch")
	})
}

// TestActivitiesNameThePersonWhoBeganThem also has what another kind of caller began.
func TestActivitiesNameThePersonWhoBeganThem(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.noble()
		w.person()
		pair, secret, err := w.People.CreateKeyPair(w.Ctx, ann)
		if err != nil {
			w.TB.Fatal(err)
		}
		s := &signer{w.house, landscape.New(w.App, landscape.Options{}), pair.AccessKey, secret}
		w.ended(s.deliver(s.sign(s.ask("POST", "SyncMirrorPocket", ofPocket("noble", "release")...))))
		w.do("GetActivities", "query", "creator:"+ann).goldenAs("GetActivities-ann")
		w.do("GetActivities", "query", "NOT creator:"+ann).is(`[]`)
	})
}
