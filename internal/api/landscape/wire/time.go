package wire

import (
	"strings"
	"time"
)

// timeLayout is the layout of times in answers.
const timeLayout = "2006-01-02T15:04:05Z"

// timeLayouts are the layouts of times in requests: those of ISO 8601 that people and
// programs write. A time without a zone is in UTC.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02", "2006-01", "2006",
	"20060102T150405Z07:00", "20060102T150405", "20060102",
}

// ParseTime reads a time of a request, which may have a space instead of the T. A part of
// a time, such as 2026-11, means its first instant.
func ParseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if date, clock, ok := strings.Cut(text, " "); ok {
		text = date + "T" + clock
	}
	var at time.Time
	var err error
	for _, layout := range timeLayouts {
		if at, err = time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, err
}

// Moment is a time in an answer: in UTC, to the second; the zero time is null.
type Moment time.Time

// MarshalJSON returns the JSON of the time.
func (m Moment) MarshalJSON() ([]byte, error) {
	at := time.Time(m)
	if at.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + at.UTC().Format(timeLayout) + `"`), nil
}
