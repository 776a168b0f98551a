package problem

import "errors"

// coded is an error with a code.
type coded struct {
	error
	code string
}

func (c coded) Unwrap() error { return c.error }

// Coded adds the code by which another program's interface names the error, such as
// debusine's configure-failed, and keeps its text and kind. An error that has a code
// keeps that one; nil stays nil.
func Coded(err error, code string) error {
	if err == nil || CodeOf(err) != "" {
		return err
	}
	return coded{err, code}
}

// CodeOf returns the code of an error, or "".
func CodeOf(err error) string {
	if c, ok := errors.AsType[coded](err); ok {
		return c.code
	}
	return ""
}
