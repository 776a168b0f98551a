package main

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func walls(times ...time.Duration) (samples []sample) {
	for _, t := range times {
		samples = append(samples, sample{Wall: t})
	}
	return samples
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		of   []sample
		want sample
	}{
		{"nothing", nil, sample{}},
		{"one", []sample{{4, 3, 2, 1}}, sample{4, 3, 2, 1}},
		{"an odd number has a middle", walls(9, 1, 5), sample{Wall: 5}},
		{"of an even number, the mean of the middle two", walls(100, 2, 1, 4), sample{Wall: 3}},
		{"each figure by itself", []sample{{1, 30, 5, 0}, {2, 10, 6, 0}, {3, 20, 4, 9}}, sample{2, 20, 5, 0}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(c.of)
			if diff := cmp.Diff(c.want, median(c.of)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, c.of); diff != "" {
				t.Errorf("the samples changed: %s", diff)
			}
		})
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	for _, c := range []struct {
		what  string
		times []time.Duration
		p     float64
		want  time.Duration
	}{
		{"of nothing", nil, 50, 0},
		{"of one", []time.Duration{7}, 95, 7},
		{"half of a hundred", hundred, 50, 50},
		{"95 of a hundred", hundred, 95, 95},
		{"all", hundred, 100, 100},
		{"none is the least", hundred, 0, 1},
		{"a rank between two is the higher one", []time.Duration{1, 2, 3}, 50, 2},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			if got := percentile(c.times, c.p); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// No fewer than p percent of the times are at most the percentile, and fewer
// are below it.
func TestPercentileIsARank(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 50), func(n int64) time.Duration { return time.Duration(n) }), 1, 60).Draw(t, "times")
		p := rapid.Float64Range(1, 100).Draw(t, "p")
		got := percentile(times, p)
		var below, most int
		for _, each := range times {
			if each < got {
				below++
			}
			if each <= got {
				most++
			}
		}
		need := p / 100 * float64(len(times))
		if float64(most) < need || float64(below) >= need {
			t.Fatalf("%v: %d are below, %d at most, of %d", got, below, most, len(times))
		}
	})
}

func TestSums(t *testing.T) {
	t.Parallel()
	add, update := []sample{{1, 1, 50, 0}, {2, 2, 10, 0}}, []sample{{10, 20, 30, 1}, {20, 40, 30, 1}, {30, 60, 30, 1}}
	for _, c := range []struct {
		what  string
		steps [][]sample
		want  []sample
	}{
		{"nothing", nil, nil},
		{"one step", [][]sample{add}, add},
		{"times add up, memory does not", [][]sample{add, update}, []sample{{11, 21, 50, 1}, {22, 42, 30, 1}}},
		{"a step that a program does not have", [][]sample{nil, update}, update},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, sums(c.steps...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
