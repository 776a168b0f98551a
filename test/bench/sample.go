package main

import (
	"math"
	"slices"
	"time"
)

// sample is what one run took.
type sample struct {
	Wall     time.Duration `json:"wall_ns"`
	CPU      time.Duration `json:"cpu_ns"`     // of all processors, the program's children included
	Peak     int64         `json:"peak_bytes"` // memory that the biggest of its processes had at one time
	Requests int           `json:"requests"`   // that the archive got
}

// plus returns the sum of two samples.
func (s sample) plus(t sample) sample {
	return sample{s.Wall + t.Wall, s.CPU + t.CPU, max(s.Peak, t.Peak), s.Requests + t.Requests}
}

// median returns the median of each figure by itself; of no samples, nothing.
func median(samples []sample) sample {
	return sample{
		Wall:     medianOf(samples, func(s sample) time.Duration { return s.Wall }),
		CPU:      medianOf(samples, func(s sample) time.Duration { return s.CPU }),
		Peak:     medianOf(samples, func(s sample) int64 { return s.Peak }),
		Requests: medianOf(samples, func(s sample) int { return s.Requests }),
	}
}

// medianOf returns the middle one of the figures, or the mean of the middle two.
func medianOf[N ~int | ~int64](samples []sample, figure func(sample) N) N {
	if len(samples) == 0 {
		return 0
	}
	all := make([]N, len(samples))
	for i, s := range samples {
		all[i] = figure(s)
	}
	slices.Sort(all)
	low, high := all[(len(all)-1)/2], all[len(all)/2]
	return low + (high-low)/2
}

// percentile returns the smallest of the times that p percent of them do not
// exceed (the nearest rank); of no times, 0.
func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// sums adds up the runs of several steps: the first of each, the second of each,
// for as many runs as all steps have. Steps without samples are left out.
func sums(steps ...[]sample) (all []sample) {
	for _, samples := range steps {
		switch {
		case len(samples) == 0:
		case all == nil:
			all = slices.Clone(samples)
		default:
			all = all[:min(len(all), len(samples))]
			for i := range all {
				all[i] = all[i].plus(samples[i])
			}
		}
	}
	return all
}
