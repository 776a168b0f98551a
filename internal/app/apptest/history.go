package apptest

import (
	"time"
)

// past returns an instant, as a reference has it, that is over.
func Past(at time.Time) string { return at.Format("2006-01-02T15:04:05.000000Z07:00") }
