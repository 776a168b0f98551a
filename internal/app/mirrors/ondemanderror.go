package mirrors

import (
	"errors"
	"time"
)

// laterError is an error that may be over in a while, and is not before.
type laterError struct {
	error
	after time.Duration
}

func (e *laterError) Unwrap() error { return e.error }

// RetryAfter tells, of an error of an opened file, how long it makes no sense to
// ask again; false when the error says nothing of that.
func RetryAfter(err error) (time.Duration, bool) {
	if later, ok := errors.AsType[*laterError](err); ok {
		return later.after, true
	}
	return 0, false
}
