package aptly

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/problem"
)

// wireError is an error with its own status. Its text is the one of aptly.
type wireError struct {
	status  int
	problem *problem.Problem
	plain   bool // as text/plain, like aptly's errors of bodies that it cannot bind
}

// Error returns the text.
func (e *wireError) Error() string { return e.problem.Message }

// Unwrap returns the problem, so that tasks keep its kind.
func (e *wireError) Unwrap() error { return e.problem }

// fail returns an error with a status.
func fail(status int, format string, args ...any) error {
	return &wireError{status: status, problem: problem.New(kindOf(status), format, args...)}
}

// statusOf returns the default status of a kind of problem.
func statusOf(kind problem.Kind) int {
	switch kind {
	case problem.Invalid, problem.Untrusted, problem.Upstream:
		return http.StatusBadRequest
	}
	return httpkit.Status(kind)
}

// kindOf returns the kind of problem of a status that a route uses.
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

// as returns an error of the application as the route shows it: a problem of the kind gets
// a status and a prefix of its text. Other errors stay as they are.
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

// textOf returns the text of a problem with its field and its hint.
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

// writeError writes an error as the answer.
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
