package usecase

import (
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// snapshotForm is how a time appears in the URL of a published tree.
const SnapshotForm = "20060102T150405Z"

// ParseInstant reads a time: 20261120T120000Z, as in URLs of published trees, or
// less of it from the day on, or RFC 3339. What is left out is zero: 20261120 is
// the first second of that day, in UTC like all of them. It gives the last
// microsecond of the second named, since a second means the state at its end; a
// time with a fraction means itself.
func ParseInstant(field, text string) (int64, error) {
	at, err := InstantOf(text)
	if err != nil {
		return 0, problem.New(problem.Invalid, "%q is not a time", text).In(field).
			WithHint("write it as 20261120T120000Z or 2026-11-20T12:00:00Z")
	}
	return at, nil
}

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

// stamp shows microseconds since 1970 to people and programs.
func Stamp(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// micros gives microseconds since 1970, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
