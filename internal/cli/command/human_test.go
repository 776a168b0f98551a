package command

import (
	"testing"
	"time"
)

func TestSizesHaveThreeDigitsAtMost(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 1234: "1.2 kB", 9949: "9.9 kB", 9950: "10 kB", 34_567_890: "35 MB",
		999_400: "999 kB", 999_500: "1.0 MB", 1 << 40: "1.1 TB", 1<<63 - 1: "9.2 EB",
	} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: %q, want %q", bytes, got, want)
		}
	}
}

func TestAgesAreToldByTheirLargestUnit(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for ago, want := range map[time.Duration]string{
		0: "just now", 5 * time.Second: "5 s ago", 90 * time.Second: "1 min ago", 119 * time.Minute: "1 h ago", 47 * time.Hour: "47 h ago",
		3 * day: "3 days ago", 800 * day: "2 years ago", -10*day - time.Hour: "in 10 days",
	} {
		if got := Age(time.Now().Add(-ago)); got != want {
			t.Errorf("%v: %q, want %q", ago, got, want)
		}
	}
	if got := Age(time.Time{}); got != "never" {
		t.Errorf("no time: %q", got)
	}
}

func TestDurationsOfDaysAndMoreCanBeWritten(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"36h": 36 * time.Hour, "90d": 90 * day, "2w": 14 * day, "1y": 365 * day, "1h30m": 90 * time.Minute, "0": 0} {
		var d Duration
		if err := d.Set(text); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(d), err)
		}
		var again Duration
		if err := again.Set(d.String()); err != nil || again != d {
			t.Errorf("%s as %s: %v, %v", text, d.String(), time.Duration(again), err)
		}
	}
	for _, text := range []string{"", "soon", "-1d", "-5h", "1000y", "9999999999999d", "d"} {
		var d Duration
		if err := d.Set(text); err == nil {
			t.Errorf("%q is taken for %v", text, time.Duration(d))
		}
	}
}
