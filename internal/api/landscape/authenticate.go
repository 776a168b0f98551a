package landscape

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/problem"
)

// authenticate finds out who asks: by a signature, by a Bearer token, or because the
// server trusts clients on this machine.
func (s *service) authenticate(r *http.Request, sent values) (context.Context, error) {
	if r.Header.Get("Authorization") == "" && sent.signed() {
		return r.Context(), problem.New(problem.Unauthenticated, "there is no key pair %.40q", sent[paramAccessKey]).In(paramAccessKey)
	}
	if _, _, basic := r.BasicAuth(); basic {
		// A browser sends a password by itself, also for an image of another page whose
		// address is an action.
		return r.Context(), problem.New(problem.Unauthenticated, "a password is not taken here").WithHint("send \"Authorization: Bearer TOKEN\"")
	}
	// A GET may change something here, so what pages of other sites may not do is asked as
	// of a POST.
	strict := *r
	strict.Method = http.MethodPost
	ctx, err := s.policy.Identify(s.app, &strict)
	if problem.Is(err, problem.Unauthenticated) && r.Header.Get("Authorization") == "" {
		return ctx, problem.New(problem.Unauthenticated, "this needs a signature or a token").
			WithHint("sign the request with a key pair, or send \"Authorization: Bearer TOKEN\"")
	}
	return ctx, err
}

// signed tells whether a request means to be signed.
func (v values) signed() bool { return v[paramAccessKey] != "" || v[paramSignature] != "" }
