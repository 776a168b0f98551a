package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// good are results that meet every budget, barely.
func good() *results {
	one := func(wall time.Duration, peak int64, requests int) []sample {
		return []sample{{Wall: wall, Peak: peak, Requests: requests}}
	}
	return &results{
		Packages: 60_000, Runs: 1, Growth: []int{1_000, 60_000, 250_000},
		Hashing: map[int]time.Duration{250_000: 200 * time.Millisecond},
		Stages: map[int]stageSamples{
			60_000: {
				ours: {
					stepSync: one(10*time.Second, 99*megabyte, 60_003), stepResync: one(100*time.Millisecond, 1, 1), stepPublish: one(time.Second, 1, 0),
					stepSnapshot: one(time.Millisecond, 1, 0), stepUpdate: one(100*time.Millisecond, 1, 0),
				},
				oursInDirectory: {stepUpdate: one(99*time.Millisecond, 1, 0)},
				"aptly": {
					stepSync: one(20*time.Second, 594*megabyte, 0), stepResync: one(5*time.Second, 1, 0), stepPublish: one(4*time.Second, 1, 0),
					stepSnapshot: one(4*time.Millisecond, 1, 0), stepUpdate: one(4*time.Second, 1, 0),
				},
				"reprepro": {stepUpdate: one(time.Second, 1, 0)},
			},
			1_000:   {ours: {stepUpdate: one(50*time.Millisecond, 1, 0)}},
			250_000: {ours: {stepUpdate: one(250*time.Millisecond, 500*megabyte, 0)}},
		},
		Served: &served{Activity: []time.Duration{maxServed, maxServed, time.Second}, Peak: 99 * megabyte},
	}
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	slower := func(s step) func(*results) {
		return func(r *results) { r.Stages[60_000][ours][s][0].Wall += time.Millisecond }
	}
	for _, c := range []struct {
		what   string
		change func(*results)
		missed string // the beginning of the missed budget
	}{
		{"all are met", func(*results) {}, ""},
		{"a slow sync", slower(stepSync), "first sync over loopback: time against aptly"},
		{"a big sync", func(r *results) { r.Stages[60_000]["aptly"][stepSync][0].Peak-- }, "first sync over loopback: memory against aptly"},
		{"a slow sync with nothing new", slower(stepResync), "sync, nothing new: time"},
		{"a slow publish", slower(stepPublish), "first publish: time"},
		{"a slow snapshot", slower(stepSnapshot), "snapshot: time"},
		{"a slow publish beside aptly", func(r *results) { r.Stages[60_000]["aptly"][stepUpdate][0].Wall-- }, "publish after one added package: time against aptly"},
		{"a slow publish beside reprepro", func(r *results) { r.Stages[60_000]["reprepro"][stepUpdate][0].Wall-- }, "publish after one added package: time against reprepro"},
		{"a slow publish into a directory", func(r *results) { r.Stages[60_000][oursInDirectory][stepUpdate][0].Wall += 2 * time.Millisecond }, "publish after one added package, into a directory: time"},
		{"two requests", func(r *results) { r.Stages[60_000][ours][stepResync][0].Requests = 2 }, "sync, nothing new: requests"},
		{"no request at all is not a sync", func(r *results) { r.Stages[60_000][ours][stepResync][0].Requests = 0 }, "sync, nothing new: requests"},
		{"a slow server", func(r *results) { r.Served.Activity[1] = maxServed + 1; r.Served.Activity[0] = maxServed + 1 }, "publish after one added package within a server"},
		{"a big server", func(r *results) { r.Served.Peak = maxPeak }, "memory of any"},
		{"a big process", func(r *results) { r.Stages[60_000][ours][stepSnapshot][0].Peak = maxPeak }, "memory of any"},
		{"growth beyond hashing", func(r *results) { r.Stages[250_000][ours][stepUpdate][0].Wall++ }, "publish after one added package: more for 250,000 packages than for 1,000"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			r := good()
			c.change(r)
			var missed []string
			for _, v := range r.verdicts() {
				if !v.met {
					missed = append(missed, v.what)
				}
			}
			switch {
			case c.missed == "" && len(missed) > 0:
				t.Errorf("missed: %q", missed)
			case c.missed != "" && (len(missed) == 0 || slices.ContainsFunc(missed, func(m string) bool { return !strings.HasPrefix(m, c.missed) })):
				t.Errorf("missed: %q, want %q", missed, c.missed)
			}
		})
	}
}

// A budget for something that was not measured is neither met nor missed.
func TestBudgetsOfNothing(t *testing.T) {
	t.Parallel()
	for _, r := range []*results{{Packages: 100}, {Packages: 100, Growth: []int{100}}, {Packages: 100, Growth: []int{100, 200}}} {
		if got := r.verdicts(); len(got) > 0 {
			t.Errorf("got %v", got)
		}
	}
}

func TestMissedBudgetFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what   string
		noFail bool
		slow   time.Duration
		fails  bool
	}{
		{"met", false, 0, false},
		{"missed", false, time.Hour, true},
		{"missed, only told", true, time.Hour, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			b := &bench{settings: settings{noFail: c.noFail}, results: *good()}
			b.results.Stages[60_000][ours][stepSync][0].Wall += c.slow
			if err := b.judge(); (err != nil) != c.fails {
				t.Errorf("got %v", err)
			}
		})
	}
}
