package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/declaration"
)

// size shows a number of bytes with three digits or so: 999 B, 1.2 kB, 34 MB.
func size(bytes int64) string {
	value, unit := float64(bytes), 0
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	if unit == 0 || value >= 9.95 {
		return fmt.Sprintf("%.0f %s", value, units[unit])
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

// age shows how long ago something was, or that it never was.
func age(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := time.Since(t)
	switch {
	case d < -time.Minute:
		return "in " + span(-d)
	case d < 2*time.Second:
		return "just now"
	}
	return span(d) + " ago"
}

// span shows a duration by its largest unit.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 730*day:
		return fmt.Sprintf("%d days", int(d/day))
	}
	return fmt.Sprintf("%d years", int(d/(365*day)))
}

// moment shows a time for details, or nothing if there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 MST") + " (" + age(t) + ")"
}

// count shows a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// duration is a flag for times to come: 36h, 90d, 12w, 2y.
type duration time.Duration

// String shows it as Set reads it.
func (d *duration) String() string { return declaration.FormatDuration(time.Duration(*d)) }

// Type names it in the help.
func (d *duration) Type() string { return "duration" }

// Set reads a duration as declarations have it.
func (d *duration) Set(text string) error {
	parsed, err := declaration.ParseDuration(text)
	*d = duration(parsed)
	return err
}

// terms joins words, or gives what stands for none.
func terms(words []string, none string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, " ")
}
