package problem

import "errors"

// Reason says for programs what is wrong, finer than a [Kind] does: NOUN.WHAT, such as
// pocket.unknown. The package that owns a noun declares the reasons of its problems as
// constants. A dialect whose clients have a name for a reason maps it.
type Reason string

// The reasons of problems with what a caller gave, whatever the noun.
const (
	MissingValue      Reason = "value.missing"
	InvalidValue      Reason = "value.invalid"
	ConflictingValues Reason = "value.conflicting" // each is fine, together they are not
)

// reasoned is an error with a reason.
type reasoned struct {
	error
	reason Reason
}

func (r reasoned) Unwrap() error { return r.error }

// Because returns the error with a reason; its text and kind stay. A reason that it has
// already stays too, as does an error that is given none, and nil stays nil.
func Because(err error, reason Reason) error {
	if err == nil || reason == "" || ReasonOf(err) != "" {
		return err
	}
	return reasoned{err, reason}
}

// ReasonOf returns the reason of an error, which is empty for most.
func ReasonOf(err error) Reason {
	if r, ok := errors.AsType[reasoned](err); ok {
		return r.reason
	}
	return ""
}
