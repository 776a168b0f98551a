package aptly

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
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
	return httpkit.Status(kind)
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

// writeError answers with an error.
func (s *service) writeError(w http.ResponseWriter, r *http.Request, err error) {
	own, wired := errors.AsType[*wireError](err)
	if !wired {
		p, _ := errors.AsType[*problem.Problem](httpkit.Told(r.Context(), s.log, err, "path", r.URL.Path))
		own = &wireError{status: statusOf(p.Kind), problem: &problem.Problem{Message: textOf(p)}}
	}
	contentType := jsonType
	if own.plain {
		contentType = "text/plain; charset=utf-8"
	}
	if own.status == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = httpkit.Challenges()
	}
	writeJSON(w, own.status, contentType, errorBody{own.Error()})
}
