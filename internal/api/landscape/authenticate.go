package landscape

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/problem"
)

// authenticate returns a context with the caller: from a signature, from a Bearer token, or
// the trusted caller on this machine. signed is the signed request, if it has a signature.
func (s *service) authenticate(r *http.Request, sent wire.Values) (ctx context.Context, signed *people.SignedRequest, err error) {
	if isSigned(sent) {
		return s.verify(r, sent)
	}
	if _, _, basic := r.BasicAuth(); basic {
		// Browsers add a password to every request, also to an image in the page of another
		// site whose URL is an action.
		return r.Context(), nil, problem.New(problem.Unauthenticated, "this API does not accept passwords").WithHint("send \"Authorization: Bearer TOKEN\"")
	}
	// A GET may change something in this API, so the checks against pages of other sites
	// are those of a POST.
	strict := *r
	strict.Method = http.MethodPost
	ctx, err = s.policy.Identify(s.app, &strict)
	if problem.Is(err, problem.Unauthenticated) && r.Header.Get("Authorization") == "" {
		return ctx, nil, problem.New(problem.Unauthenticated, "this needs a signature or a token").
			WithHint("sign the request with a key pair, or send \"Authorization: Bearer TOKEN\"")
	}
	return ctx, nil, err
}

// isSigned reports whether a request has a part of a signature.
func isSigned(sent wire.Values) bool {
	return sent[wire.ParamAccessKey] != "" || sent[wire.ParamSignature] != ""
}

// verify returns a context with the owner of the key pair that signed a request.
func (s *service) verify(r *http.Request, sent wire.Values) (context.Context, *people.SignedRequest, error) {
	var wrong []error
	for _, name := range []string{wire.ParamAccessKey, wire.ParamMethod, wire.ParamSignatureVersion, wire.ParamTimestamp, wire.ParamSignature} {
		if sent[name] == "" {
			wrong = append(wrong, wire.Missing(name))
		}
	}
	for name, want := range map[string]string{wire.ParamMethod: wire.SignatureMethod, wire.ParamSignatureVersion: wire.SignatureVersion} {
		if is := sent[name]; is != "" && is != want {
			wrong = append(wrong, wire.Invalid(name, "%.40q is unknown: send %s", is, want))
		}
	}
	at, err := wire.ParseTime(sent[wire.ParamTimestamp])
	if err != nil && sent[wire.ParamTimestamp] != "" {
		wrong = append(wrong, wire.Invalid(wire.ParamTimestamp, "%.40q is not a time", sent[wire.ParamTimestamp]))
	}
	signature, err := base64.StdEncoding.DecodeString(sent[wire.ParamSignature])
	if err != nil {
		wrong = append(wrong, wire.Invalid(wire.ParamSignature, "it is not base64"))
	}
	if err := wire.Join(wrong); err != nil {
		return r.Context(), nil, err
	}
	signed := people.SignedRequest{
		AccessKey: sent[wire.ParamAccessKey], StringToSign: wire.StringToSign(r.Method, s.host(r), r.URL.EscapedPath(), sent), Signature: signature, At: at,
		ReadOnly: s.actions[sent["action"]].ReadOnly(),
	}
	ctx, err := s.app.People.VerifySignature(r.Context(), signed)
	return ctx, &signed, err
}

// host returns the host in the URL of the client.
func (s *service) host(r *http.Request) string {
	if forwarded, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Host"), ","); s.options.TrustForwardedHost && forwarded != "" {
		return strings.TrimSpace(forwarded)
	}
	return r.Host
}
