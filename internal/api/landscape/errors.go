package landscape

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/problem"
)

// wireError is the JSON of an error. Clients want both of its first members.
type wireError struct {
	Error   string      `json:"error"`
	Message string      `json:"message"`
	Errors  []wireError `json:"errors,omitempty"` // of a MultiError
}

// describe returns the status and the JSON of an error that is a problem.
func describe(err error) (status int, body wireError) {
	if more, is := errors.AsType[wire.Errors](err); is {
		body = wireError{Error: codeMultiError, Message: more.Error()}
		for _, each := range more {
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

// parameterOf gives the parameter of an action that the application's field is, where
// that has another name.
func parameterOf(field string) string {
	switch field {
	case "key":
		return "gpg_key"
	case "keys":
		return "gpg_keys"
	case "line":
		return "apt_line"
	case "mirror_url":
		return "mirror_uri"
	case "mirror_key":
		return "mirror_gpg_key"
	case "filter":
		return "filter_type"
	case "udebs":
		return "include_udeb"
	case "allow_unsigned":
		return "upload_allow_unsigned"
	}
	return field
}

// theirWords gives an error of the application with the parameter that it concerns.
func theirWords(err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok || parameterOf(p.Field) == p.Field {
		return err
	}
	told := *p
	told.Field = parameterOf(p.Field)
	return problem.Because(&told, problem.ReasonOf(err))
}
