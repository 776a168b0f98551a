package declaration

import (
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

const day = 24 * time.Hour

// longest is the longest accepted duration, in days.
const longest = 365 * 200

// ParseDuration parses a duration of zero or more: 36h, 90d, 12w or 2y, or any form of
// [time.ParseDuration]. A year is 365 days.
func ParseDuration(text string) (time.Duration, error) {
	for unit, days := range map[string]int64{"d": 1, "w": 7, "y": 365} {
		digits, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil || n < 0 || n*days > longest {
			return 0, noDuration(text)
		}
		return time.Duration(n*days) * day, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, noDuration(text)
	}
	return d, nil
}

func noDuration(text string) error {
	return problem.New(problem.Invalid, "%q is not a duration", text).WithHint("write 36h, 90d, 12w or 2y")
}

// FormatDuration formats a duration for [ParseDuration], whole days in days.
func FormatDuration(d time.Duration) string {
	if d%day != 0 || d == 0 {
		return d.String()
	}
	return strconv.FormatInt(int64(d/day), 10) + "d"
}
