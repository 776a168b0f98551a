package aptly

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/app/caller"
	"github.com/aptarium/aptarium/internal/problem"
)

// wireError is an error with a status of its own. Its text is the one that
// clients know.
type wireError struct {
	status  int
	problem *problem.Problem
	plain   bool // told as text/plain, as aptly tells what it cannot bind
}

// Error gives the text.
func (e *wireError) Error() string { return e.problem.Message }

// Unwrap gives the problem, by which tasks keep its kind.
func (e *wireError) Unwrap() error { return e.problem }

// fail makes an error with a status.
func fail(status int, format string, args ...any) error {
	return &wireError{status: status, problem: problem.New(kindOf(status), format, args...)}
}

// statusOf gives the status of each kind of problem where a route has no other.
func statusOf(kind problem.Kind) int {
	switch kind {
	case problem.Invalid, problem.Untrusted, problem.Upstream:
		return http.StatusBadRequest
	}
	return caller.Status(kind)
}

// kindOf is the other way, as far as routes name statuses.
func kindOf(status int) problem.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return problem.Invalid
	case http.StatusForbidden:
		return problem.Denied
	case http.StatusNotFound:
		return problem.NotFound
	case http.StatusConflict:
		return problem.Conflict
	case http.StatusRequestTimeout, http.StatusServiceUnavailable:
		return problem.Unavailable
	default:
		return problem.Internal
	}
}

// as tells an error of the application in the route's own way: with another
// status for a kind of problem, and another text before its own.
func as(err error, kind problem.Kind, status int, prefix string) error {
	p, is := errors.AsType[*problem.Problem](err)
	if _, done := errors.AsType[*wireError](err); done || !is || p.Kind != kind {
		return err
	}
	told := *p
	told.Message = prefix + textOf(p)
	told.Field, told.Hint = "", ""
	return &wireError{status: status, problem: &told}
}

// textOf is the text of a problem with what to do about it.
func textOf(p *problem.Problem) string {
	text := p.Message
	if p.Field != "" && !strings.Contains(text, p.Field) {
		text = p.Field + ": " + text
	}
	if p.Hint != "" {
		text += " (" + p.Hint + ")"
	}
	return text
}

// errorBody is the JSON of an error.
type errorBody struct {
	Error string `json:"error"`
}

// writeError answers with an error. What is no problem is a fault of our own: it is
// logged, and its text kept from the caller.
func (s *service) writeError(w http.ResponseWriter, r *http.Request, err error) {
	status, text, contentType := http.StatusInternalServerError, "the server failed; its log says why", jsonType
	own, wired := errors.AsType[*wireError](err)
	p, known := errors.AsType[*problem.Problem](err)
	switch {
	case wired:
		status, text = own.status, own.Error()
		if own.plain {
			contentType = "text/plain; charset=utf-8"
		}
	case known && p.Kind != problem.Internal:
		status, text = statusOf(p.Kind), textOf(p)
	case r.Context().Err() != nil:
		status, text = http.StatusServiceUnavailable, "the request was ended before it was done"
	default:
		s.log.ErrorContext(r.Context(), "a request failed", "path", r.URL.Path, "error", err)
	}
	if status == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = caller.Challenges()
	}
	writeJSON(w, status, contentType, errorBody{text})
}
