package usecase

import (
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// SnapshotForm is the layout of a time in the URL of a published tree.
const SnapshotForm = "20060102T150405Z"

// ParseInstant returns the microseconds since 1970 of a time in UTC: 20261120T120000Z, as in
// URLs of published trees, or its beginning (at least the day; the rest is zero), or RFC 3339.
// A second means the state at its end, so it is the last microsecond of that second; a time
// with a fraction is exact. Errors are problem.Invalid in field.
func ParseInstant(field, text string) (int64, error) {
	at, err := InstantOf(text)
	if err != nil {
		return 0, problem.New(problem.Invalid, "%q is not a time", text).In(field).
			WithHint("write it as 20261120T120000Z or 2026-11-20T12:00:00Z")
	}
	return at, nil
}

// InstantOf is [ParseInstant] with the errors of package time.
func InstantOf(text string) (int64, error) {
	form := time.RFC3339Nano
	if publish.IsInstant(text) {
		form = SnapshotForm
		digits := strings.TrimSuffix(text, "Z")
		if len(digits) == len("20060102") {
			digits += "T"
		}
		text = digits + "000000Z"[len(digits)-len("20060102T"):]
	}
	t, err := time.Parse(form, text)
	if err != nil {
		return 0, err
	}
	at := t.UnixMicro()
	if t.Nanosecond() == 0 {
		at += int64(time.Second/time.Microsecond) - 1
	}
	return at, nil
}

// Stamp returns a stored time, in microseconds since 1970, in UTC; 0 is the zero time.
func Stamp(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Micros returns a time as it is stored, in microseconds since 1970; the zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
