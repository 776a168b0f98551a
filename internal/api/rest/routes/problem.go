package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/problem"
)

// Problem is the body of every error: a problem document (RFC 9457) of the type
// about:blank, with members that programs can act on.
type Problem struct {
	Title  string       `json:"title" doc:"The name of the status"`
	Status int          `json:"status"`
	Detail string       `json:"detail" doc:"What is wrong, for people"`
	Kind   problem.Kind `json:"kind" doc:"What is wrong, for programs" enum:"invalid,unauthenticated,denied,not-found,conflict,too-large,untrusted,upstream,full,unavailable,internal"`
	Field  string       `json:"field,omitempty" doc:"The member, parameter or file that is concerned"`
	Hint   string       `json:"hint,omitempty" doc:"What to do about it"`
	Code   string       `json:"code,omitempty" doc:"The word that another program knows it by, such as configure-failed of tasks"`
	Others []FieldError `json:"others,omitempty" doc:"What else is wrong with the input"`
}

// FieldError is a further fault of an input.
type FieldError struct {
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders returns the headers that belong to the status (RFC 9110, 10.2.3 and
// 11.6.1).
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Kind {
	case problem.Unauthenticated:
		h["Www-Authenticate"] = httpkit.Challenges()
	case problem.Unavailable:
		h.Set("Retry-After", "5")
	}
	return h
}
