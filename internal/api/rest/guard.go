package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/problem"
)

// Bounds of a request. Uploads are bounded by the disk alone and are not read
// here.
const (
	maxBody     = 1 << 20
	maxKeyBody  = 4 << 20
	bodyTimeout = time.Minute
	maxURL      = 16 << 10
)

// sober turns a panic into an answer, and a line in the log.
func (s *service) sober(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil || r.Context().Err() != nil {
				return // nobody waits for an answer
			}
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
			s.log.ErrorContext(r.Context(), "a request panicked", "path", r.URL.Path, "panic", fault, "stack", string(debug.Stack()))
			s.writeError(w, r, newProblem(http.StatusInternalServerError, problem.Internal, "the server failed; its log says why"))
		}()
		next.ServeHTTP(w, r)
	})
}

// guard lets in who may come in, with a body that is not too long.
func (s *service) guard(next http.Handler) http.Handler {
	// A browser sends Basic passwords by itself, also for pages of others.
	sameOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := sameOrigin.Check(r); err != nil {
			s.writeError(w, r, problem.New(problem.Denied, "a page of another site may not ask for this"))
			return
		}
		ctx, err := s.identify(r)
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		r = r.WithContext(ctx)
		if err := bound(w, r); err != nil {
			s.writeError(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// identify finds out who asks and puts that into the context.
func (s *service) identify(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	if s.options.Local {
		return app.AsProcess(ctx), nil
	}
	if header := r.Header.Get("Authorization"); header != "" {
		return s.app.Authenticate(ctx, secretOf(r, header))
	}
	if s.options.TrustLoopback && fromLoopback(r) {
		return app.AsLoopback(ctx), nil
	}
	return ctx, problem.New(problem.Unauthenticated, "this needs a token").
		WithHint("send \"Authorization: Bearer apt_…\"; the administrator's token is in the file admin.token of the data folder")
}

// secretOf takes the token from the header; an unknown scheme gives none, which
// is then refused.
func secretOf(r *http.Request, header string) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}

// fromLoopback tells whether a client on this machine asks, by a name of this
// machine (a page of another site that had its own name resolve to 127.0.0.1
// would use that), and not for somebody else as a proxy does.
func fromLoopback(r *http.Request) bool {
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && address.IsLoopback()
}

// bound reads the body of all requests but uploads into memory, so that one that
// is too long, too slow or cut is told as what it is.
func bound(w http.ResponseWriter, r *http.Request) error {
	if len(r.URL.RequestURI()) > maxURL {
		return newProblem(http.StatusRequestURITooLong, problem.TooLarge, "the address is too long")
	}
	if isUpload(r) || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	limit := int64(maxBody)
	if r.URL.Path == "/v1/keys/import" {
		limit = maxKeyBody
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // a request of this process has none
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	_ = control.SetReadDeadline(time.Time{})
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return newProblem(http.StatusRequestTimeout, problem.Unavailable, "the body did not come in time")
	}
	if err != nil {
		return newProblem(http.StatusBadRequest, problem.Invalid, "the body is cut short or garbled")
	}
	if int64(len(body)) > limit {
		return problem.New(problem.TooLarge, "the body is longer than %d bytes", limit)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// route answers in the shape of all errors where there is no route.
func (s *service) route() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := s.mux.Handler(r); pattern != "" {
			s.mux.ServeHTTP(w, r)
			return
		}
		if methods := s.methods(r); len(methods) > 0 {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			s.writeError(w, r, newProblem(http.StatusMethodNotAllowed, problem.Invalid, "this can be asked for with "+strings.Join(methods, ", ")+" only"))
			return
		}
		s.writeError(w, r, problem.New(problem.NotFound, "there is nothing at %s", r.URL.Path).WithHint("/openapi.json lists what there is"))
	})
}

// methods lists those that a path has.
func (s *service) methods(r *http.Request) (methods []string) {
	for _, method := range []string{"DELETE", "GET", "PATCH", "POST", "PUT"} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "" {
			methods = append(methods, method)
		}
	}
	return methods
}
