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
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

var (
	_ huma.StatusError       = (*routes.Problem)(nil)
	_ huma.HeadersError      = (*routes.Problem)(nil)
	_ huma.ContentTypeFilter = (*routes.Problem)(nil)
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
func newProblem(status int, kind problem.Kind, detail string) *routes.Problem {
	return &routes.Problem{Title: http.StatusText(status), Status: status, Kind: kind, Detail: detail}
}

// problem translates an error of the door.
func (s *service) problem(ctx context.Context, err error) *routes.Problem {
	if own, ok := errors.AsType[*routes.Problem](err); ok {
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
func others(faults apply.Faults) (list []routes.FieldError) {
	for _, f := range faults[1:] {
		list = append(list, routes.FieldError{Field: strings.Join(f.Path, "."), Detail: f.Message})
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
func fault(e *huma.ErrorDetail) routes.FieldError {
	_, field, _ := strings.Cut(e.Location, ".")
	missing, ok := strings.CutPrefix(e.Message, "expected required property ")
	missing, whole := strings.CutSuffix(missing, " to be present")
	if !ok || !whole {
		return routes.FieldError{Field: field, Detail: e.Message}
	}
	return routes.FieldError{Field: strings.TrimPrefix(field+"."+missing, "."), Detail: "is missing"}
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
