package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/usecase"
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

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders gives the headers that belong to the status (RFC 9110, 10.2.3 and
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

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

// kindOf is the other way, for faults that the framework found.
func kindOf(status int) problem.Kind {
	switch status {
	case http.StatusNotFound:
		return problem.NotFound
	case http.StatusRequestEntityTooLarge:
		return problem.TooLarge
	case http.StatusRequestTimeout, http.StatusServiceUnavailable:
		return problem.Unavailable
	case http.StatusInternalServerError:
		return problem.Internal
	default:
		return problem.Invalid
	}
}

// newProblem makes the document of a status.
func newProblem(status int, kind problem.Kind, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Kind: kind, Detail: detail}
}

// problem translates an error of the door.
func (s *service) problem(ctx context.Context, err error) *Problem {
	if own, ok := errors.AsType[*Problem](err); ok {
		return own
	}
	err = httpkit.Told(ctx, s.log, err)
	p, _ := errors.AsType[*problem.Problem](err)
	told := newProblem(httpkit.Status(p.Kind), p.Kind, p.Message)
	told.Field, told.Hint, told.Code = p.Field, p.Hint, s.options.CodeOf(problem.ReasonOf(err))
	if faults, declared := errors.AsType[apply.Faults](err); declared {
		told.Others = others(faults)
	}
	return told
}

// others gives the faults of a declaration after the first.
func others(faults apply.Faults) (list []FieldError) {
	for _, f := range faults[1:] {
		list = append(list, FieldError{strings.Join(f.Path, "."), f.Message})
	}
	return list
}

// ownProblem is the transformer that gives faults found by the framework the
// shape of all others.
func ownProblem(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(model.Status, kindOf(model.Status), cmp.Or(model.Detail, http.StatusText(model.Status)))
	for i, e := range model.Errors {
		f := fault(e)
		if i == 0 {
			p.Field, p.Detail = f.Field, cmp.Or(f.Detail, p.Detail)
			continue
		}
		p.Others = append(p.Others, f)
	}
	if model.Status == http.StatusUnsupportedMediaType {
		p.Field, p.Hint = "Content-Type", "send JSON, and say so: Content-Type: application/json"
	}
	return p, nil
}

// fault takes the part of the request from the place of a fault: config.url for
// body.config.url. A member that is missing is named, and not what lacks it.
func fault(e *huma.ErrorDetail) FieldError {
	_, field, _ := strings.Cut(e.Location, ".")
	missing, ok := strings.CutPrefix(e.Message, "expected required property ")
	missing, whole := strings.CutSuffix(missing, " to be present")
	if !ok || !whole {
		return FieldError{field, e.Message}
	}
	return FieldError{strings.TrimPrefix(field+"."+missing, "."), "is missing"}
}

// codeFailures is the transformer that gives the failures of activities the codes that
// problems have.
func (s *service) codeFailures(_ huma.Context, _ string, v any) (any, error) {
	switch body := v.(type) {
	case usecase.Activity:
		s.codeFailure(body)
	case usecase.List[usecase.Activity]:
		for _, a := range body.Items {
			s.codeFailure(a)
		}
	}
	return v, nil
}

func (s *service) codeFailure(a usecase.Activity) {
	if a.Error != nil {
		a.Error.Reason = problem.Reason(s.options.CodeOf(a.Error.Reason))
	}
}

// writeError answers outside of the framework.
func (s *service) writeError(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
