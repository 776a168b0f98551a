package catalog_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestParseRetention(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]catalog.Retention{
		"keep":                                  {},
		"all=14d":                               {KeepAllDays: 14},
		"all=14":                                {KeepAllDays: 14},
		"all=14d,daily=30,weekly=8,monthly=12":  {KeepAllDays: 14, Daily: 30, Weekly: 8, Monthly: 12},
		"monthly=12, daily=30":                  {Daily: 30, Monthly: 12},
		"all=0d,daily=1":                        {Daily: 1},
		"all=36500d,daily=36500,monthly=1200":   {KeepAllDays: 36500, Daily: 36500, Monthly: 1200},
		"weekly=5200":                           {Weekly: 5200},
		"all=1d,daily=2,weekly=3,monthly=4":     {KeepAllDays: 1, Daily: 2, Weekly: 3, Monthly: 4},
		"daily=2,weekly=3,monthly=4,all=1d":     {KeepAllDays: 1, Daily: 2, Weekly: 3, Monthly: 4},
		"daily=2 ,weekly=3 , monthly=4,all=1d ": {KeepAllDays: 1, Daily: 2, Weekly: 3, Monthly: 4},
	} {
		got, err := catalog.ParseRetention(text)
		if err != nil || got != want {
			t.Errorf("%q is read as %+v, %v, not as %+v", text, got, err, want)
		}
		if again, err := catalog.ParseRetention(got.String()); err != nil || again != got {
			t.Errorf("%+v is written as %q, which is read as %+v, %v", got, got, again, err)
		}
	}
	for _, text := range []string{
		"", "all", "all=", "all=14w", "hourly=3", "daily=3d", "daily=-1", "daily=1,daily=2", "keep,daily=1", "all=0d", "daily=0",
		"all=36501d", "weekly=5201", "monthly=1201", "daily=99999999999999999999", "daily=1,,", "daily==1",
	} {
		if r, err := catalog.ParseRetention(text); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q is read as %+v, %v", text, r, err)
		}
	}
}

// day reads a time of November 2026, as microseconds.
func day(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

func TestRetentionKeeps(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC) // a Saturday
	times := []string{
		"2026-09-30 23:00", // the end of September
		"2026-10-30 08:00", // the end of October
		"2026-11-08 08:00",
		"2026-11-08 09:00", // the end of a week
		"2026-11-14 12:00",
		"2026-11-15 23:00", // the end of a week, and of days with no change
		"2026-11-18 10:00", // the end of a day
		"2026-11-19 10:00",
		"2026-11-19 20:00", // the end of a day
		"2026-11-20 10:00",
		"2026-11-20 20:00", // the end of a day
		"2026-11-21 11:00",
		"2026-11-21 12:00", // the newest
	}
	for _, test := range []struct {
		retention string
		want      []int // places in times
	}{
		{"keep", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{"daily=1", []int{10, 12}},
		{"daily=2", []int{8, 10, 12}},
		{"daily=5", []int{5, 6, 8, 10, 12}},
		{"weekly=1", []int{5, 12}},
		{"weekly=2", []int{3, 5, 12}},
		{"monthly=1", []int{1, 12}},
		{"monthly=2", []int{0, 1, 12}},
		{"monthly=3", []int{0, 1, 12}},
		{"all=1d", []int{9, 10, 11, 12}}, // at 13:00 the day before, that of 10:00 was the newest
		{"all=2d", []int{7, 8, 9, 10, 11, 12}},
		{"all=1d,daily=2,weekly=2,monthly=2", []int{0, 1, 3, 5, 8, 9, 10, 11, 12}},
	} {
		r, err := catalog.ParseRetention(test.retention)
		if err != nil {
			t.Fatal(err)
		}
		var states []catalog.Span
		for i, text := range times {
			s := catalog.Span{At: day(t, text), Until: math.MaxInt64}
			if i+1 < len(times) {
				s.Until = day(t, times[i+1])
			}
			states = append(states, s)
		}
		var got []int
		for i, keep := range r.Keeps(states, now) {
			if keep || i == len(states)-1 {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s keeps %v, not %v", r, got, test.want)
		}
	}
}

// TestRetentionIsWhatItSays compares with the definition, state by state, also
// where earlier runs have made gaps, and asks that thinning twice is thinning once.
func TestRetentionIsWhatItSays(t *testing.T) {
	t.Parallel()
	const hour = int64(time.Hour / time.Microsecond)
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1.7e9, 1.9e9).Draw(t, "now"), 0).UTC()
		r := catalog.Retention{
			KeepAllDays: rapid.IntRange(0, 4).Draw(t, "all"), Daily: rapid.IntRange(0, 5).Draw(t, "daily"),
			Weekly: rapid.IntRange(0, 3).Draw(t, "weekly"), Monthly: rapid.IntRange(0, 3).Draw(t, "monthly"),
		}
		var states []catalog.Span
		at := now.UnixMicro() - 100*24*hour
		for range rapid.IntRange(0, 30).Draw(t, "states") {
			at += rapid.Int64Range(1, 5*24*hour).Draw(t, "gap")
			until := at + rapid.Int64Range(1, 5*24*hour).Draw(t, "length")
			if until > now.UnixMicro() {
				break
			}
			states = append(states, catalog.Span{At: at, Until: until})
			at = until
		}
		keeps := r.Keeps(states, now)
		for i, s := range states {
			if want := r.KeepsAll() || kept(r, s, now); keeps[i] != want {
				t.Fatalf("%s of %v to %v at %v: %t", r, time.UnixMicro(s.At).UTC(), time.UnixMicro(s.Until).UTC(), now, keeps[i])
			}
		}
		var left []catalog.Span
		for i, s := range states {
			if keeps[i] {
				left = append(left, s)
			}
		}
		if slices.Contains(r.Keeps(left, now), false) {
			t.Fatalf("%s keeps fewer the second time", r)
		}
	})
}

// kept is the definition.
func kept(r catalog.Retention, s catalog.Span, now time.Time) bool {
	if r.KeepAllDays > 0 && s.Until > now.AddDate(0, 0, -r.KeepAllDays).UnixMicro() {
		return true
	}
	days, weeks, months := 0, 0, 0
	for midnight := now.Truncate(24 * time.Hour); days < 200; midnight = midnight.AddDate(0, 0, -1) {
		covered := s.At < midnight.UnixMicro() && s.Until >= midnight.UnixMicro()
		days++
		if covered && days <= r.Daily {
			return true
		}
		if midnight.Weekday() == time.Monday {
			if weeks++; covered && weeks <= r.Weekly {
				return true
			}
		}
		if midnight.Day() == 1 {
			if months++; covered && months <= r.Monthly {
				return true
			}
		}
	}
	return false
}
