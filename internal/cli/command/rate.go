package command

import "time"

// rate measures bytes a second over the last few seconds.
type rate struct {
	seen []sample
	now  func() time.Time // nil: the clock's
}

type sample struct {
	at    time.Time
	bytes int64
}

// rateWindow is how far back a rate looks.
const rateWindow = 5 * time.Second

// see records a count. A smaller count than the last one starts a new measurement.
func (r *rate) see(bytes int64) {
	now := time.Now
	if r.now != nil {
		now = r.now
	}
	if n := len(r.seen); n > 0 && bytes < r.seen[n-1].bytes {
		r.seen = nil
	}
	r.seen = append(r.seen, sample{now(), bytes})
	for len(r.seen) > 2 && now().Sub(r.seen[1].at) > rateWindow {
		r.seen = r.seen[1:]
	}
}

// value returns the rate in bytes per second; 0 if it is unknown.
func (r *rate) value() int64 {
	if len(r.seen) < 2 {
		return 0
	}
	first, last := r.seen[0], r.seen[len(r.seen)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds < 0.5 {
		return 0 // it would be chance
	}
	return int64(float64(last.bytes-first.bytes) / seconds)
}
