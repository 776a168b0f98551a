package command

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/declaration"
)

// Size shows a number of bytes with three digits or so: 999 B, 1.2 kB, 34 MB.
func Size(bytes int64) string {
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

// Age shows how long ago something was, or that it never was.
func Age(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := time.Since(t)
	switch {
	case d < -time.Minute:
		return "in " + Span(-d)
	case d < 2*time.Second:
		return "just now"
	}
	return Span(d) + " ago"
}

// Span shows a duration by its largest unit.
func Span(d time.Duration) string {
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

// Moment shows a time for details, and nothing for no time.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 MST") + " (" + Age(t) + ")"
}

// RevisionTime shows the time of a revision as --at and @TIME read it.
func RevisionTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000Z") }

// Count shows a number of things.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Duration is a flag for times to come: 36h, 90d, 12w, 2y.
type Duration time.Duration

// String shows it as Set reads it.
func (d *Duration) String() string { return declaration.FormatDuration(time.Duration(*d)) }

// Type names it in the help.
func (d *Duration) Type() string { return "duration" }

// Set reads a duration as declarations have it.
func (d *Duration) Set(text string) error {
	parsed, err := declaration.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

// Terms joins words, or returns none.
func Terms(words []string, none string) string {
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, " ")
}

// Number shows a number, or a dash for 0.
func Number(n int64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

// Dash shows a word, or a dash for none.
func Dash(word string) string { return cmp.Or(word, "-") }

// Yes shows true, and nothing for false.
func Yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
