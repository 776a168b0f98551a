package problem

import "errors"

// coded is an error with a code.
type coded struct {
	error
	code string
}

func (c coded) Unwrap() error { return c.error }

// Coded marks an error with the word that programs of another house know it by,
// such as configure-failed; its text and kind stay. A code that it has already
// stays too, and nil stays nil.
func Coded(err error, code string) error {
	if err == nil || CodeOf(err) != "" {
		return err
	}
	return coded{err, code}
}

// CodeOf returns an error's code; most have none.
func CodeOf(err error) string {
	if c, ok := errors.AsType[coded](err); ok {
		return c.code
	}
	return ""
}
