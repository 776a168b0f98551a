package landscape

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/problem"
)

// authenticate finds out who asks: by a signature, by a Bearer token, or because the
// server trusts clients on this machine. signed is the request that a signature is of.
func (s *service) authenticate(r *http.Request, sent values) (ctx context.Context, signed *people.SignedRequest, err error) {
	if sent.signed() {
		return s.verify(r, sent)
	}
	if _, _, basic := r.BasicAuth(); basic {
		// A browser sends a password by itself, also for an image of another page whose
		// address is an action.
		return r.Context(), nil, problem.New(problem.Unauthenticated, "a password is not taken here").WithHint("send \"Authorization: Bearer TOKEN\"")
	}
	// A GET may change something here, so what pages of other sites may not do is asked as
	// of a POST.
	strict := *r
	strict.Method = http.MethodPost
	ctx, err = s.policy.Identify(s.app, &strict)
	if problem.Is(err, problem.Unauthenticated) && r.Header.Get("Authorization") == "" {
		return ctx, nil, problem.New(problem.Unauthenticated, "this needs a signature or a token").
			WithHint("sign the request with a key pair, or send \"Authorization: Bearer TOKEN\"")
	}
	return ctx, nil, err
}

// signed tells whether a request means to be signed.
func (v values) signed() bool { return v[paramAccessKey] != "" || v[paramSignature] != "" }

// verify checks the signature of a request.
func (s *service) verify(r *http.Request, sent values) (context.Context, *people.SignedRequest, error) {
	var wrong []error
	for _, name := range []string{paramAccessKey, paramMethod, paramSignatureVersion, paramTimestamp, paramSignature} {
		if sent[name] == "" {
			wrong = append(wrong, missing(name))
		}
	}
	for name, want := range map[string]string{paramMethod: SignatureMethod, paramSignatureVersion: SignatureVersion} {
		if is := sent[name]; is != "" && is != want {
			wrong = append(wrong, invalid(name, "%.40q is not known here: it must be %s", is, want))
		}
	}
	at, err := parseTime(sent[paramTimestamp])
	if err != nil && sent[paramTimestamp] != "" {
		wrong = append(wrong, invalid(paramTimestamp, "%.40q is not a time", sent[paramTimestamp]))
	}
	signature, err := base64.StdEncoding.DecodeString(sent[paramSignature])
	if err != nil {
		wrong = append(wrong, invalid(paramSignature, "it is not base64"))
	}
	if err := several(wrong); err != nil {
		return r.Context(), nil, err
	}
	signed := people.SignedRequest{
		AccessKey: sent[paramAccessKey], StringToSign: StringToSign(r.Method, s.host(r), r.URL.EscapedPath(), sent), Signature: signature, At: at,
		ReadOnly: s.actions[sent["action"]].ReadOnly(),
	}
	ctx, err := s.app.People.VerifySignature(r.Context(), signed)
	return ctx, &signed, err
}

// host gives the host that a client asked for.
func (s *service) host(r *http.Request) string {
	if forwarded, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Host"), ","); s.options.TrustForwardedHost && forwarded != "" {
		return strings.TrimSpace(forwarded)
	}
	return r.Host
}
