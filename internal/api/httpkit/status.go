package httpkit

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/problem"
)

// Status returns the status of HTTP (RFC 9110) for a kind of problem. Dialects have few
// exceptions of their own. Input that is well formed and not accepted is unprocessable
// content.
func Status(kind problem.Kind) int {
	switch kind {
	case problem.Invalid, problem.Untrusted:
		return http.StatusUnprocessableEntity
	case problem.Unauthenticated:
		return http.StatusUnauthorized
	case problem.Denied:
		return http.StatusForbidden
	case problem.NotFound:
		return http.StatusNotFound
	case problem.Conflict:
		return http.StatusConflict
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge
	case problem.Upstream:
		return http.StatusBadGateway
	case problem.Full:
		return http.StatusInsufficientStorage
	case problem.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
