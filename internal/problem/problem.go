// Package problem is the one error type that every floor understands.
//
// A [Problem] says what kind of thing went wrong, which field or file it
// concerns, what happened in words for people, and what to do about it. The
// floors below the dialects return problems (or wrap them with %w); each
// dialect translates the [Kind] to its own status codes and error bodies, so
// that bad input is always told in the caller's language and never becomes a
// 500. An error that carries no problem is an internal one: dialects hide its
// text from callers and log it.
package problem

import (
	"errors"
	"fmt"
)

// Kind classifies a problem by who can mend it and how.
type Kind string

// The kinds. Each maps to one HTTP status in the dialects.
const (
	Invalid         Kind = "invalid"         // the caller's input is wrong (400, 422)
	Unauthenticated Kind = "unauthenticated" // nobody is known to ask (401)
	Denied          Kind = "denied"          // the asker may not (403)
	NotFound        Kind = "not-found"       // the named thing does not exist (404)
	Conflict        Kind = "conflict"        // the state does not allow it (409)
	TooLarge        Kind = "too-large"       // over a size or ratio limit (413)
	Untrusted       Kind = "untrusted"       // signature or digest does not hold (422)
	Upstream        Kind = "upstream"        // another server failed us (502)
	Full            Kind = "full"            // no space left to write (507)
	Unavailable     Kind = "unavailable"     // try again later (503)
	Internal        Kind = "internal"        // our own fault (500)
)

// Problem is an error for people and programs.
type Problem struct {
	Kind    Kind
	Field   string // the input field or file concerned; may be empty
	Message string // what is wrong, one sentence without a full stop
	Hint    string // what to do about it; may be empty
	cause   error  // what led to it, its text already part of Message; may be nil
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

// New makes a problem of a kind with a formatted message. A %w verb in the
// format keeps the cause reachable through errors.Is and errors.As.
func New(kind Kind, format string, args ...any) *Problem {
	err := fmt.Errorf(format, args...)
	return &Problem{Kind: kind, Message: err.Error(), cause: errors.Unwrap(err)}
}

// In names the input field or file that the problem concerns.
func (p *Problem) In(field string) *Problem { p.Field = field; return p }

// WithHint adds what the reader can do about it.
func (p *Problem) WithHint(format string, args ...any) *Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// KindOf returns the kind of the outermost problem in err's chain, or Internal
// when there is none.
func KindOf(err error) Kind {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Kind
	}
	return Internal
}

// Is reports whether err carries a problem of this kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
