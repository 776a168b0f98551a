package landscape

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/problem"
)

// wireError is the JSON of an error. Clients want both of its first members.
type wireError struct {
	Error   string      `json:"error"`
	Message string      `json:"message"`
	Errors  []wireError `json:"errors,omitempty"` // of a MultiError
}

// multiError is several errors of one request.
type multiError struct{ errs []error }

func (m multiError) Error() string {
	texts := make([]string, len(m.errs))
	for i, err := range m.errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the errors.
func (m multiError) Unwrap() []error { return m.errs }

// several makes one error of those that one request has, with those that are several
// themselves taken apart.
func several(errs []error) error {
	var flat []error
	for _, err := range errs {
		if more, ok := errors.AsType[multiError](err); ok {
			flat = append(flat, more.errs...)
		} else {
			flat = append(flat, err)
		}
	}
	switch len(flat) {
	case 0:
		return nil
	case 1:
		return flat[0]
	}
	return multiError{flat[:min(len(flat), maxErrors)]}
}

// maxErrors bounds what is told of one request.
const maxErrors = 100

// describe returns the status and the JSON of an error that is a problem.
func describe(err error) (status int, body wireError) {
	if more, is := errors.AsType[multiError](err); is {
		body = wireError{Error: codeMultiError, Message: more.Error()}
		for _, each := range more.errs {
			_, one := describe(each)
			body.Errors = append(body.Errors, one)
		}
		return http.StatusBadRequest, body
	}
	p, _ := errors.AsType[*problem.Problem](err)
	status, code := fallback(p.Kind)
	return status, wireError{Error: cmp.Or(ErrorName(problem.ReasonOf(err)), code), Message: p.Error()}
}

// fallback gives the status of a kind of problem, and the code where an error has none
// of its own. What is wrong with a request, or with the state of what it names, is
// always a 400, as it is there.
func fallback(kind problem.Kind) (status int, code string) {
	switch kind {
	case problem.Unauthenticated:
		return http.StatusUnauthorized, codeAuthFailure
	case problem.Denied:
		return http.StatusForbidden, codeUnauthorised
	case problem.Conflict:
		return http.StatusBadRequest, codeInvalidState
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge, codeRequestTooLarge
	case problem.Upstream, problem.Full, problem.Unavailable:
		return httpkit.Status(kind), codeUnavailable
	case problem.Internal:
		return http.StatusInternalServerError, codeInternal
	}
	return http.StatusBadRequest, codeInvalidParameterValue
}

// writeError answers with an error.
func (s *service) writeError(w http.ResponseWriter, r *http.Request, err error) {
	status, body := describe(httpkit.Told(r.Context(), s.log, err, "path", r.URL.Path))
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="aptarium"`)
	}
	writeJSON(w, status, body)
}
