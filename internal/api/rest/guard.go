package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/problem"
)

// Bounds of a request. Uploads are bounded by the disk alone and are not read
// here.
const (
	maxBody    = 1 << 20
	maxKeyBody = 4 << 20
	// maxDeclared is for declarations, which hold the keys of every mirror.
	maxDeclared = 16 << 20
	maxURL      = 16 << 10
)

// guard lets in who may come in, with a body that is not too long.
func (s *service) guard(next http.Handler) http.Handler {
	policy := httpkit.Policy{Local: s.options.Local, TrustLoopback: s.options.TrustLoopback}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := policy.Identify(s.app, r)
		if open(r) && problem.Is(err, problem.Unauthenticated) {
			ctx, err = httpkit.AskedFrom(r), nil
		}
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

// open reports whether a caller without a token may ask for this.
func open(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == routes.LogIn.Path || r.URL.Path == routes.AcceptInvitation.Path)
}

// bound reads the body of all requests but uploads into memory, so that one that
// is too long, too slow or cut is told as what it is.
func bound(w http.ResponseWriter, r *http.Request) error {
	if len(r.URL.RequestURI()) > maxURL {
		return newProblem(http.StatusRequestURITooLong, problem.TooLarge, "the address is too long")
	}
	if isUpload(r) {
		return nil
	}
	limit := int64(maxBody)
	switch r.URL.Path {
	case routes.ImportKey.Path:
		limit = maxKeyBody
	case routes.Apply.Path, routes.PlanApply.Path:
		limit = maxDeclared
	}
	err := httpkit.Buffer(w, r, limit)
	switch {
	case errors.Is(err, httpkit.ErrSlowBody):
		return newProblem(http.StatusRequestTimeout, problem.Unavailable, err.Error())
	case errors.Is(err, httpkit.ErrGarbledBody):
		return newProblem(http.StatusBadRequest, problem.Invalid, err.Error())
	}
	return err
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
