package wire

import (
	"errors"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// The reasons why a request cannot be read. They are error names of Landscape's API.
const (
	MissingParameter      = "MissingParameter"
	InvalidParameterValue = "InvalidParameterValue"
	UnknownParameter      = "UnknownParameter"
	InvalidTime           = "InvalidTime"
)

// Errors are several errors of one request.
type Errors []error

// Error returns the texts of all.
func (list Errors) Error() string {
	texts := make([]string, len(list))
	for i, err := range list {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the errors.
func (list Errors) Unwrap() []error { return list }

// maxErrors bounds the errors of one request.
const maxErrors = 100

// Join returns nil for no error, one error as it is, and otherwise [Errors]. It replaces
// [Errors] in the list by their parts.
func Join(list []error) error {
	var flat Errors
	for _, err := range list {
		if more, ok := errors.AsType[Errors](err); ok {
			flat = append(flat, more...)
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
	return flat[:min(len(flat), maxErrors)]
}

// Invalid returns the error of a parameter with an invalid value.
func Invalid(name, format string, args ...any) error {
	return problem.Because(problem.New(problem.Invalid, format, args...).In(name), InvalidParameterValue)
}

// Missing returns the error of a required parameter that the request does not have.
func Missing(name string) error {
	return problem.Because(problem.New(problem.Invalid, "the parameter is required").In(name), MissingParameter)
}
