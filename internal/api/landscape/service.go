package landscape

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/problem"
)

// Options adjust the dialect.
type Options struct {
	Local         bool // requests come from this process, and need no signature and no token
	TrustLoopback bool // clients on this machine need no signature and no token
	// TrustForwardedHost checks signatures against X-Forwarded-Host if a request has it. It
	// is for servers that only a proxy reaches, which sets this header.
	TrustForwardedHost bool
	Log                *slog.Logger
}

// service is the handler.
type service struct {
	app     *app.App
	options Options
	log     *slog.Logger
	policy  httpkit.Policy
	actions map[string]Action
}

// New returns the handler of Landscape's API: /api with and without a slash, and the
// logins below it.
func New(a *app.App, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &service{app: a, options: o, log: o.Log, policy: httpkit.Policy{Local: o.Local, TrustLoopback: o.TrustLoopback}, actions: map[string]Action{}}
	for _, each := range Actions() {
		s.actions[each.Name] = each
	}
	return httpkit.Handler(s.log, s.serve, s.writeError)
}

// Owns reports whether a path belongs to this dialect.
func Owns(path string) bool {
	switch path {
	case "/api", "/api/", "/api/login", "/api/v2/login", "/api/v2/login/access-key":
		return true
	}
	return false
}

// serve answers a request.
func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/api", "/api/":
		s.serveAction(w, r)
	case "/api/login", "/api/v2/login":
		s.serveLogin(w, r, s.loginWithPassword)
	case "/api/v2/login/access-key":
		s.serveLogin(w, r, s.loginWithKeyPair)
	default:
		writeJSON(w, http.StatusNotFound, wireError{Error: codeNotFound, Message: "not found: actions are at /api/"})
	}
}

// serveAction answers a request for an action.
func (s *service) serveAction(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		writeJSON(w, http.StatusMethodNotAllowed, wireError{Error: codeMethodNotAllowed, Message: "send actions by GET or POST"})
		return
	}
	sent, err := parameters(w, r)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	ctx, signed, err := s.authenticate(r, sent)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	result, err := s.carryOut(ctx, sent)
	if err != nil {
		s.returnSignature(ctx, signed, err)
		s.writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, result)
}

// carryOut runs the action of a request.
func (s *service) carryOut(ctx context.Context, sent wire.Values) (any, error) {
	chosen, c, err := s.choose(sent)
	if err != nil {
		return nil, err
	}
	return chosen.run(ctx, c, ownOf(sent))
}

// returnSignature lets a client repeat a refused request with the same signature. A request
// with an internal error may have changed something, so its signature stays used.
func (s *service) returnSignature(ctx context.Context, signed *people.SignedRequest, refused error) {
	if signed == nil || signed.ReadOnly || problem.Is(refused, problem.Internal) {
		return
	}
	if err := s.app.People.ReturnSignature(context.WithoutCancel(ctx), *signed); err != nil {
		s.log.WarnContext(ctx, "a refused request cannot be repeated", "error", err)
	}
}
