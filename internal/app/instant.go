package app

import (
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// snapshotForm is how a time appears in the URL of a published tree.
const snapshotForm = "20060102T150405Z"

// ParseInstant reads a time: 20261120T120000Z, as in URLs of published trees, or
// RFC 3339. It gives the last microsecond of the second named, since a second
// means the state at its end; a time with a fraction means itself.
func ParseInstant(field, text string) (int64, error) {
	for _, form := range []string{snapshotForm, time.RFC3339Nano} {
		t, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		at := t.UnixMicro()
		if t.Nanosecond() == 0 {
			at += int64(time.Second/time.Microsecond) - 1
		}
		return at, nil
	}
	return 0, problem.New(problem.Invalid, "%q is not a time", text).In(field).
		WithHint("write it as 20261120T120000Z or 2026-11-20T12:00:00Z")
}

// stamp shows microseconds since 1970 to people and programs.
func stamp(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// micros gives microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
