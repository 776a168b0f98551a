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

// fallback returns the status of a kind of problem, and the default name of its errors. As
// in Landscape, a fault of the request, or of the state of its objects, is always a 400.
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

// writeError writes an error as the answer.
func (s *service) writeError(w http.ResponseWriter, r *http.Request, err error) {
	status, body := describe(httpkit.Told(r.Context(), s.log, err, "path", r.URL.Path))
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="aptarium"`)
	}
	writeJSON(w, status, body)
}

// parameterOf returns the name of the parameter for a field of the application.
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

// theirWords returns an error of the application with Landscape's name of its field.
func theirWords(err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok || parameterOf(p.Field) == p.Field {
		return err
	}
	told := *p
	told.Field = parameterOf(p.Field)
	return problem.Because(&told, problem.ReasonOf(err))
}
