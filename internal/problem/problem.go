// Package problem is the error type of every floor.
//
// A [Problem] has a kind, the field or file concerned, a message for people, and a
// hint that says what to do. The floors below the dialects return problems (or wrap
// them with %w); each dialect translates the [Kind] to its own status codes and
// error bodies, so that bad input never becomes a 500. An error without a problem is
// internal: dialects log it and hide its text from callers.
package problem

import (
	"errors"
	"fmt"
)

// Kind classifies a problem by who can correct it, and how.
type Kind string

// The kinds. Each maps to one HTTP status in the dialects.
const (
	Invalid         Kind = "invalid"         // the caller's input is wrong (400, 422)
	Unauthenticated Kind = "unauthenticated" // the caller is unknown (401)
	Denied          Kind = "denied"          // the caller lacks a permission (403)
	NotFound        Kind = "not-found"       // the named object does not exist (404)
	Conflict        Kind = "conflict"        // the state does not allow it (409)
	TooLarge        Kind = "too-large"       // over a size or ratio limit (413)
	Untrusted       Kind = "untrusted"       // a signature or digest is wrong (422)
	Upstream        Kind = "upstream"        // another server failed (502)
	Full            Kind = "full"            // no space left to write (507)
	Unavailable     Kind = "unavailable"     // try again later (503)
	Internal        Kind = "internal"        // a fault of this program (500)
)

// Problem is an error for people and programs.
type Problem struct {
	Kind    Kind
	Field   string // the input field or file concerned, or empty
	Message string // what is wrong, one sentence without a full stop
	Hint    string // what to do about it, or empty
	cause   error  // whose text is already part of Message; or nil
}

// Error returns field, message and hint in one line.
func (p *Problem) Error() string {
	s := p.Message
	if p.Field != "" {
		s = p.Field + ": " + s
	}
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.cause }

// New creates a problem of a kind with a formatted message. A %w verb in the
// format keeps the cause reachable through errors.Is and errors.As.
func New(kind Kind, format string, args ...any) *Problem {
	err := fmt.Errorf(format, args...)
	return &Problem{Kind: kind, Message: err.Error(), cause: errors.Unwrap(err)}
}

// In sets the input field or file that the problem concerns.
func (p *Problem) In(field string) *Problem { p.Field = field; return p }

// WithHint adds a hint: what the reader can do about the problem.
func (p *Problem) WithHint(format string, args ...any) *Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// While returns err preceded by what was being done, in the form "reading x: ERR", and
// nil for no error. The kind and the cause of err stay reachable.
func While(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(doing, args...), err)
}

// KindOf returns the kind of the outermost problem in err's chain, or Internal
// if there is none.
func KindOf(err error) Kind {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Kind
	}
	return Internal
}

// Is reports whether err carries a problem of this kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
